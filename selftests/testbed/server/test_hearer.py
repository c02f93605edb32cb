"""What a user hears or must not hear, and how that is said."""

import pytest

from batepapo.errors import ConformanceFailure
from selftests.judging import reference

EVERYBODY = """
def said(sock, data):
    for other in people:
        other.sendall(data)
"""
FLOOD_BEHIND_IT = """
relay_now = said
def said(sock, data):
    relay_now(sock, data)
    relay_now(sock, b"spam " * 400_000)
"""


def test_a_text_is_found_however_much_comes_behind_it(relay):
    """One hearer is asked after the other, and what the second heard first is far away by then."""
    room = relay(FLOOD_BEHIND_IT)
    ana, bia, caio = room.gather("ana", "bia", "caio")
    text = ana.says()
    room.settle()

    bia.hears(text)
    caio.hears(text)

    assert caio.heard_bytes > 1 << 20


def test_a_speaker_that_hears_itself_is_said(relay):
    """Whose text it is stands in the failure, not the random words."""
    room = relay(EVERYBODY)
    ana, bia = room.gather("ana", "bia")
    text = ana.says()
    bia.hears(text)

    with pytest.raises(ConformanceFailure) as caught:
        ana.does_not_hear(text)

    assert caught.value.expected == "ana does not hear what ana said"
    assert text in caught.value.heard[0]


def test_what_was_said_before_somebody_came_is_said(relay):
    """A newcomer had no connection when it was said."""
    room = relay()
    ana, _ = room.gather("ana", "bia")
    text = ana.says()

    caio = room.join("caio")

    caio.does_not_hear(text)
    caio.connection.stream += text.encode()
    with pytest.raises(ConformanceFailure, match="caio does not hear what ana said before"):
        caio.does_not_hear(text)


def test_what_comes_after_leaving_is_said(relay):
    """Who said the exit word hears nothing more; this server knows none."""
    room = relay()
    ana, _, caio = room.gather("ana", "bia", "caio")
    caio.leaves()
    room.settle()
    text = ana.says()

    with pytest.raises(ConformanceFailure, match="caio hears nothing after leaving"):
        caio.does_not_hear(text)


def test_what_does_not_come_is_not_heard(relay):
    """The room is settled before anybody says so."""
    room = relay("def said(sock, data): pass")
    ana, bia = room.gather("ana", "bia")

    bia.does_not_hear(ana.says())

    assert room.settle().kind == "proof"


def test_two_copies_are_not_one(relay):
    """How many came is said first."""
    room = relay("def said(sock, data): [other.sendall(data * 2) for other in people if other is not sock]")
    ana, bia = room.gather("ana", "bia")
    text = ana.says()
    room.settle()

    with pytest.raises(ConformanceFailure) as once:
        bia.heard_exactly(text, 1)
    with pytest.raises(ConformanceFailure) as never:
        bia.heard_exactly(text, 0)

    assert (once.value.expected, once.value.heard[0]) == (f"bia hears {text!r} once", "2 times")
    assert never.value.expected == f"bia does not hear {text!r}"


def test_people_hear_each_other(open_room):
    """The tool of most checks."""
    room = open_room("sair", reference("sair"))
    ana, bia = room.gather("ana", "bia")

    text = ana.says()

    bia.hears(text)
    room.settle()
    assert (ana.copies(text), bia.copies(text)) == (0, 1)
    assert bia.heard_from(ana, text)


def test_what_fails_in_the_check_says_who_what_and_within_how_long(relay):
    """And it is known in milliseconds, because the server has finished reacting."""
    room = relay("def said(sock, data): pass")
    ana, bia = room.gather("ana", "bia")
    text = ana.says()

    with pytest.raises(ConformanceFailure) as caught:
        bia.hears(text)

    assert caught.value.expected == f"bia hears {text!r} within 2 s"
    assert caught.value.heard == ()
