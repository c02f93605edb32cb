"""A server under test, of a few lines of code."""

import sys
import textwrap

import pytest

from batepapo.under_test.command import Command
from batepapo.under_test.server import ServerUnderTest
from batepapo.under_test.startup import StartOptions


@pytest.fixture
def serve(runner, tmp_path):
    """Start Python code, or a command line, as the server under test."""
    servers = []

    def serve(
        code=None,
        command=None,
        *,
        port_hint=None,
        start_timeout_s=10.0,
        args="",
        layers=(),
        stdin_is_terminal=True,
        answers=(),
    ):
        if code is not None:
            (tmp_path / "server.py").write_text(textwrap.dedent(code))
            command = f"'{sys.executable}' -I server.py {args}"
        options = StartOptions(
            port_hint, start_timeout_s, layers=layers, stdin_is_terminal=stdin_is_terminal, answers=answers
        )
        server = ServerUnderTest.start_command(runner, Command.parse(command, tmp_path), options)
        servers.append(server)
        return server

    yield serve
    for server in servers:
        server.stop()
