"""One deliberate bug: an exact replacement in a reference server, and what the suite must say of it."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from batepapo.detection.machine import machine_factor
from selftests.judging import IDLE, Run, check, dialect_file, dialect_of, file_of, reference
from selftests.tree import ROOT

LONGEST_IDLE_S = 6.0  # four fifths of it are still more than the 4 s below


@dataclass(frozen=True)
class Mutant:
    """A reference server with one bug, as students make it.

    Attributes:
        name: What the server does wrong, in a few words.
        of: The reference server, or its dialect, which means the first of that.
        story: One sentence for students.
        old: A piece of the reference server; it must occur there exactly once.
        new: What stands there instead.
        breaks: The clause that must fail.
        also: Other clauses that fail with it, each with the reason; empty is the aim.
        at_times: Which of these do not fail every time, because the bug's own race decides.
        tells: Patterns in the first lines of the failure block: who, what was expected, what came.
        more: Further pairs of old and new, where one place is not enough.
        framing: As the option; "line" for bugs that only a server of lines can have.
        dialect: Keys of the dialect that are changed, as `dialect_file` takes them.
        varies: Fields of the failure block ("expected", "heard") that a race of the bug's own makes differ from run to
            run, so that they are no part of the golden message.
        client: Whether it is a reference client that has the bug; `of` is its dialect then.
        idle_s: The idle limit for the IDLE clauses on a fast machine; a slow one gets a longer one.
    """

    name: str
    of: str
    story: str
    old: str
    new: str
    breaks: str
    tells: tuple[str, ...]
    also: Mapping[str, str] = field(default_factory=dict)
    at_times: tuple[str, ...] = ()
    more: tuple[tuple[str, str], ...] = ()
    framing: str = "auto"
    dialect: Mapping[str, str] = field(default_factory=dict)
    varies: tuple[str, ...] = ()
    idle_s: float = 1.0
    client: bool = False

    @property
    def file(self) -> str:
        """The file of the reference program, from the root of the checkout."""
        return f"clients/{self.of}.py" if self.client else f"reference/{file_of(self.of)}"


def source(mutant: Mutant) -> str:
    """Return the text of a mutant.

    Raises:
        ValueError: A piece of the reference server does not occur exactly once, or the result is no Python.
    """
    text = (ROOT / mutant.file).read_text("utf-8")
    for old, new in ((mutant.old, mutant.new), *mutant.more):
        if text.count(old) != 1:
            raise ValueError(f"{mutant.name}: {old!r} occurs {text.count(old)} times in {Path(mutant.file).name}")
        text = text.replace(old, new)
    compile(text, mutant.name, "exec")
    return text


def write(mutant: Mutant, folder: Path) -> Path:
    """Write a mutant into a folder, and return its path."""
    path = folder / f"{mutant.name}.py"
    path.write_text(source(mutant), "utf-8")
    return path


def command(path: Path, mutant: Mutant, *, idle_s: float | None = None) -> str:
    """Return the command line of a mutant; `idle_s` shortens its idle limit, where it has one."""
    words = [sys.executable, str(path)]
    if idle_s is not None and dialect_of(mutant.of) in IDLE:
        words += ["--idle-seconds", f"{idle_s:g}"]
    return shlex.join(words)


def short_idle_s(mutant: Mutant) -> float:
    """Return the idle limit to judge the IDLE clauses with.

    A settling room looks 0.5 s times the machine factor ahead (4 s at most): a timer within that would be waited
    for, and people would be timed out while they gather. The factor may grow fourfold until the run measures it.
    """
    return min(LONGEST_IDLE_S, mutant.idle_s * (1 + machine_factor()))


def judge(mutant: Mutant, folder: Path, clauses: str, *options: str) -> Run:
    """Write a mutant and judge it by some clauses: IDLE with a short idle limit, all others with the real one.

    A client is judged beside the reference server of its dialect, so that the clauses of the pair are decided, too.
    """
    idle_s = short_idle_s(mutant) if clauses.startswith("IDLE") else None
    changes = dict(mutant.dialect) | ({"seconds": f"{idle_s:g}"} if idle_s else {})
    dialect = dialect_of(mutant.of)
    if changes:
        dialect = dialect_file(dialect, folder, **changes)
    if mutant.client:
        client_cmd = shlex.join([sys.executable, str(write(mutant, folder))])
        asked = ("--clauses", clauses, "--should", "fail", *options)
        return check(reference(mutant.of), dialect, *asked, client_cmd=client_cmd)
    server_cmd = command(write(mutant, folder), mutant, idle_s=idle_s)
    return check(server_cmd, dialect, "--clauses", clauses, "--framing", mutant.framing, "--should", "fail", *options)
