"""The build: run once, its results beneath every start."""

import os
import sys

import pytest

from batepapo.errors import ProgramDidNotStart
from batepapo.isolation.runner import Runner
from batepapo.under_test.build import build
from batepapo.under_test.command import Command
from batepapo.under_test.server import ServerUnderTest
from batepapo.under_test.startup import StartOptions
from selftests.under_test.serving import ECHO, answers


@pytest.mark.parametrize("rung", ["auto", "user", "copy"])
def test_what_was_built_lies_beneath_every_start(monkeypatch, tmp_path, rung):
    if rung == "user" and os.getuid() != 0:
        pytest.skip("it is what auto is")
    if rung == "user":
        monkeypatch.setenv("BATEPAPO_NETWORK", "user")
    folder = tmp_path / "submission"
    folder.mkdir()
    (folder / "server.in").write_text(ECHO)
    command = Command.parse("cp *.in server.py; mkdir -p out; echo built", folder)
    with Runner() as runner:
        if rung == "copy":
            runner.no_overlay = "no overlay: for this test"
        layers = build(runner, command, tmp_path / "run" / "build")
        assert os.listdir(folder) == ["server.in"]
        for _ in range(2):
            server = ServerUnderTest.start_command(
                runner, Command.parse(f"'{sys.executable}' server.py", folder), StartOptions(layers=layers)
            )
            assert answers(server) == b"hello"
            server.stop()
    assert os.listdir(folder) == ["server.in"]


def test_a_build_that_fails_shows_its_last_lines(runner, tmp_path):
    command = Command.parse("echo compiling; echo error on line 3 >&2; exit 2", tmp_path)

    with pytest.raises(ProgramDidNotStart, match="failed with status 2") as raised:
        build(runner, command, tmp_path / "run")
    assert raised.value.seen == ("compiling", "error on line 3")
