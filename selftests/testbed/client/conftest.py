"""Clients of a few lines, at terminals."""

import sys
import textwrap

import pytest

from batepapo.protocol.dialect_file import load
from batepapo.testbed.client.terminals import Terminals
from batepapo.testbed.factory import at_a_terminal
from batepapo.under_test.client import ClientUnderTest
from batepapo.under_test.command import Command

PORT = 5555


@pytest.fixture
def client(runner, tmp_path):
    """Furnish Python code as the client under test; it does not run yet."""
    clients = []

    def furnish(code):
        (tmp_path / "client.py").write_text(textwrap.dedent(code))
        command = Command.parse(f"'{sys.executable}' -I client.py", tmp_path)
        one = ClientUnderTest(runner, at_a_terminal(command))
        clients.append(one)
        return one

    yield furnish
    for one in clients:
        one.stop()


@pytest.fixture
def terminals(client):
    """Make terminals at which Python code runs as the client under test."""
    opened = []

    def make(code, dialect="x", ports=(PORT,), **options):
        one = Terminals(load(dialect), None, lambda: client(code), ports, **options)
        opened.append(one)
        return one

    yield make
    for one in opened:
        one.close()
