"""Rooms on real servers, for tests of what happens in them."""

import sys
import textwrap

import pytest

from batepapo.protocol.dialect_file import load
from batepapo.protocol.framing import Framing
from batepapo.testbed.server.room import Room
from batepapo.under_test.command import Command
from batepapo.under_test.server import ServerUnderTest
from selftests.tree import ROOT

# One process, one thread, an x relay; what it does beside that is the part that a test fills in.
RELAY = """
import select, socket, sys, time, os, signal
listener = socket.create_server(("", 3001), reuse_port=False)
people = []
def said(sock, data):
    for other in people:
        if other is not sock:
            other.sendall(data)
{extra}
while True:
    ready, _, _ = select.select([listener, *people], [], [], {timeout})
    for sock in ready:
        if sock is listener:
            people.append(listener.accept()[0])
            continue
        data = sock.recv(65536)
        if data:
            said(sock, data)
        else:
            people.remove(sock)
            sock.close()
"""


@pytest.fixture
def open_room(runner):
    """Opens rooms and ends them."""
    rooms = []

    def open_one(dialect, command, **options):
        parsed = Command.parse(command, ROOT)
        room = Room(load(dialect), Framing.RAW, lambda **_: ServerUnderTest.start_command(runner, parsed), **options)
        rooms.append(room)
        return room

    yield open_one
    for room in rooms:
        room.close()


@pytest.fixture
def relay(open_room, tmp_path):
    """Opens a room on the relay above, with something more in it."""

    def open_one(extra="", timeout="None", **options):
        path = tmp_path / "relay.py"
        path.write_text(RELAY.format(extra=textwrap.dedent(extra), timeout=timeout))
        return open_room("x", f"{sys.executable} {path}", **options)

    return open_one
