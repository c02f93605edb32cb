"""The command line of the program under test: what was typed, and what is run for it."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from batepapo.errors import UsageError

# Whoever judges must not change what is judged: our interpreter's settings, pytest's, the loader's.
_NOT_PASSED_ON = ("PYTHON", "PYTEST_", "LD_")

# pyenv answers in 50 ms.
_SHIM_WITHIN_S = 10.0


@dataclass(frozen=True)
class Command:
    """One program and how it is started.

    Args:
        text: As typed.
        argv: What is run.
        folder: Where it runs; absolute.
        env: Its whole environment.
        in_place: Whether it may write to its folder.
        port: The number that was filled in for {port}, or None.
        notes: What was changed in the command line, for the header of the run.
    """

    text: str
    argv: tuple[str, ...]
    folder: Path
    env: Mapping[str, str] = field(repr=False)
    in_place: bool = False
    port: int | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def parse(
        cls,
        text: str,
        folder: Path | str,
        *,
        in_place: bool = False,
        port: int | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> Command:
        """Read a command line as a shell would split it, and fill in {port} and {host}.

        Args:
            text: What the user typed.
            folder: The program's folder.
            in_place: See the class.
            port: What {port} becomes; None: a number that is free now.
            environ: The environment to start from; None: ours.

        Raises:
            UsageError: The quotes do not match, there is no word, or the folder does not exist.
        """
        try:
            words = shlex.split(text)
        except ValueError as error:
            raise UsageError(f"the command {text!r} cannot be read: {str(error).lower()}; check its quotes") from error
        if not words or not words[0]:
            raise UsageError(f"the command {text!r} is empty; write for example: python3 server.py")
        folder = Path(os.path.abspath(folder))
        if not folder.is_dir():
            raise UsageError(f"the folder {str(folder)!r} does not exist or is not a folder")

        filled: int | None = None
        if any("{port}" in word for word in words):
            filled = port or _free_port()
        words = [word.replace("{port}", str(filled)).replace("{host}", "127.0.0.1") for word in words]
        env = environment(os.environ if environ is None else environ, folder)
        words[0], notes = _interpreter(words[0], folder, env)
        return cls(text, tuple(words), folder, env, in_place, filled, notes)


def environment(caller: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the environment of a program under test: the caller's without what is ours, unbuffered, in UTF-8."""
    env = {name: value for name, value in caller.items() if not name.startswith(_NOT_PASSED_ON)}
    env["PYTHONUNBUFFERED"] = "1"
    env["PYTHON_COLORS"] = "0"  # from 3.13 on, tracebacks at a terminal are coloured
    env["PWD"] = str(folder)
    locale = env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG") or ""
    if "utf8" not in locale.lower().replace("-", ""):
        env["LC_ALL"] = env["LANG"] = "C.UTF-8"
    return env


def at_a_terminal(command: Command) -> Command:
    """Return the command with an environment in which there is a terminal, and no display."""
    absent = ("DISPLAY", "WAYLAND_DISPLAY", "LINES", "COLUMNS")
    env = {name: value for name, value in command.env.items() if name not in absent}
    return replace(command, env={**env, "TERM": "linux"})  # which is what pyte emulates


def _interpreter(program: str, folder: Path, env: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Return what to run for the first word, and what to tell about it."""
    if "/" in program:
        return program, ()
    found = shutil.which(program, path=env.get("PATH", os.defpath))
    if found is None:
        if program == "python":
            return sys.executable, (f"there is no `python` on the PATH: {sys.executable} is used",)
        return program, ()
    if Path(found).parent.name != "shims":
        return program, ()
    # A pyenv shim is a shell script that costs 59 ms each start against 6.7 ms of the interpreter itself.
    real = _behind_shim(Path(found), folder, env)
    return (real, (f"`{program}` is {real} (found through {found})",)) if real else (program, ())


def _behind_shim(shim: Path, folder: Path, env: Mapping[str, str]) -> str:
    """Return the program behind a pyenv shim, or "" when there is no telling."""
    pyenv = shim.parent.parent / "libexec" / "pyenv"
    asks = [[str(pyenv) if pyenv.exists() else "pyenv", "which", shim.name]]
    if shim.name.startswith("python"):
        asks.append([str(shim), "-c", "import sys; print(sys.executable)"])
    for ask in asks:
        try:
            answer = subprocess.run(
                ask, cwd=folder, env=dict(env), capture_output=True, text=True, timeout=_SHIM_WITHIN_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        path = answer.stdout.strip()
        if answer.returncode == 0 and os.access(path, os.X_OK):
            return path
    return ""


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
