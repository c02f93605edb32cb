"""A client is at rest when nothing is unread: at its connections, at its keyboard, and at our server."""

import select

import pytest

from selftests.testbed.client.programs import CHATS

SPEAKS_FIRST = """
    import socket, time
    sock = socket.create_connection(("127.0.0.1", 5555))
    sock.sendall(b"oi")
    print(sock.recv(9).decode())
    input()
"""
READS_NOTHING = """
    import socket, threading
    sock = socket.create_connection(("127.0.0.1", 5555))
    input()
    threading.Event().wait()
"""


def arrives(descriptor):
    """Wait until there is something to read."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    assert poll.poll(5000)


def test_a_connection_that_is_not_accepted_is_unrest(terminals):
    ana = terminals(SPEAKS_FIRST).starts("ana")

    arrives(ana.server.listeners[0])

    assert not ana.event_loop.at_rest()


def test_what_our_server_has_not_read_is_unrest(terminals):
    """It will answer: a client that waits for that has not finished."""
    ana = terminals(SPEAKS_FIRST, "tchau").starts("ana")
    arrives(ana.server.listeners[0])
    assert ana.server.accept()
    arrives(ana.server.connections[0])

    watched = ana.event_loop._monitor._server

    assert watched.queues().unrest == "what the client sent is not read yet"
    assert ana.event_loop.until(lambda: "oi" in ana.rows(), 5.0)


def test_what_the_client_has_not_read_is_unrest(terminals):
    """It waits for its keyboard meanwhile, and is called stalled when that does not end."""
    desk = terminals(READS_NOTHING)
    ana = desk.gather("ana")
    desk.somebody_says(ana)

    assert ana.event_loop.settle().kind == "stalled"


def test_a_line_that_is_not_read_from_the_keyboard_is_unrest(terminals):
    """It may be answered when it is."""
    ana = terminals(READS_NOTHING).gather("ana")
    ana.types()
    ana.types()

    assert ana.event_loop.settle().kind == "stalled"


def test_a_client_that_has_read_all_is_at_rest(terminals):
    desk = terminals(CHATS)
    ana = desk.gather("ana")

    ana.sees_once(desk.somebody_says(ana))
    ana.types()

    assert ana.event_loop.settle().kind == "proof"


@pytest.mark.parametrize("printed", ["'x' * 100_000", "'\\n' * 40_000"])
def test_a_flood_is_not_written_down_whole(terminals, printed):
    """A check needs some kilobytes of what a program prints."""
    desk = terminals(READS_NOTHING.replace("threading.Event().wait()", f"print({printed})"))
    ana = desk.gather("ana")
    ana.types()
    ana.settles()

    assert len("\n".join(desk.transcript.lines(4000))) < 20_000
