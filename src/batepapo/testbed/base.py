"""Where one attempt of a check plays: what a room of a server and the terminals of a client have in common."""

from __future__ import annotations

import math
import random
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal, NoReturn

from batepapo.errors import ConformanceFailure, Undecided
from batepapo.protocol.dialect import Dialect
from batepapo.testbed.event_loop import EventLoop
from batepapo.testbed.transcript import Transcript

CONSONANTS = "bcdfghjklmnpqrtvwz"  # no vowels and no x or s: a random word never holds an exit word
WORD_LETTERS = 7


class Testbed(ABC):
    """Limits, evidence, fresh words, and what is held against the program under test.

    Args:
        dialect: Wording and limits.
        seed: Everything random of this attempt follows from it.
        machine_factor: What the presence limit is multiplied with.
        time_limit_s: How long a check may take.
    """

    program: Literal["server", "client"] = "server"

    def __init__(self, dialect: Dialect, seed: str, machine_factor: float, time_limit_s: float) -> None:
        self.dialect = dialect
        self.limit_s = math.ceil(10 * dialect.limit_s * machine_factor) / 10  # as it is said in a failure
        self.transcript = Transcript()
        self.remarks: list[str] = []
        self.spent_s: dict[str, float] = {}
        self.stdin_is_terminal = True
        self._factor = machine_factor
        self._deadline_s = time.monotonic() + time_limit_s * machine_factor
        self._time_limit_s = time_limit_s * machine_factor
        self._random = random.Random(seed)
        self._arranging = False
        self._cancelled = False
        self._event_loops: list[EventLoop] = []
        self._inner: list[Testbed] = []

    @property
    def rate(self) -> float:
        """How many seconds of the program's clock pass in one of ours."""
        return 1.0

    def word(self) -> str:
        """Return a fresh random word."""
        return "".join(self._random.choice(CONSONANTS) for _ in range(WORD_LETTERS))

    @contextmanager
    def arranging(self) -> Iterator[None]:
        """Mark set-up: what fails in it blocks the check and accuses nobody."""
        outer, self._arranging = self._arranging, True
        try:
            yield
        finally:
            self._arranging = outer

    def expect(self, held: bool, expected: str, heard: Sequence[str] = ()) -> None:
        """Fail with who, what and within how long, unless it held."""
        if not held:
            self.fail(expected, heard)

    @abstractmethod
    def fail(self, expected: str, heard: Sequence[str] = ()) -> NoReturn:
        """End the attempt."""

    def _refuse(self, expected: str, heard: Sequence[str]) -> NoReturn:
        """Hold against the program what failed or, while arranging, against nobody."""
        if self._arranging:
            raise Undecided(f"{expected}; instead: {', '.join(heard) or 'nothing'}")
        raise ConformanceFailure(expected, heard)

    def _late(self, expected: str) -> str:
        """Return what was expected, of a check that has used up its time."""
        return f"the check is over within {self._time_limit_s:g} s; it was waiting for: {expected}"

    @abstractmethod
    def settle(self) -> object:
        """Wait until the program under test has finished reacting to all that was done."""

    @abstractmethod
    def conclude(self) -> None:
        """Look once more when the check is over."""

    @abstractmethod
    def output(self) -> list[str]:
        """Return the last lines that the program showed."""

    def cancel(self) -> None:
        """End every wait of this attempt soon, those of inner testbeds too; callable from another thread."""
        self._cancelled = True
        for event_loop in tuple(self._event_loops):
            event_loop.cancelled = True
        for inner in tuple(self._inner):
            inner.cancel()

    def _registers(self, event_loop: EventLoop) -> None:
        """Let a cancel reach what waits here, also one that came before."""
        self._event_loops.append(event_loop)
        event_loop.cancelled = self._cancelled

    def _registers_inner(self, testbed: Testbed) -> None:
        """Let a cancel reach another testbed that is opened within this attempt, also one that came before."""
        self._inner.append(testbed)
        if self._cancelled:
            testbed.cancel()

    def _forgets_inner(self, testbed: Testbed) -> None:
        """A cancel need not reach a testbed any more that is about to be closed."""
        self._inner.remove(testbed)

    @abstractmethod
    def close(self) -> None:
        """End every process of the program."""
