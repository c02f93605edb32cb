"""TOUGH: what no friendly client sends, and more clients than anybody expected."""

from batepapo import Left, clause

from .steps.tough import (
    blanks,
    byte_by_byte,
    connect_and_close,
    hears_two,
    is_served_or_gone,
    silent_crowd,
    two_in_one_segment,
)

NOT_UTF8 = b"\xff\xfe\x80 oi \xc3("
CONTROLS = "oi \0\a\b\x1b[31m\x1b[2J\x7f"
BLANKS = (" ", "\t", "   ")
MEBIBYTE = 1 << 20
SHORT_CONNECTIONS = 200
SILENT_CONNECTIONS = 100


@clause("TOUGH-1", needs="CAST-1:broadcast ECHO-1:echo")
def test_bytes_that_are_not_utf8_harm_nobody_else(room):
    """Bytes that are not UTF-8 harm nobody else, and their sender is served afterwards or is gone: no ghost.

    decode() raises UnicodeDecodeError: decode with errors="replace", or close this client's socket and clean up.
    """
    ana, bia, caio = room.gather_talking("ana", "bia", "caio")
    room.mark_before(Left(caio.name))

    caio.sends(room.framing.encode(NOT_UTF8))

    is_served_or_gone(room, caio, ana, bia)
    room.converse(ana, bia)


@clause("TOUGH-2", needs="CAST-1:broadcast ECHO-1:echo")
def test_blank_messages_break_nothing(room):
    """Empty and blank messages break nothing; they may be relayed or dropped.

    Only an empty read is the end of a stream: a blank message, or one that is empty once it is stripped, is none.
    """
    ana, bia, caio = room.gather_talking("ana", "bia", "caio")

    for blank in blanks(room, BLANKS):
        caio.sends(blank)
        caio.is_taken()
    room.settle()

    room.converse(ana, bia, caio)


@clause("TOUGH-3", needs="CAST-1:broadcast ECHO-1:echo")
def test_a_mebibyte_without_a_newline_breaks_nothing(room):
    """1 MiB without a newline breaks nothing: the others are heard while it is worked on.

    Bound what you keep of an unfinished message, and do not let one client's data hold up everybody's.
    """
    ana, bia, caio = room.gather_talking("ana", "bia", "caio")

    caio.sends(room.framing.encode(room.letters(MEBIBYTE)).removesuffix(b"\n"))

    room.converse(ana, bia)


@clause("TOUGH-4", needs="CAST-1:broadcast ECHO-1:echo")
def test_control_characters_break_nothing(room):
    """NUL, control characters and terminal escapes break nothing.

    Relay them or drop them; do not let them end a loop.
    """
    ana, bia, caio = room.gather_talking("ana", "bia", "caio")

    caio.says(CONTROLS)
    room.settle()

    room.converse(ana, bia, caio)


@clause("TOUGH-5", needs="CAST-1:broadcast ECHO-1:echo DROP-1 DROP-2", long=True)
def test_it_serves_after_connections_that_closed_at_once(room):
    """After 200 connections that were closed at once, it is still serving.

    A client may be gone before its first byte: that ends this client, not the server.
    """
    ana, bia = room.gather_talking("ana", "bia")
    room.departures_are_survived(ana, bia)

    connect_and_close(room, SHORT_CONNECTIONS)

    caio = room.join("caio")
    room.converse(ana, bia, caio)


@clause("TOUGH-6", level="should", needs="CAST-1:broadcast ECHO-1:echo", long=True)
def test_it_serves_beside_silent_connections(room):
    """With 100 silent connections it is still serving, and still accepting.

    Do not wait for one client in the thread that serves or accepts others, and set no small limit on clients.
    """
    ana, bia = room.gather_talking("ana", "bia")

    silent_crowd(room, SILENT_CONNECTIONS)

    caio = room.join("caio")
    room.converse(ana, bia, caio)


@clause("TOUGH-7", needs="CAST-1:broadcast ECHO-1:echo", framed=True)
def test_a_message_may_come_byte_by_byte(room):
    """A message that comes one byte at a time arrives once and whole.

    A read may return any piece of the stream: gather what came until a message is complete.
    """
    ana, _ = room.gather_talking("ana", "bia")

    text = byte_by_byte(room, ana)

    for user in room.hearers(ana):
        user.hears_once(text)


@clause("TOUGH-8", needs="CAST-1:broadcast ECHO-1:echo", framed=True)
def test_two_messages_in_one_segment_are_two(room):
    """Two messages that come in one segment are two messages.

    A read may return more than one message: take out all that are complete, and keep the rest.
    """
    ana, _ = room.gather_talking("ana", "bia")

    texts = two_in_one_segment(room, ana)

    for user in room.hearers(ana):
        hears_two(room, user, ana, texts)
