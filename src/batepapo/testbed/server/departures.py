"""How people go, as set-up and in numbers, and what the server keeps of them."""

from __future__ import annotations

from typing import Any

from batepapo.isolation import sockdiag
from batepapo.testbed.server.arrivals import Arrivals
from batepapo.testbed.server.user import User

# The reference servers see somebody off in 1 to 3 ms (medians of 100 departures), and in 46 ms at the most on two cores
# with other work. What takes longer costs no truth: the next one comes all the same.
SEEN_OFF_S = 0.1
FINAL_STATES = (sockdiag.TIME_WAIT, sockdiag.CLOSE, sockdiag.LAST_ACK, sockdiag.FIN_WAIT1, sockdiag.FIN_WAIT2)


class Departures(Arrivals):
    """A room that people leave."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._sees_off = True

    def server_end(self, user: User) -> sockdiag.Socket | None:
        """Return the server's socket of somebody's connection; None when it has none, or where that cannot be seen."""
        ours = user.connection
        return next((end for end in self.sockets() if (end.local, end.remote) == (ours.remote, ours.local)), None)

    def socket_left(self, gone: User) -> bool:
        """Return whether the server still has its end of a connection that our side has closed."""
        end = self.server_end(gone)
        return end is not None and end.state not in FINAL_STATES

    def is_seen_off(self, gone: User) -> None:
        """Give the server a moment to see a departure, so that they do not pile up where nobody asked for that.

        One that leaves its end open is not waited for a second time.
        """
        if self._sees_off and self.open().running is not None:
            self._sees_off = self.until(
                lambda: not self.socket_left(gone) and self.event_loop.at_rest(),
                SEEN_OFF_S * self._factor,
                early=False,
                look_every_s=0.001,
            )

    def come_and_go(self, rounds: int) -> None:
        """Let somebody come, speak and go, `rounds` times: by FIN and by RST in turn."""
        for number in range(rounds):
            guest = self.arrives(self.unique(f"visita{number}"))
            self.logs_in(guest)
            guest.says()
            guest.is_taken()
            guest.goes(reset=number % 2 == 0)
            self.is_seen_off(guest)
        self.settle()

    def everybody_closes(self) -> None:
        """Read what has come, and close every connection."""
        self.event_loop.drain()
        for user in self.users:
            user.connection.close()

    def departures_are_survived(self, *stay: User) -> None:
        """Let somebody close and somebody reset, as set-up, and see that those who stay are still served."""
        with self.arranging():
            self.join("yara").closes()
            self.settle()
            self.join("zoe").resets()
            self.settle()
            self.converse(*stay)
