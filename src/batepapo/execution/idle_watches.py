"""Checks that wait for the idle limit, all at the same time: a run costs one wait and not six.

Such a check is attempted on the fast clock first (isolation/fast_clock.py). What passes there, on a server that waits
through that clock, has passed. Whatever else comes of it decides nothing: it is attempted again on the real clock,
twice and side by side, and a third time where these two decide nothing. Each attempt has a thread, a server and a
network of its own; the pytest item merely joins its watch.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from batepapo.execution.attempt import harness_error, run_check
from batepapo.execution.judge import Check, Judge
from batepapo.testbed.server.room import Room
from batepapo.verdicts.clause import Clause
from batepapo.verdicts.verdict import BLOCKED, MOST_ATTEMPTS, PASS, Attempt, Verdict, another_is_needed

SIDE_BY_SIDE = 2  # attempts on the real clock: who fails one needs the second, and waits for both at once
JOIN_EVERY_S = 0.2  # so that Ctrl-C reaches the main thread between two looks
END_WITHIN_S = 10.0  # a cancelled attempt ends within a look and the end of its server


class IdleWatch:
    """One clause that is being waited for."""

    def __init__(self, judge: Judge, clause: Clause, check: Check) -> None:
        self._judge = judge
        self._clause = clause
        self._check = check
        self._lock = threading.Lock()
        self._cancelled = False
        self._rooms: list[Room] = []
        self._fast: Attempt | None = None
        self._reason_for_real_clock = ""
        self._fast_thread = threading.Thread(target=self._begin, name=f"{clause.id}-fast", daemon=True)
        self._real: list[Attempt | None] = [None] * MOST_ATTEMPTS
        self._real_threads = [
            threading.Thread(target=self._attempt, args=(number,), name=f"{clause.id}-{number + 1}", daemon=True)
            for number in range(MOST_ATTEMPTS)
        ]

    def start(self) -> None:
        """Begin."""
        self._fast_thread.start()

    def _begin(self) -> None:
        """Attempt it on the fast clock and, unless that decides it, begin the first attempts on the real one."""
        try:
            decided = self._decides_on_the_fast_clock()
        except Exception as ours:  # lost with this thread, otherwise
            self._fast = harness_error(ours)
            return
        if not decided and not self._cancelled:
            for thread in self._real_threads[:SIDE_BY_SIDE]:
                thread.start()

    def _decides_on_the_fast_clock(self) -> bool:
        clock = self._judge.factory.fast_clock()
        if clock is None:
            return False
        try:
            room = self._keep(self._judge.factory.room(self._clause, 0, clock))
            found = run_check(self._check, room)
            reached = clock.reached or not room.clock_used
        finally:
            clock.close()
        if found.word != PASS:
            self._reason_for_real_clock = f"{found.word}: {found.expected}"
        elif not reached:
            self._reason_for_real_clock = "no wait of the server went through it"
        else:
            self._fast = found
        return self._fast is not None

    def _attempt(self, number: int) -> None:
        try:
            room = self._keep(self._judge.factory.room(self._clause, number + 1))
            if why := self._reason_for_real_clock:
                room.transcript.note("room", f"attempts this again on the real clock; on the fast one: {why}")
            self._real[number] = run_check(self._check, room)
        except Exception as ours:  # lost with this thread, otherwise
            self._real[number] = harness_error(ours)

    def _keep(self, room: Room) -> Room:
        with self._lock:
            self._rooms.append(room)
            if self._cancelled:
                room.cancel()
        return room

    def verdict(self) -> Verdict:
        """Wait for the attempts, until they decide it."""
        _wait_for(self._fast_thread)
        attempts: list[Attempt] = [self._fast] if self._fast is not None else []
        for number, thread in enumerate(self._real_threads):
            if not another_is_needed(attempts):
                break
            if number >= SIDE_BY_SIDE and not self._cancelled:
                thread.start()
            _wait_for(thread)
            found = self._real[number]
            if found is not None:
                attempts.append(found)
        self.cancel()
        return self._judge.decide(self._clause, attempts or [Attempt(BLOCKED, "the run was ended")])

    def cancel(self) -> None:
        """End what still waits, without a verdict."""
        with self._lock:
            self._cancelled = True
            for room in self._rooms:
                room.cancel()

    def end(self) -> None:
        """Wait until its servers are gone; soon after `cancel`."""
        for thread in (self._fast_thread, *self._real_threads):
            if thread.ident is not None:
                thread.join(END_WITHIN_S)


def _wait_for(thread: threading.Thread) -> None:
    while thread.is_alive():
        thread.join(JOIN_EVERY_S)


class IdleWatches:
    """All checks of a run that wait for the idle limit."""

    def __init__(self, judge: Judge, clauses: Iterable[tuple[Clause, Check]]) -> None:
        self._watches = {
            clause.id: IdleWatch(judge, clause, check)
            for clause, check in clauses
            if clause.watch and judge.decided_in_advance(clause) is None
        }
        for watch in self._watches.values():
            watch.start()

    def verdict(self, clause: Clause) -> Verdict:
        """Join the watch of a clause."""
        return self._watches[clause.id].verdict()

    def close(self) -> None:
        """End all of them: the run is over, or was stopped."""
        for watch in self._watches.values():
            watch.cancel()
        for watch in self._watches.values():
            watch.end()
