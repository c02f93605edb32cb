"""The server's clock beside ours: how fast it runs, and whether what was seen depends on it."""

from __future__ import annotations

import math

from batepapo.errors import Undecided
from batepapo.isolation.fast_clock import FastClock


class ServerClock:
    """Converts seconds of the server's clock into ours, and says from when on they cannot be relied on.

    Attributes:
        used: Whether the check waited time out.
        in_time_until_s: On our monotonic clock, when the time that was waited out is over. A busy machine may let us
            look long after it, and what the idle rule did meanwhile came too late.

    Args:
        fast: The fast clock that the server runs on, or None: the real one.
    """

    def __init__(self, fast: FastClock | None = None) -> None:
        self.fast = fast
        self.used = False
        self.in_time_until_s = math.inf

    @property
    def rate(self) -> float:
        """How many seconds of the server's clock pass in one of ours."""
        return self.fast.rate if self.fast else 1.0

    def ours_s(self, theirs_s: float) -> float:
        """Return how long seconds of the server's clock take on ours."""
        return theirs_s / self.rate

    def theirs_s(self, ours_s: float) -> float:
        """Return how long seconds of ours take on the server's clock."""
        return ours_s * self.rate

    def mark(self) -> None:
        """Call before the first client connects: what the server waited for until then proves nothing."""
        if self.fast:
            self.fast.mark()

    def is_relied_on(self, until_s: float) -> None:
        """Call before time is waited out: what follows counts only if the server waits through its clock.

        Args:
            until_s: When that time is over, on our monotonic clock.

        Raises:
            Undecided: It has not, so that its time passes as ours does.
        """
        self.used = True
        self.in_time_until_s = until_s
        if self.fast and not self.fast.was_touched:
            raise Undecided("the fast clock does not reach this server")
