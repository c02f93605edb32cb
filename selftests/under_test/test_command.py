"""The command line: split as a shell does, its program found, its environment without ours."""

import sys
from pathlib import Path

import pytest

from batepapo.errors import UsageError
from batepapo.under_test.command import Command


def test_a_command_is_split_as_a_shell_does(tmp_path):
    command = Command.parse("/bin/x 'a b' --at {host}:{port}", tmp_path, port=5001)

    assert command.argv == ("/bin/x", "a b", "--at", "127.0.0.1:5001")
    assert command.port == 5001
    assert Command.parse("/bin/x", tmp_path, port=5001).port is None


@pytest.mark.parametrize(
    ("text", "message"),
    [("python3 'server.py", "no closing quotation; check its quotes"), ("  ", "is empty"), ("''", "is empty")],
)
def test_a_command_that_cannot_be_read_is_one_line(tmp_path, text, message):
    with pytest.raises(UsageError, match=message) as raised:
        Command.parse(text, tmp_path)
    assert "\n" not in str(raised.value)


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"nowhere.* does not exist"):
        Command.parse("/bin/x", tmp_path / "nowhere")


def test_without_a_python_on_the_path_it_is_ours(tmp_path):
    command = Command.parse("python server.py", tmp_path, environ={"PATH": str(tmp_path)})

    assert command.argv == (sys.executable, "server.py")
    assert command.notes == (f"there is no `python` on the PATH: {sys.executable} is used",)


def test_a_shim_is_resolved_once(tmp_path):
    shims = tmp_path / "shims"
    shims.mkdir()
    (shims / "python3").write_text(f"#!/bin/sh\nexec '{sys.executable}' \"$@\"\n")
    (shims / "python3").chmod(0o755)

    command = Command.parse("python3 server.py", tmp_path, environ={"PATH": f"{shims}:/usr/bin:/bin"})

    assert Path(command.argv[0]).samefile(sys.executable)
    assert "found through" in command.notes[0]


def test_the_environment_is_the_callers_without_ours(tmp_path):
    ours = {"PYTHONPATH": "x", "PYTEST_ADDOPTS": "-x", "LD_PRELOAD": "y.so"}
    caller = {"PATH": "/bin", "HOME": "/h", "LANG": "pt_BR.ISO-8859-1", **ours}

    assert Command.parse("/bin/x", tmp_path, environ=caller).env == {
        "PATH": "/bin",
        "HOME": "/h",
        "PYTHONUNBUFFERED": "1",
        "PYTHON_COLORS": "0",
        "PWD": str(tmp_path),
        "LC_ALL": "C.UTF-8",
        "LANG": "C.UTF-8",
    }
    assert Command.parse("/bin/x", tmp_path, environ={"LANG": "pt_BR.UTF-8"}).env["LANG"] == "pt_BR.UTF-8"
