"""Time that passes while somebody says nothing. T is the dialect's limit on silence, on the server's clock."""

from __future__ import annotations

import time
from collections.abc import Callable

from batepapo.errors import Undecided
from batepapo.testbed.server.room_base import RoomBase
from batepapo.testbed.server.user import User


class IdleVerbs(RoomBase):
    """A room in which somebody may be silent for too long."""

    @property
    def idle_s(self) -> float:
        """T, in seconds.

        Raises:
            Undecided: The dialect has no such limit.
        """
        if self.dialect.idle is None:
            raise Undecided(f"the dialect {self.dialect.name} has no idle rule")
        return self.dialect.idle.seconds

    def keep_talking(self, *people: User, beside: User, until: float, unless: Callable[[], bool]) -> None:
        """Let some talk every T/3 until somebody has been silent for `until` seconds, unless something happened."""
        end_s = beside.connection.last_stimulus_s + self.clock.ours_s(until)
        self.clock.is_relied_on(end_s)
        while time.monotonic() < end_s and not unless():
            for user in people:
                if user.connection.alive:
                    user.says()
            self.until(unless, min(self.clock.ours_s(self.idle_s) / 3, end_s - time.monotonic()), early=False)
