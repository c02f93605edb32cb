"""One start of the client under test: held until it is let go, and ended whatever happens."""

import sys

import pytest

from batepapo.errors import ProgramDidNotStart
from batepapo.isolation.running_program import RunningProgram
from batepapo.under_test.client import ClientUnderTest
from batepapo.under_test.command import Command


def furnish(runner, folder, code="print('oi')"):
    """A client that is held."""
    (folder / "client.py").write_text(code)
    return ClientUnderTest(runner, Command.parse(f"'{sys.executable}' -I client.py", folder))


def test_a_client_runs_when_it_is_let_go(runner, tmp_path):
    """Its network can be furnished before."""
    client = furnish(runner, tmp_path)
    assert client.exit_status() is None

    client.run()

    while client.alive():
        client.read_console()
    assert client.exit_status() == 0
    client.stop()


def test_a_command_that_is_not_there_is_said_when_it_would_run(runner, tmp_path):
    client = ClientUnderTest(runner, Command.parse("./no-such-program", tmp_path))

    with pytest.raises(ProgramDidNotStart, match="was not found"):
        client.run()
    client.stop()


def test_a_client_is_ended_whose_terminal_cannot_be_opened(runner, tmp_path, monkeypatch):
    """It was started by then."""
    started = []

    def no_terminal(running):
        started.append(running)
        raise OSError("too many open files")

    monkeypatch.setattr(RunningProgram, "keyboard", no_terminal)

    with pytest.raises(OSError, match="too many"):
        furnish(runner, tmp_path)
    assert started[0].console == -1
