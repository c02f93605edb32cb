"""Coming in: names given and found out, and whose fault it is when somebody does not come in."""

import socket

import pytest

from batepapo.errors import Undecided
from batepapo.protocol.dialect_file import load
from batepapo.protocol.events import Joined
from batepapo.protocol.framing import Framing
from batepapo.testbed.server.room import Room
from batepapo.under_test.server import AttachedServer
from selftests.judging import reference


def test_people_who_gather_and_talk_have_heard_each_other(relay):
    """One text of each, with everybody else."""
    room = relay()

    ana, bia, caio = room.gather_talking("ana", "bia", "caio")

    assert [sum(map(user.copies, room.evidence.spoken)) for user in (ana, bia, caio)] == [2, 2, 2]


def test_people_who_cannot_talk_block_the_check(relay):
    """It is set-up: another clause says that nobody is heard."""
    room = relay("def said(sock, data): pass")

    with pytest.raises(Undecided, match="bia hears 'oi "):
        room.gather_talking("ana", "bia")


def test_who_does_not_come_in_blocks_the_check(relay):
    """The server is gone: another clause says so."""
    room = relay()
    room.gather("ana")
    room.process().kill()

    with pytest.raises(Undecided, match="the server goes on running"):
        room.gather("bia")


def test_a_name_that_the_server_assigns_is_found_out(open_room):
    """By its notice; the failure still calls the user by our name."""
    room = open_room("nick", reference("nick"))
    room.gather("ana")

    bia = room.join("bia")

    assert (str(bia), bia.logged_in) == ("bia", True)
    assert bia.name in room.evidence.expected_words().names


def test_a_name_may_come_back(open_room):
    """What its first holder's coming caused is not looked at again."""
    room = open_room("sair", reference("sair"))
    ana, bia = room.gather("ana", "bia")
    bia.closes()
    room.settle()

    again = room.join_as(bia.name)

    assert ana.notices(Joined(again.name)).count == 1


def test_on_a_server_that_outlives_the_check_names_are_new():
    """Somebody of another check may still have the old one."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()[:2]
        room = Room(load("x"), Framing.RAW, lambda **_: AttachedServer(address))
        try:
            assert room.unique("ana").startswith("ana")
            assert room.unique("ana") != "ana"
        finally:
            room.close()
