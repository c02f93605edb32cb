"""`--build-cmd`: run once, and what it wrote lies beneath every start."""

from __future__ import annotations

import dataclasses
import os
import select
import shutil
import time
from pathlib import Path

from batepapo.errors import ProgramDidNotStart
from batepapo.isolation import overlay as folders
from batepapo.isolation.program import Program
from batepapo.isolation.runner import Runner
from batepapo.isolation.running_program import CannotExec, RunningProgram
from batepapo.under_test.command import Command
from batepapo.under_test.console import Console

_BUILD_WITHIN_S = 120.0
_LOOK_EVERY_MS = 20
_BY_HAND = "Run it by hand in the program's folder and read its first error."


def build(runner: Runner, command: Command, into: Path) -> tuple[Path, ...]:
    """Run the build command in a view of its folder and return the layers that it made, the topmost first.

    Args:
        runner: Where.
        command: Its text is given to a shell, so that `javac *.java` works.
        into: A folder of the run, on disk, that keeps what is built.

    Raises:
        ProgramDidNotStart: The build failed or took longer than two minutes.
    """
    layers = () if command.in_place else (into / "upper",)
    into.mkdir(parents=True, exist_ok=True)
    program = Program(("/bin/sh", "-c", command.text), command.folder, command.env, in_place=command.in_place)
    if layers and not runner.no_overlay:
        program = dataclasses.replace(program, upper=into)
    elif layers:
        program = _in_a_copy(program, layers[0])
    try:
        start = runner.start(program)
    except CannotExec as error:
        raise ProgramDidNotStart(f"the build command {command.text!r} cannot be run: {error.text}") from error
    if layers and start.view == "copy":
        # The folder refused the overlay: the same once more, in a copy that is kept.
        start.stop()
        shutil.rmtree(into / "upper", ignore_errors=True)
        start = runner.start(_in_a_copy(program, layers[0]))
    console = Console(start.console)
    try:
        status = _wait(start, console)
        console.close()
    finally:
        start.stop()
    folders.remove(str(into / "work"))  # the overlay's own
    if status is None:
        what = f"the build command {command.text!r} did not end within {_BUILD_WITHIN_S:.0f} s"
    elif status != 0:
        what = f"the build command {command.text!r} failed with status {status}"
    else:
        return layers
    raise ProgramDidNotStart(what, console.last_lines(), _BY_HAND)


def _wait(start: RunningProgram, console: Console) -> int | None:
    """Read along until the build ends; return its status, None when it was too slow."""
    poll = select.poll()
    poll.register(start.console, select.POLLIN)
    give_up = time.monotonic() + _BUILD_WITHIN_S
    while time.monotonic() < give_up:
        poll.poll(_LOOK_EVERY_MS)
        console.read()
        status = start.exit_status()
        if status is not None:
            poll.poll(_LOOK_EVERY_MS)  # its last words pass through the kernel's queue
            return status
    return None


def _in_a_copy(program: Program, into: Path) -> Program:
    folders.copy(program.folder, (), into)
    env = {**program.env, "PWD": os.fspath(into)}
    return dataclasses.replace(program, folder=into, env=env, in_place=True, upper=None)
