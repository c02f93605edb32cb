"""The cycle rule: what a timer did not bring twice in a row, it will not bring the third time.

A server that looks at a queue every 50 ms never sleeps without a near timer, so that nothing can be proved there. The
rule is a guess: the prototype of this code was never wrong by it in 5,000 stimuli to such a server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from batepapo.observation.snapshot import Snapshot, Timed

_FRUITLESS_ROUNDS = 2


def at_work(timed: Timed) -> bool:
    """Whether the thread came to a plain sleep since `mark()`: a step of its work then, not an idle round."""
    thread = timed.thread
    if timed.wait.kind != "sleep" or thread.runs == thread.runs_at_mark:
        return False
    return thread.place_at_mark != timed.wait.place


@dataclass
class _Rounds:
    """How often each near timer has fired since anything else happened."""

    effects: tuple[object, ...]
    runs: dict[int, int]
    places: dict[int, tuple[bytes, ...]]
    fired: dict[int, int]


class PollingLoops:
    """Counts the rounds of one wait."""

    def __init__(self) -> None:
        self._rounds: _Rounds | None = None

    def fruitless(self, near: Sequence[Timed], snapshot: Snapshot, runs: Mapping[int, int]) -> bool:
        """Return whether each near timer has fired often enough without effect on the sockets or on other threads.

        Args:
            near: The timers that can fire inside the window.
            snapshot: One that found the server at rest.
            runs: The run counter of each thread.
        """
        if snapshot.queues is None or any(at_work(one) and one.thread.place_at_mark is not None for one in near):
            self._rounds = None
            return False
        timed = {one.thread.tid for one in snapshot.timed}
        others = tuple(sorted((tid, count) for tid, count in runs.items() if tid not in timed))
        effects = (snapshot.queues.progress, others)
        rounds = self._rounds
        if rounds is None or rounds.effects != effects or any(one.thread.tid not in rounds.runs for one in near):
            self._rounds = _Rounds(
                effects,
                runs={one.thread.tid: one.thread.runs for one in near},
                places={one.thread.tid: one.wait.place for one in near},
                fired={one.thread.tid: 0 for one in near},
            )
            return False
        for one in near:
            tid = one.thread.tid
            if one.thread.runs == rounds.runs[tid]:
                continue
            if one.wait.place != rounds.places[tid]:
                self._rounds = None
                return False
            rounds.runs[tid] = one.thread.runs
            rounds.fired[tid] += 1
        return all(rounds.fired[one.thread.tid] >= _FRUITLESS_ROUNDS for one in near)
