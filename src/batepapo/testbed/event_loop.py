"""Waiting without sleeping: presence ends early, absence is observed (design.md, section 4).

One `EventLoop` reads every client of a room and the server's terminal. All waiting of a check happens here,
so that nobody's receive buffer fills while somebody else is waited for.
"""

from __future__ import annotations

import select
import socket
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from batepapo.isolation import sockdiag
from batepapo.observation import tcp_queues
from batepapo.observation.quiescence import RESTS, Kind, Quiescence, QuiescenceMonitor
from batepapo.testbed.connection import FLOOD_BYTES, Connection
from batepapo.testbed.transcript import Transcript
from batepapo.under_test.server import AttachedServer, ServerUnderTest

if TYPE_CHECKING:  # it brings a terminal emulator, and most runs judge a server
    from batepapo.under_test.client import ClientUnderTest

WINDOW_S = 0.5  # timers that end later than this count as "nothing will come"; a timer does not slow with the machine
HOPELESS_S = 0.02  # once a room could not be proved still: how long it is tried before people are asked to speak
PROVES_NOTHING = ("window", "blocked")
EXTEND_S = 2.0  # a handler that has read the message and sleeps is waited for up to the presence limit
QUIET_WINDOW_S = 0.3  # the last fall-back: a plain pause (design.md, section 4)
TAKEN_PAUSE_S = 0.05  # where the server's queues cannot be seen: how long a message is given to be read
FIRST_POLL_S = 0.001  # a relay takes 0.1 ms: look for it before looking at threads
ALIVE_EVERY_S = 0.02
LOOK_EVERY_S = 0.002


class Fence(Protocol):
    """Asks the people of a room to speak in turn until what was said before must have come; False: it could not."""

    def __call__(self) -> bool: ...


class EventLoop:
    """Everything that a room can see, on one clock.

    Args:
        server: The server under test.
        transcript: Takes every byte that is seen.
        machine_factor: How much slower this machine is than the one that the limits were chosen on.
        deadline_s: When the check must be over, on the monotonic clock.
        idle_s: The dialect's limit on silence, in seconds, if it has one: its timers are not to be waited for.
        silence: What watches the program, where it is not a server that listens.
    """

    def __init__(
        self,
        server: ServerUnderTest | AttachedServer | ClientUnderTest,
        transcript: Transcript,
        machine_factor: float,
        deadline_s: float,
        idle_s: float = float("inf"),
        silence: QuiescenceMonitor | None = None,
    ) -> None:
        self.connections: list[Connection] = []
        self.fence: Fence | None = None
        self.printed_bytes = 0
        self.deadline_s = deadline_s
        self.cancelled = False
        self._server = server
        self._transcript = transcript
        self._factor = machine_factor
        start = server.running
        self._monitor = silence or (QuiescenceMonitor(start.keeper_pid, start.diag) if start else None)
        self._stirred = False  # nobody has done anything to the server yet
        self._last: Quiescence | None = Quiescence("proof", 0.0, "nothing was done yet")
        self._lives = True
        self._looked_alive_s = 0.0
        self._diag: socket.socket | None = None
        self._fencing = False
        self._hopeless = False
        self._may_give_s = 2 * (deadline_s - time.monotonic())  # so that every check still has an end
        self._window_s = min(WINDOW_S, idle_s / 4)

    def close(self) -> None:
        """Give back what watching the server's threads needs."""
        if self._monitor:
            self._monitor.close()
        if self._diag:
            self._diag.close()

    @property
    def overdue(self) -> bool:
        """Whether the check has used up its time, or was cancelled."""
        return self.cancelled or time.monotonic() >= self.deadline_s

    @property
    def flooded(self) -> Connection | None:
        """A client that was sent more than any check asks for, if there is one."""
        return next((connection for connection in self.connections if len(connection.stream) > FLOOD_BYTES), None)

    @property
    def _over(self) -> bool:
        """Whether waiting is over, whatever is waited for."""
        return self.overdue or self.flooded is not None or not self.server_lives()

    def stimulus(self) -> None:
        """Call right before anything is done to the server."""
        if self._monitor and not self._stirred:
            self._monitor.mark()
        self._stirred = True

    def ignore(self, connection: Connection) -> None:
        """Take it that what is on its way to this client stays there: it does not read."""
        if self._monitor:
            self._monitor.ignore(connection.local[1])

    def pump(self, wait_s: float = 0.0) -> bool:
        """Read whatever comes within `wait_s`, at most one round; return whether anything came."""
        poll = select.poll()
        by_fd = {}
        for connection in self.connections:
            if connection.listens or (connection.pending and not connection.end):
                wanted = (select.POLLIN if connection.listens else 0) | (select.POLLOUT if connection.pending else 0)
                poll.register(connection.fileno(), wanted)
                by_fd[connection.fileno()] = connection
        console = self._server.running.console if self._server.running and not self._server.console_closed else -1
        if console >= 0:
            poll.register(console, select.POLLIN)
        came = False
        for fd, event in poll.poll(wait_s * 1000):
            if fd == console:
                printed = self._server.read_console()
                if printed:
                    self._transcript.printed(printed)
                    self.printed_bytes += len(printed)
                    came = True
                continue
            connection = by_fd[fd]
            if event & select.POLLOUT:
                connection.flush()
            if connection.listens and event & ~select.POLLOUT and connection.receive():
                came = True
        self._stirred = self._stirred or came
        return came

    def drain(self) -> None:
        """Read until nothing is left; bounded, because a server may never stop writing."""
        for _ in range(100):
            if not self.pump(0.0) or self.flooded:
                return

    def until(
        self, condition: Callable[[], bool], limit_s: float, *, early: bool = True, look_every_s: float = 0.25
    ) -> bool:
        """Wait for `condition`, for `limit_s` at most, or until the server has finished reacting.

        Args:
            early: Whether a settled room may end the wait. Not so for what a timer brings.
            look_every_s: How often to look at the condition while nothing comes and the threads cannot be seen.
        """
        end_s = min(time.monotonic() + limit_s, self.deadline_s)
        watch = None
        nap_s = FIRST_POLL_S
        while True:
            self.pump(nap_s)
            if condition():
                return True
            if time.monotonic() >= end_s or self._over:
                self.drain()
                return condition()
            nap_s = min(look_every_s, max(0.0, end_s - time.monotonic()))
            if early and self._monitor:
                left_s = end_s - time.monotonic()  # a timer that ends later than the limit cannot help
                watch = watch or self._monitor.begin(left_s, left_s)
                settled = watch.look()
                nap_s = watch.nap_s
                if settled is not None:
                    if settled.kind in PROVES_NOTHING:  # wait on, to the limit
                        watch = None
                        continue
                    self.drain()
                    return condition()

    def settle(self) -> Quiescence:
        """Wait until the server has finished reacting, and return how that was found out."""
        self.drain()
        if not self._stirred and self._last is not None:
            return self._last
        began_s = time.monotonic()
        kind, detail = self._observe()
        if kind in PROVES_NOTHING:
            self._hopeless = True
            if self._by_fence():
                kind = "fence"
            elif not detail:
                self._pause()
        self.drain()
        settled = Quiescence(kind, time.monotonic() - began_s, detail)
        self._forgive(settled)
        self._transcript.note("room", f"settled after {1000 * settled.waited_s:.1f} ms ({settled.kind})")
        self._stirred = False
        self._last = settled
        return settled

    def _forgive(self, settled: Quiescence) -> None:
        """Give the time back that went into watching timers which did nothing: it is our slowness, not the server's."""
        if settled.kind in RESTS:
            given_s = min(settled.waited_s, self._may_give_s)
            self._may_give_s -= given_s
            self.deadline_s += given_s

    def _observe(self) -> tuple[Kind, str]:
        """Watch the server's threads and queues; return how they settled, or "window" when they prove nothing.

        A detail says that a whole window has passed; without one a fence or a pause has to decide.
        """
        if self._monitor is None:
            return "window", ""
        watch = self._monitor.begin(self._window_s, EXTEND_S * self._factor)
        give_up_s = time.monotonic() + HOPELESS_S * self._factor
        while (settled := watch.look()) is None:
            self.pump(watch.nap_s)
            if self._over:
                return "ended", "the server sends without end" if self.flooded else "the server or the check ended"
            hopeless = watch.busy or watch.hidden or (self._hopeless and time.monotonic() > give_up_s)
            if hopeless and self.fence is not None and not self._fencing:
                return "window", ""
        return settled.kind, settled.detail or "nothing moved"

    def _by_fence(self) -> bool:
        if self.fence is None or self._fencing:
            return False
        self._fencing = True
        try:
            return self.fence()
        finally:
            self._fencing = False

    def _pause(self) -> None:
        """Wait until nothing has come for a while: the last fall-back."""
        end_s = time.monotonic() + QUIET_WINDOW_S * self._factor
        while (left_s := end_s - time.monotonic()) > 0 and not self._over:
            if self.pump(left_s):
                end_s = min(self.deadline_s, time.monotonic() + QUIET_WINDOW_S * self._factor)

    def at_rest(self) -> bool:
        """Return whether the server rests just now, timers aside; True where its threads cannot be seen."""
        return self._monitor is None or self._monitor.at_rest()

    def taken(self, connection: Connection, limit_s: float) -> bool:
        """Wait until the server has read everything that was sent on a connection; return whether it did."""
        return self.until(
            lambda: bool(connection.end) or self._was_read(connection), limit_s, look_every_s=LOOK_EVERY_S
        )

    def _was_read(self, connection: Connection) -> bool:
        if connection.pending:
            return False
        if self._monitor:
            return self._monitor.taken(connection.local, connection.remote)
        sockets = sockdiag.sockets(self._own_network()) if sys.platform == "linux" else []
        if any((end.local, end.remote) == (connection.remote, connection.local) for end in sockets):
            return tcp_queues.taken(sockets, connection.local, connection.remote)
        return time.monotonic() - connection.last_stimulus_s > TAKEN_PAUSE_S * self._factor  # it is on another machine

    def _own_network(self) -> socket.socket:
        if self._diag is None:
            self._diag = sockdiag.open_diag()
        return self._diag

    def server_lives(self) -> bool:
        """Return whether the program under test still runs; that it does is believed for 20 ms, that it does not never.

        It may have been started again.
        """
        now_s = time.monotonic()
        if not self._lives or now_s - self._looked_alive_s >= ALIVE_EVERY_S:
            self._looked_alive_s = now_s
            self._lives = self._server.alive()
        return self._lives
