"""Vital signs of the server's processes: sockets, threads, memory, and how busy they are."""

from __future__ import annotations

from batepapo.isolation import sockdiag
from batepapo.observation import resource_usage
from batepapo.observation.resource_usage import AFTERMATH_S, BUSY_LOOP_SHARE, MEASURED_FOR_S
from batepapo.testbed.server.room_base import RoomBase


class VitalSigns(RoomBase):
    """A room whose server is ours to look at."""

    def resource_usage(self) -> resource_usage.ResourceUsage:
        """Look at the server's processes."""
        return resource_usage.read(self.process().keeper_pid)

    def unclosed_sockets(self) -> int:
        """Return how many sockets of the server have a client that has closed (CLOSE_WAIT)."""
        port = self.process().address[1]
        return sum(end.state == sockdiag.CLOSE_WAIT and end.local[1] == port for end in self.sockets())

    def busy_share(self, for_s: float) -> float:
        """Return how busy the server is during the next seconds, as a share of one processor."""
        before = self.resource_usage()
        self.until(lambda: False, for_s, early=False)
        return resource_usage.busy_share(before, self.resource_usage())

    def stays_calm(self, before: float) -> None:
        """Check that nothing burns the processor after the departures, unless it did before."""
        self.until(lambda: False, AFTERMATH_S, early=False)
        with self.arranging():  # one that died of them is calm, and broke another clause
            self._survives()
        share = self.busy_share(MEASURED_FOR_S)
        self.expect(
            share < BUSY_LOOP_SHARE or share - before < BUSY_LOOP_SHARE,
            f"the server uses less than {BUSY_LOOP_SHARE:.0%} of a processor while nobody does anything",
            [f"{share:.0%} over {MEASURED_FOR_S:g} s ({before:.0%} before they went)"],
        )
