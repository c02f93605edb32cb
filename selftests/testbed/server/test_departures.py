"""Going: what the server keeps of a connection that our side has closed."""

from selftests.judging import reference

LEAKS = """
kept = []
class People(list):
    def remove(self, sock):
        kept.append(sock.dup())
        super().remove(sock)
people = People()
"""


def test_who_is_seen_off_leaves_no_socket(relay):
    """The server has read the end and closed its own side."""
    room = relay()
    _, bia = room.gather("ana", "bia")

    bia.goes()
    room.is_seen_off(bia)

    assert not room.socket_left(bia)


def test_a_socket_that_the_server_keeps_is_left(relay):
    """And nobody is waited for a second time: the server does not close what its clients have closed."""
    room = relay(LEAKS)
    _, bia, caio = room.gather("ana", "bia", "caio")

    bia.goes()
    room.is_seen_off(bia)
    room.settle()

    assert room.socket_left(bia)
    assert room.unclosed_sockets() == 1
    caio.goes()
    room.is_seen_off(caio)
    room.settle()
    assert room.unclosed_sockets() == 2


def test_people_who_come_and_go_leave_the_others_served(open_room):
    """By FIN and by RST in turn, each seen off before the next one comes."""
    room = open_room("x", reference("x"))
    ana, bia = room.gather("ana", "bia")
    before = room.resource_usage().sockets

    room.come_and_go(4)

    room.converse(ana, bia)
    assert room.resource_usage().sockets == before
    assert [user.connection.end for user in room.users[2:]] == ["closed"] * 4


def test_everybody_closes_after_reading_what_came(relay):
    """The last words of a server are evidence."""
    room = relay()
    ana, bia = room.gather("ana", "bia")
    text = ana.says()
    room.settle()

    room.everybody_closes()

    assert bia.copies(text) == 1
    assert [user.is_gone() for user in (ana, bia)] == [True, True]
