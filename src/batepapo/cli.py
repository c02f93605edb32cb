"""`batepapo check`: pytest in a child process that has nothing of the submission's folder on its path; and `diff`."""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from batepapo.errors import UsageError
from batepapo.options import NO_RERUNS, OPTIONS, RERUNNING
from batepapo.verdicts.exit_status import BROKEN, INTERRUPTED, OK, USAGE
from batepapo.verdicts.results import cache_folder, read, writable

# `python -P` is not there on 3.10. The first entry of sys.path is the current folder; the start-up of Python is over
# before it is put there, so a student's sitecustomize.py is not imported either. The folder of this package comes
# after the standard library and before what is installed: who found it through PYTHONPATH, which the child does not
# get, is judged by the same one. xdist gives this path to its workers.
BOOT = """
import sys
path = [p for p in sys.path if p]
at = next((n for n, p in enumerate(path) if p.endswith("-packages")), len(path))
sys.path[:] = [*path[:at], {folder!r}, *path[at:]]
import pytest
sys.exit(pytest.main())
"""
# What Python and pytest take from the environment can name files of the submission's folder (PYTHONPATH=. is common),
# or weaken a check (PYTHONOPTIMIZE takes its assertions away). These say where Python is and how it writes, no more.
KEPT_OF_PYTHON = (
    "PYTHONHOME",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPYCACHEPREFIX",
    "PYTHONUTF8",
    "PYTHONIOENCODING",
    "PYTHONUNBUFFERED",
)
# Options of pytest and its plugins that people pass after `--`: files that are written, and other paths.
FILE_OPTIONS = ("--junitxml", "--junit-xml", "--log-file", "--html", "--report-log")
PATH_OPTIONS = (*FILE_OPTIONS, "--basetemp", "--cov-config")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the `batepapo` command and return its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    words, passed_on = _split(words)
    options = _parser().parse_args(words)
    if sys.platform == "win32":
        print("batepapo: native Windows has no pseudo-terminals; use WSL2", file=sys.stderr)  # noqa: T201
        return USAGE
    try:
        return _check(options, passed_on) if options.command == "check" else _diff(options, passed_on)
    except UsageError as error:
        print(f"batepapo: {error}", file=sys.stderr)  # noqa: T201 (this is the command's one line)
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    at = words.index("--") if "--" in words else len(words)
    return words[:at], words[at + 1 :]


class _Parser(argparse.ArgumentParser):
    """One line and status 4 for what cannot be understood, where argparse has ten lines and pytest's status 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"{self.prog}: {message}; {self.prog} --help names what there is\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="batepapo", description="Judge a TCP chat server, clause by clause.", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser(
        "check",
        help="judge one server",
        allow_abbrev=False,
        description="Judge one server. What stands after -- goes to pytest: batepapo check --server-cmd CMD -- -x -n 2",
    )
    for option in OPTIONS:
        check.add_argument(f"--{option.name}", **option.keywords())
    two_files = commands.add_parser(
        "diff",
        help="say what differs between two results files",
        allow_abbrev=False,
        description="Say what differs between two results files: verdicts, and what may explain them. "
        "Exit status 0: the same verdicts; 1: they differ; 4: a file is missing, or no results file.",
    )
    two_files.add_argument("a", metavar="A", type=Path, help="the results file of one run (`check --results A`)")
    two_files.add_argument("b", metavar="B", type=Path, help="that of the other")
    return parser


def _check(options: argparse.Namespace, passed_on: list[str]) -> int:
    if not (options.server_cmd or options.server_addr or options.client_cmd):
        raise UsageError(
            'nothing to judge; write for example: batepapo check --server-cmd "python server.py", or --client-cmd'
        )
    if not _current_folder_exists():
        raise UsageError("the current folder is gone; go to one that is there")
    if any(word.partition("=")[0] in RERUNNING for word in passed_on):
        raise UsageError(NO_RERUNS)
    conformance = _conformance_folder()
    boot = BOOT.format(folder=str(Path(__file__).parents[1]))
    command = [sys.executable, "-c", boot, str(conformance), f"--rootdir={conformance}", f"--confcutdir={conformance}"]
    command += ["-c", str(Path(__file__).parent / "plugin" / "check.ini")]
    if not _without("cacheprovider", passed_on):
        command += ["-o", f"cache_dir={os.path.abspath(cache_folder())}/pytest"]
    if not _without("terminal", passed_on):
        command += ["-r", "N", "--no-header"]
    # By the names of their entry points: other plugins ask whether there is one called "xdist".
    command += ["-p", "batepapo.plugin", "-p", "xdist", "-p", "xdist.looponfail"]
    options.server_dir = options.server_dir or "."
    options.client_dir = options.client_dir or options.server_dir
    for option in OPTIONS:
        value = getattr(options, option.name.replace("-", "_"))
        if option.path or (option.name == "dialect" and value and value.endswith(".toml")):
            value = value if value is None else os.path.abspath(value)
        if value is not None and value is not False:
            command += [option.pytest_name] if option.flag else [f"{option.pytest_name}={value}"]
    command += _absolute(passed_on)
    environment = _environment()
    with tempfile.TemporaryDirectory(prefix="batepapo-") as empty:  # xdist's workers import from their folder
        child = subprocess.Popen(command, cwd=empty, env=environment)
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:  # the child got it from the terminal, too; it ends its servers and says so
                continue


def _diff(options: argparse.Namespace, passed_on: list[str]) -> int:
    from batepapo.report import diff  # here: `check` would import half of us only to start a child that does it again

    if passed_on:
        raise UsageError(f"diff takes two files and nothing after --, but there is {passed_on[0]!r}")
    a, b = read(options.a), read(options.b)
    print("\n".join(diff.lines(a, b)))  # noqa: T201 (this is what the command is for)
    return OK if diff.same_verdicts(a, b) else BROKEN


def _current_folder_exists() -> bool:
    try:
        return bool(os.getcwd())
    except FileNotFoundError:
        return False


def _without(plugin: str, words: list[str]) -> bool:
    """Return whether pytest is told to leave out a plugin of its own: the options of that plugin are unknown then."""
    return f"no:{plugin}" in [word.removeprefix("-p") for word in words]


def _environment() -> dict[str, str]:
    """Return the environment of the child; the server under test gets it without what begins with PYTHON or PYTEST_."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name in KEPT_OF_PYTHON or not name.startswith(("PYTHON", "PYTEST_"))
    }
    environment |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONSAFEPATH": "1"}
    if environment.get("XDG_CACHE_HOME"):
        environment["XDG_CACHE_HOME"] = os.path.abspath(environment["XDG_CACHE_HOME"])
    return environment


def _absolute(words: list[str]) -> list[str]:
    """Return pytest's options with their paths made absolute: the child runs in another folder.

    Raises:
        UsageError: A file cannot be written, which pytest would find out after the run.
    """
    result = []
    previous = ""
    for word in words:
        name, equals, value = word.partition("=")
        if equals and name in PATH_OPTIONS:
            word = f"{name}={_path(name, value)}"
        elif previous in PATH_OPTIONS:
            word = _path(previous, word)
        previous = word
        result.append(word)
    return result


def _path(name: str, value: str) -> str:
    path = os.path.abspath(value)
    if name in FILE_OPTIONS:
        writable(name.removeprefix("--"), Path(path))
    return path


def _conformance_folder() -> Path:
    spec = importlib.util.find_spec("batepapo.conformance")
    if spec is not None and spec.submodule_search_locations:
        return Path(spec.submodule_search_locations[0])
    return Path(__file__).parents[2] / "conformance"  # a clone that is not installed


if __name__ == "__main__":
    sys.exit(main())
