"""Waiting without sleeping: presence ends early, absence is observed (design.md, section 4).

One `Attention` reads every client of a room and the server's terminal. All waiting of a check happens here,
so that nobody's receive buffer fills while somebody else is waited for.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from typing import Protocol

from batepapo.client import Client
from batepapo.server import AttachedServer, ServerUnderTest
from batepapo.silence import Settled, Silence
from batepapo.transcript import Transcript

WINDOW_S = 0.5  # timers that end later than this count as "nothing will come"
EXTEND_S = 2.0  # a handler that has read the message and sleeps is waited for up to the presence limit
QUIET_WINDOW_S = 0.3  # the last fall-back: a plain pause (design.md, section 4)
TAKEN_PAUSE_S = 0.05  # where the server's queues cannot be seen: how long a message is given to be read
FIRST_POLL_S = 0.001  # a relay takes 0.1 ms: look for it before looking at threads
ALIVE_EVERY_S = 0.02


class Fence(Protocol):
    """Asks the people of a room to speak in turn until what was said before must have come; False: it could not."""

    def __call__(self) -> bool: ...


class Attention:
    """Everything that a room can see, on one clock.

    Args:
        server: The server under test.
        transcript: Takes every byte that is seen.
        machine_factor: How much slower this machine is than the one that the limits were chosen on.
        deadline_s: When the check must be over, on the monotonic clock.
    """

    def __init__(
        self,
        server: ServerUnderTest | AttachedServer,
        transcript: Transcript,
        machine_factor: float,
        deadline_s: float,
    ) -> None:
        self.clients: list[Client] = []
        self.fence: Fence | None = None
        self.printed_bytes = 0
        self.deadline_s = deadline_s
        self.cancelled = False
        self._server = server
        self._transcript = transcript
        self._factor = machine_factor
        start = server.start
        self._silence = Silence(start.keeper_pid, start.diag) if start else None
        self._stirred = True
        self._last: Settled | None = None
        self._looked_alive_s = 0.0
        self._fencing = False

    def close(self) -> None:
        """Give back what watching the server's threads needs."""
        if self._silence:
            self._silence.close()

    @property
    def overdue(self) -> bool:
        """Whether the check has used up its time, or was cancelled."""
        return self.cancelled or time.monotonic() >= self.deadline_s

    def stimulus(self) -> None:
        """Call right before anything is done to the server."""
        if not self._stirred and self._silence:
            self._silence.mark()
        self._stirred = True

    def pump(self, wait_s: float = 0.0) -> bool:
        """Read whatever comes within `wait_s`, at most one round; return whether anything came."""
        poll = select.poll()
        by_fd = {}
        for client in self.clients:
            if client.listens or (client.pending and not client.end):
                wanted = (select.POLLIN if client.listens else 0) | (select.POLLOUT if client.pending else 0)
                poll.register(client.fileno(), wanted)
                by_fd[client.fileno()] = client
        console = self._server.start.console if self._server.start and not self._server.console_closed else -1
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
            client = by_fd[fd]
            if event & select.POLLOUT:
                client.flush()
            if client.listens and event & ~select.POLLOUT and client.receive():
                came = True
        self._stirred = self._stirred or came
        return came

    def drain(self) -> None:
        """Read until nothing is left; bounded, because a server may never stop writing."""
        for _ in range(100):
            if not self.pump(0.0):
                return

    def until(self, condition: Callable[[], bool], limit_s: float, *, early: bool = True) -> bool:
        """Wait for `condition`, for `limit_s` at most, or until the server has finished reacting.

        Args:
            early: Whether a settled room may end the wait. Not so for what a timer brings.
        """
        end_s = min(time.monotonic() + limit_s, self.deadline_s)
        watch = None
        nap_s = FIRST_POLL_S
        while True:
            self.pump(nap_s)
            if condition():
                return True
            if time.monotonic() >= end_s or self.cancelled or not self.server_lives():
                self.drain()
                return condition()
            nap_s = min(0.25, max(0.0, end_s - time.monotonic()))
            if early and self._silence:
                left_s = end_s - time.monotonic()  # a timer that ends later than the limit cannot help
                watch = watch or self._silence.begin(left_s, left_s)
                settled = watch.look()
                nap_s = watch.nap_s
                if settled is not None:
                    if settled.kind == "window":  # proves nothing: wait on, to the limit
                        watch = None
                        continue
                    self.drain()
                    return condition()

    def settle(self) -> Settled:
        """Wait until the server has finished reacting, and return how that was found out."""
        self.drain()
        if not self._stirred and self._last is not None:
            return self._last
        began_s = time.monotonic()
        settled = self._observe() if self._silence else None
        if settled is None or settled.kind == "window":
            settled = self._by_fence_or_pause(settled, began_s)
        self.drain()
        self._transcript.note("room", f"settled after {1000 * settled.waited_s:.1f} ms ({settled.kind})")
        self._stirred = False
        self._last = settled
        return settled

    def _observe(self) -> Settled | None:
        silence = self._silence
        if silence is None:
            return None
        watch = silence.begin(WINDOW_S * self._factor, EXTEND_S * self._factor)
        while (settled := watch.look()) is None:
            self.pump(watch.nap_s)
            if self.overdue or not self.server_lives():
                return Settled("ended", 0.0, "the server or the check ended")
            if watch.busy and self.fence is not None and not self._fencing:
                return None
        return settled

    def _by_fence_or_pause(self, observed: Settled | None, began_s: float) -> Settled:
        why = observed.detail if observed else "its threads cannot be read, or never rest"
        if self.fence is not None and not self._fencing:
            self._fencing = True
            try:
                if self.fence():
                    return Settled("fence", time.monotonic() - began_s, why)
            finally:
                self._fencing = False
        if observed is not None:
            return observed  # a whole window has passed already
        end_s = time.monotonic() + QUIET_WINDOW_S * self._factor
        while (left_s := end_s - time.monotonic()) > 0 and not self.overdue:
            if self.pump(left_s):
                end_s = min(self.deadline_s, time.monotonic() + QUIET_WINDOW_S * self._factor)
        return Settled("window", time.monotonic() - began_s, why)

    def taken(self, client: Client, limit_s: float) -> bool:
        """Wait until the server has read everything that `client` sent; return whether it did."""
        if self._silence is None:
            sent_s = client.last_stimulus_s
            return self.until(
                lambda: not client.pending and time.monotonic() - sent_s > TAKEN_PAUSE_S * self._factor, limit_s
            )
        silence = self._silence
        return self.until(
            lambda: bool(client.end) or (not client.pending and silence.taken(client.local, client.remote)), limit_s
        )

    def server_lives(self) -> bool:
        """Return whether the program under test still runs; asks at most every 20 ms."""
        now_s = time.monotonic()
        if now_s - self._looked_alive_s < ALIVE_EVERY_S:
            return True
        self._looked_alive_s = now_s
        return self._server.alive()
