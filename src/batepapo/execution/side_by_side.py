"""Attempts the checks that come next while one is being waited for: most of an attempt is waiting, and starts overlap.

Each check has a server and a network of its own, so that none can disturb another; pytest's item merely joins its
verdict, in pytest's order. There is nothing of this with `-n`, whose workers are the same idea, on the shared
loopback, where servers take turns, and for a server that runs already, which is one for all.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from batepapo.execution.judge import Check, Judge
from batepapo.testbed.base import Testbed
from batepapo.verdicts.clause import Clause
from batepapo.verdicts.verdict import Verdict

JOIN_EVERY_S = 0.2  # so that Ctrl-C reaches the main thread between two looks
# One more than can run, because the server of one sleeps while another's works; more than four hold up each other here.
AT_A_TIME = min(4, 1 + (os.cpu_count() or 1))
SWITCH_S = 0.0005  # between our threads: 5 ms, Python's own, is long for who waits for a socket


class SideBySide:
    """The verdicts of a run, some of them on their way before pytest asks.

    Args:
        judge: Decides them.
        checks: Clauses with their checks, in pytest's order; those that are decided in advance are left out, and those
            that take long begin first, so that no long one is left to run alone at the end.
    """

    def __init__(self, judge: Judge, checks: Iterable[tuple[Clause, Check]]) -> None:
        self._testbeds: set[Testbed] = set()
        self._lock = threading.Lock()
        self._closed = False
        wanted = sorted(checks, key=lambda pair: not pair[0].long)
        wanted = [(clause, check) for clause, check in wanted if judge.decided_in_advance(clause) is None]
        self._pool = ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="attempt")
        self._switch_s = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_S)
        self._verdicts: dict[str, Future[Verdict]] = {
            clause.id: self._pool.submit(judge.judge, clause, check, self._keep) for clause, check in wanted
        }

    def _keep(self, testbed: Testbed) -> None:
        with self._lock:
            self._testbeds.add(testbed)
            if self._closed:
                testbed.cancel()

    def __contains__(self, clause: Clause) -> bool:
        return clause.id in self._verdicts

    def verdict(self, clause: Clause) -> Verdict:
        """Wait for the verdict of a clause."""
        future = self._verdicts[clause.id]
        while not future.done():
            wait([future], JOIN_EVERY_S)
        return future.result()

    def close(self) -> None:
        """End all attempts: the run is over, or was stopped."""
        with self._lock:
            self._closed = True
            for testbed in self._testbeds:
                testbed.cancel()
        self._pool.shutdown(cancel_futures=True)
        sys.setswitchinterval(self._switch_s)
