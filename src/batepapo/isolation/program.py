"""What is run, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from batepapo.isolation.fast_clock import FastClock
from batepapo.isolation.running_program import RunningProgram


@dataclass(frozen=True)
class Program:
    """What to run, and where.

    Args:
        argv: The first may be a path, relative to `folder`, or a name to be found on the PATH of `env`.
        folder: Where the program runs.
        env: The whole environment.
        layers: Folders seen on top of `folder`, the topmost first; read-only.
        in_place: Whether the program writes to the folder itself.
        upper: Where what it writes is kept (then `<upper>/upper` is a layer), or None: it is forgotten.
        stdin_is_terminal: Whether its standard input is the terminal, or at its end from the start (`< /dev/null`).
        clock: The fast clock that it runs on, or None: the real one.
        held: Whether it waits for `run` before it runs, so that its network can be furnished first.
        size: Rows and columns of its terminal.
        echo: Whether its terminal shows what is typed, as that of a person does.
        joins: The program whose network it shares, or None: it gets one of its own.
    """

    argv: tuple[str, ...]
    folder: Path
    env: Mapping[str, str]
    layers: tuple[Path, ...] = ()
    in_place: bool = False
    upper: Path | None = None
    stdin_is_terminal: bool = True
    clock: FastClock | None = None
    held: bool = False
    size: tuple[int, int] = (24, 80)
    echo: bool = False
    joins: RunningProgram | None = None

    def moved(self, copied_to: Path) -> Program:
        """Return the program with its folder, and what its words say about it, replaced by the copy."""
        old, new = str(self.folder), str(copied_to)
        argv = tuple(new + word[len(old) :] if (word + "/").startswith(old + "/") else word for word in self.argv)
        return replace(self, argv=argv, folder=copied_to, env={**self.env, "PWD": new}, layers=(), in_place=True)
