"""Hears the checks that come next while one is being waited for: most of an attempt is waiting, and starts overlap.

Each check has a server and a network of its own, so that none can disturb another; pytest's item merely joins its
attempt, in pytest's order. There is nothing of this with `-n`, whose workers are the same idea, on the shared
loopback, where servers take turns, and for a server that runs already, which is one for all.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet

from batepapo.execution.judge import Check, Judge
from batepapo.testbed.base import Testbed
from batepapo.verdicts.clause import Clause
from batepapo.verdicts.verdict import Verdict

JOIN_EVERY_S = 0.2  # so that Ctrl-C reaches the main thread between two looks
# One more than can run, because the server of one sleeps while another's works; more than four hold up each other here.
AT_A_TIME = min(4, 1 + (os.cpu_count() or 1))
SWITCH_S = 0.0005  # between our threads: 5 ms, Python's own, is long for who waits for a socket


class SideBySide:
    """The attempts of a run, some of them ahead of pytest.

    Args:
        judge: Decides them.
        checks: Clauses with their checks, in pytest's order; those whose verdict is foregone are left out, and those
            that take long begin first, so that no long one is left to run alone at the end.
    """

    def __init__(self, judge: Judge, checks: Iterable[tuple[Clause, Check]]) -> None:
        self._judge = judge
        self._rooms: set[Testbed] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._pool = ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="attempt")
        self._switch_s = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_S)
        self._verdicts: dict[str, Future[Verdict]] = {
            clause.id: self._pool.submit(judge.judge, clause, check, self._keep)
            for clause, check in sorted(checks, key=lambda pair: not pair[0].long)
            if judge.decided_in_advance(clause) is None
        }

    def _keep(self, room: Testbed) -> None:
        with self._lock:
            self._rooms.add(room)
            if self._closed:
                room.cancel()

    def __contains__(self, clause: Clause) -> bool:
        return clause.id in self._verdicts

    def verdict(self, clause: Clause) -> Verdict:
        """Wait for the verdict of a clause."""
        while True:
            try:
                return self._verdicts[clause.id].result(JOIN_EVERY_S)
            except NotYet:
                continue

    def close(self) -> None:
        """End all attempts: the run is over, or was stopped."""
        with self._lock:
            self._closed = True
            for room in self._rooms:
                room.cancel()
        self._pool.shutdown(cancel_futures=True)
        sys.setswitchinterval(self._switch_s)
