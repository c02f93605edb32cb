"""What a user is told of others who come and go."""

from batepapo.protocol.events import Joined, Left
from selftests.judging import reference


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


def test_notices_are_counted_from_the_settled_room_before(open_room):
    """What came earlier is no notice of this coming."""
    room = open_room("sair", reference("sair"))
    ana, bia = room.gather("ana", "bia")
    caio = room.join("caio")

    caio.leaves()
    room.settle()

    assert ana.notices(Joined("caio")).count == 1
    assert ana.notices(Left("caio")).count == 1
    assert bia.notices(Left("bia")).count == 0
