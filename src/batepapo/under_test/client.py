"""The client under test: one start of it, in a network and at a terminal of its own, with nobody to talk to yet."""

from __future__ import annotations

import os
from pathlib import Path

from batepapo.isolation import process_tree
from batepapo.isolation.program import Program
from batepapo.isolation.runner import Runner
from batepapo.isolation.running_program import CannotExec, RunningProgram
from batepapo.under_test.command import Command
from batepapo.under_test.listen_failure import cannot_exec
from batepapo.under_test.screen import COLUMNS, ROWS
from batepapo.under_test.terminal import ClientSpawn


class ClientUnderTest:
    """A client program. It is held until `run`, so that a server can be put into its network before.

    Attributes:
        running: The program and its network.
        spawn: Its terminal.
    """

    def __init__(
        self, runner: Runner, command: Command, *, joins: RunningProgram | None = None, layers: tuple[Path, ...] = ()
    ) -> None:
        """Furnish a network, a view of the folder and a terminal for one run.

        Args:
            runner: Where.
            command: What.
            joins: The program whose network it shares; None: it has one of its own.
            layers: What a build command wrote.

        Raises:
            UsageError: The folder can neither be covered nor copied.
        """
        self._command = command
        self.running = runner.start(
            Program(
                command.argv, command.folder, command.env, layers, command.in_place,
                held=True, size=(ROWS, COLUMNS), echo=True, joins=joins,
            )
        )  # fmt: skip
        self._keyboard = -1
        try:
            self._keyboard = self.running.keyboard()
            self.spawn = ClientSpawn(self.running.console, self._keyboard, self)
        except BaseException:
            self._end()
            raise

    def run(self) -> None:
        """Let it begin.

        Raises:
            ProgramDidNotStart: The command cannot be run.
        """
        try:
            self.running.run()
        except CannotExec as error:
            raise cannot_exec(self._command, error) from error

    def read_console(self) -> bytes:
        """Return what it printed since the last call, 64 KiB at most; never waits."""
        return self.spawn.take_output()

    @property
    def console_closed(self) -> bool:
        """Whether nothing more can come from its terminal."""
        return self.spawn.hung_up

    def alive(self) -> bool:
        """Return whether any process of it is left."""
        return self.running.exit_status() is None or bool(process_tree.descendants(self.running.keeper_pid))

    def exit_status(self) -> int | None:
        """Return None while the program itself runs, then its exit status; negative when a signal ended it."""
        return self.running.exit_status()

    def stop(self) -> None:
        """End every process of it."""
        self.spawn.close()
        self._end()

    def _end(self) -> None:
        if self._keyboard != -1:
            os.close(self._keyboard)
            self._keyboard = -1
        self.running.stop()
