"""Terminals of one attempt: who is seated there, and what is left when that does not work."""

import errno

import pytest

from batepapo.errors import ConformanceFailure, Undecided
from batepapo.testbed.client import keyboard_and_screen
from selftests.testbed.client.conftest import PORT
from selftests.testbed.client.programs import CHATS


def test_a_start_follows_another(terminals):
    """On the shared loopback one program runs at a time."""
    desk = terminals(CHATS)
    ana = desk.gather("ana")

    bia = desk.gather("bia")

    assert not ana.program.alive()
    assert bia.program.alive()


def test_each_name_is_one_that_nobody_can_know(terminals):
    desk = terminals(CHATS)
    first, second = desk.starts("ana"), desk.starts("ana")

    assert first.name != second.name
    assert first.name.startswith("ana")


def test_a_connection_that_is_missing_harms_nobody_in_set_up(terminals):
    with pytest.raises(Undecided, match=f"the client connects to port {PORT} within"):
        terminals("input('oi')", start_timeout_s=0.3).gather("ana")


def test_a_connection_that_is_missing_is_the_clients_where_it_is_asked_for(terminals):
    with pytest.raises(ConformanceFailure, match=f"the client connects to port {PORT} within"):
        terminals("exit(3)").comes_in("ana")


def test_after_a_cancel_nothing_starts(terminals):
    desk = terminals(CHATS)
    desk.cancel()

    with pytest.raises(Undecided, match="the run was ended"):
        desk.starts("ana")


def test_a_program_is_ended_whose_server_finds_no_port(terminals, client):
    """Whatever was opened before is closed, too: the first of two ports."""
    program = client(CHATS)
    desk = terminals(CHATS)

    with pytest.raises(OSError, match="in use") as refused:
        desk.seats("ana", program, (PORT, PORT))

    assert refused.value.errno == errno.EADDRINUSE
    assert program.running.console == -1
    assert desk.users == []


def test_a_program_is_ended_whose_user_cannot_be_seated(terminals, client, monkeypatch):
    """No descriptor is left for what would watch it."""

    def no_descriptor(*_):
        raise OSError(errno.EMFILE, "too many open files")

    program = client(CHATS)
    desk = terminals(CHATS)
    monkeypatch.setattr(keyboard_and_screen, "InputWait", no_descriptor)

    with pytest.raises(OSError, match="too many"):
        desk.seats("ana", program, (PORT,))

    assert program.running.console == -1


def test_the_prompt_for_the_name_is_one_of_the_empty_lines(terminals):
    """The other is that of somebody who has come in."""
    code = "import socket; s = socket.create_connection(('127.0.0.1', 5555)); s.sendall(input('Nome: ').encode()); "
    desk = terminals(code + "input()", "sair")

    named = [user.server.name is not None for user in desk.at_each_empty_line()]

    assert named == [False, True]


def test_a_newcomer_is_told_of_itself_as_the_dialect_says(terminals, tmp_path):
    """A client may wait for that before it takes the first line."""
    file = tmp_path / "told.toml"
    file.write_text(
        'name = "told"\nlogin = "first"\nsender = "nothing"\nsaid = ["{text}"]\njoined = "{user} entrou"\n'
        'newcomer = "told"\n'
    )
    code = """
        import socket
        sock = socket.create_connection(("127.0.0.1", 5555))
        sock.sendall(input("Nome: ").encode())
        print(sock.recv(4096).decode(), end="", flush=True)
        sock.sendall(input().encode())
        input()
    """
    ana = terminals(code, str(file)).comes_in("ana")

    ana.sees(f"{ana.name} entrou")
    ana.is_heard(ana.types())
