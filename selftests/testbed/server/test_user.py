"""A user: what they hear or must not hear, and how that is said."""

import pytest

from batepapo.errors import ConformanceFailure
from batepapo.protocol.events import Joined
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


def test_who_goes_by_half_still_hears(relay):
    """Only the sending side is shut, at once."""
    room = relay()
    _, bia = room.gather("ana", "bia")

    bia.goes(half=True)

    assert not bia.is_gone()
    assert not bia.connection.converses


def test_a_text_in_pieces_is_expected_like_any_other(relay):
    """It is taken for said before its first byte is sent."""
    room = relay()
    ana, bia = room.gather("ana", "bia")
    text = ana.is_about_to_say(f"oi {room.word()}")
    for place in range(len(text)):
        ana.sends(text[place : place + 1].encode())
        ana.is_taken()

    bia.hears_once(text)

    assert text in room.evidence.expected_words().texts


def test_a_newcomer_is_told_of_itself_as_the_others_are(open_room):
    """By the template or by the very text that another got; a server of sair's tells the others only."""
    room = open_room("sair", reference("sair"))
    (ana,) = room.gather("ana")
    bia = room.join("bia")
    assert ana.notices(Joined("bia")).count == 1
    assert not bia.was_told_of_itself(beside=ana)

    bia.connection.stream += ana.heard_since(Joined("bia"))

    assert bia.was_told_of_itself(beside=ana)


def test_words_of_a_notice_are_seen_from_an_offset_on(open_room):
    """What came before it is another's notice."""
    room = open_room("sair", reference("sair"))
    (ana,) = room.gather("ana")
    room.join("bia")
    assert ana.was_told_of_anybody(0)

    assert not ana.was_told_of_anybody(ana.heard_bytes)
