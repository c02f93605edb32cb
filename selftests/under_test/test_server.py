"""The server under test: talked to, read, typed to, ended and started again."""

import errno
import os
import socket
import time

import pytest

from batepapo.errors import ConformanceFailure, ProgramDidNotStart, UsageError
from batepapo.isolation import process_tree
from batepapo.under_test.server import AttachedServer
from selftests.under_test.serving import ECHO, KEYBOARD, answers, ended, printed

# ---- found and talked to ---------------------------------------------------------------------


def test_a_server_is_found_talked_to_read_and_ended(serve):
    server = serve(ECHO)

    assert (server.address, server.family, server.ports_seen) == (("127.0.0.1", 5555), socket.AF_INET, (5555,))
    assert answers(server) == b"hello"
    server.read_console()
    assert server.last_lines() == ["waiting"]
    assert server.exit_status() is None
    pids = process_tree.descendants(server.running.keeper_pid)
    server.stop()
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)
    assert server.exit_status() == -9


def test_a_listener_that_closed_is_a_conformance_failure(serve):
    server = serve(
        "import socket, time; s = socket.create_server(('', 5000)); time.sleep(.3); s.close(); time.sleep(60)"
    )
    time.sleep(0.5)

    with pytest.raises(ConformanceFailure, match=r"accepts a connection at 127\.0\.0\.1:5000 within 2 s") as raised:
        server.connect()
    assert raised.value.heard == (os.strerror(errno.ECONNREFUSED),)


def test_a_full_accept_queue_is_given_up_in_time(serve):
    server = serve("import socket, time; s = socket.socket(); s.bind(('', 5000)); s.listen(0); time.sleep(60)")
    server._connect_within_s = 0.2
    queued = [server.connect()]  # listen(0) lets one wait

    with pytest.raises(ConformanceFailure) as raised:
        server.connect()
    assert raised.value.heard == (os.strerror(errno.ETIMEDOUT),)
    for client in queued:
        client.close()


def test_the_receive_buffer_can_be_small(serve):
    with serve(ECHO).connect(receive_buffer=4096) as client:
        assert client.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) == 2 * 4096


def test_an_attached_server_has_the_same_face():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = AttachedServer(listener.getsockname())
        with server.connect() as client, listener.accept()[0] as accepted:
            accepted.sendall(b"hello")
            client.settimeout(5)
            assert client.recv(100) == b"hello"

    assert (server.running, server.exit_status(), server.read_console(), server.last_lines()) == (None, None, b"", [])
    server.stop()
    with pytest.raises(ConformanceFailure):
        server.connect()
    with pytest.raises(UsageError, match="not known"):
        AttachedServer(("no.such.host.invalid", 5000))


# ---- its terminal, its end, and another start ------------------------------------------------


def test_what_is_typed_is_read(serve):
    """A line at a time, as at a terminal; the terminal does not echo it."""
    server = serve(KEYBOARD)

    server.type(b"oi\n")

    printed(server, b"read oi")
    assert server.output.count(b"oi") == 1


def test_ctrl_c_interrupts_it(serve):
    """The key is the terminal's: it reaches the program as SIGINT."""
    server = serve(KEYBOARD)

    server.type(b"\x03")

    assert ended(server) in (-2, 130)
    assert b"KeyboardInterrupt" in server.output


def test_without_a_keyboard_its_input_is_at_its_end(serve):
    """Its output still goes to a terminal."""
    server = serve(KEYBOARD, stdin_is_terminal=False)

    printed(server, b"at its end")
    assert b"\r\n" in server.output


def test_what_was_killed_starts_again_where_it_was(serve):
    """The same port, network, folder and terminal; what it wrote is still there."""
    server = serve(KEYBOARD)
    server.type(b"oi\n")
    printed(server, b"read oi")
    old = server.running.pid

    server.kill()
    assert not server.alive()
    assert server.exit_status() == -9
    server.run_again()

    assert server.alive()
    assert server.running.pid != old
    assert answers(server) == b"typed: oi\n"
    server.type(b"\x03")
    ended(server)


def test_what_ends_at_once_when_started_again_is_told(serve):
    """With its last words, as at a first start."""
    server = serve(
        """
        import os, socket
        if os.path.exists("once"):
            raise SystemExit("only once")
        open("once", "w").close()
        server = socket.create_server(("", 5555))
        server.accept()
        """
    )
    server.kill()

    with pytest.raises(ProgramDidNotStart, match="status 1") as error:
        server.run_again()

    assert error.value.seen[-1] == "only once"
