"""Checks that wait for the idle limit, all at the same time: a run costs one long wait and not six.

Both hearings of a watch run side by side, each in a thread with a server and a network of its own;
the pytest item merely joins its watch (design.md, section 5).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from batepapo.court import HEARINGS, Check, Court
from batepapo.hearing import hear
from batepapo.marks import Clause
from batepapo.room import Room
from batepapo.verdict import PASS, Hearing, Verdict

JOIN_EVERY_S = 0.2  # so that Ctrl-C reaches the main thread between two looks


class Watch:
    """One clause that is being waited for."""

    def __init__(self, court: Court, clause: Clause, check: Check) -> None:
        self._court = court
        self._clause = clause
        self._rooms = [court.room(clause, number + 1) for number in range(HEARINGS)]
        self._found: list[Hearing | None] = [None] * HEARINGS
        self._threads = [
            threading.Thread(
                target=self._hear, args=(number, check, room), name=f"{clause.id}-{number + 1}", daemon=True
            )
            for number, room in enumerate(self._rooms)
        ]

    def start(self) -> None:
        """Begin both hearings."""
        for thread in self._threads:
            thread.start()

    def _hear(self, number: int, check: Check, room: Room) -> None:
        self._found[number] = hear(check, room)

    def verdict(self) -> Verdict:
        """Wait for the first hearing and, unless it passed, for the second."""
        hearings: list[Hearing] = []
        for number, thread in enumerate(self._threads):
            while thread.is_alive():
                thread.join(JOIN_EVERY_S)
            found = self._found[number]
            if found is not None:
                hearings.append(found)
            if hearings and hearings[-1].word == PASS:
                break
        self.cancel()
        return self._court.decide(self._clause, hearings)

    def cancel(self) -> None:
        """End what still waits, without a verdict."""
        for room in self._rooms:
            room.cancel()

    def end(self) -> None:
        """Wait until its servers are gone; soon after `cancel`."""
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(10.0)


class Watches:
    """All watches of a run."""

    def __init__(self, court: Court, clauses: Iterable[tuple[Clause, Check]]) -> None:
        self._watches = {
            clause.id: Watch(court, clause, check)
            for clause, check in clauses
            if clause.watch and court.foregone(clause) is None
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
