"""The transcript: what a failure shows of a conversation."""

from batepapo.testbed.transcript import KEPT_ENTRIES, Transcript, shown


def test_control_characters_are_visible():
    """A missing newline is a frequent mistake, so that a newline has to be seen."""
    assert shown("oi é\n".encode()) == r"'oi é\n'"


def test_bytes_that_are_no_text_are_shown_as_bytes():
    """Damaged UTF-8 is evidence."""
    assert shown(b"\xff\xfe") == r"b'\xff\xfe'"


def test_a_long_text_keeps_its_ends_and_says_its_length():
    """The beginning and the end of a long message show where it was cut."""
    text = shown(b"A" * 3000 + b"Z" * 3000)

    assert text.startswith("'AAAA")
    assert text.endswith("ZZZZ' (6000 bytes)")
    assert len(text) < 500


def test_each_entry_says_who_and_which_way():
    """Said, heard, printed and noted can be told apart."""
    transcript = Transcript()
    transcript.said("ana", b"oi")
    transcript.heard("bia", b"oi")
    transcript.printed(b"ana: oi\r\n")
    transcript.note("room", "settled")

    signs = [line.split()[1:3] for line in transcript.lines()]
    assert signs == [["ana", "→"], ["bia", "←"], ["server", "#"], ["room", "·"]]


def test_a_flood_is_bounded_and_what_was_left_out_is_said():
    """A server that never stops must not fill our memory."""
    transcript = Transcript()
    for _ in range(3 * KEPT_ENTRIES):
        transcript.heard("ana", b"spam")

    lines = transcript.lines(last=10)

    assert lines[0] == f"({3 * KEPT_ENTRIES - 10} earlier entries left out)"
    assert len(lines) == 11
    assert len(transcript.lines(last=10**9)) == KEPT_ENTRIES + 1
