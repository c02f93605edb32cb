"""The server of a room, from its start to its end: one for each attempt of a check, with the people on it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NoReturn, TypeVar

from batepapo.errors import ServerDied, Undecided
from batepapo.isolation import sockdiag
from batepapo.isolation.fast_clock import FastClock
from batepapo.observation.quiescence import Quiescence
from batepapo.protocol.dialect import Dialect
from batepapo.protocol.events import Event
from batepapo.protocol.framing import Framing
from batepapo.testbed.base import Testbed
from batepapo.testbed.connection import FLOOD_BYTES
from batepapo.testbed.event_loop import EventLoop
from batepapo.testbed.server.clock import ServerClock
from batepapo.testbed.server.evidence import Evidence
from batepapo.testbed.server.fence import speak_in_turn
from batepapo.testbed.server.user import User
from batepapo.under_test.ending import how_it_ended
from batepapo.under_test.server import AttachedServer, ServerUnderTest

AnyRoom = TypeVar("AnyRoom", bound="RoomBase")
AnyServer = ServerUnderTest | AttachedServer


class RoomBase(Testbed):
    """The people of one check on one server. Set-up asserts nothing about other clauses.

    Args:
        dialect: Wording and limits.
        framing: What separates messages, as found for this run.
        open_server: Starts the server under test; called at the first use. Takes `stdin_is_terminal`: whether that
            is so (the default), or it is at its end from the start; and `clock`.
        seed: Everything random of this attempt follows from it.
        machine_factor: What the presence limit is multiplied with.
        time_limit_s: How long a check may take.
        strict_text: Whether a notice in other words than the dialect's is a failure.
        clock: The fast clock that the server runs on, or None: the real one.
    """

    def __init__(
        self,
        dialect: Dialect,
        framing: Framing,
        open_server: Callable[..., AnyServer],
        *,
        seed: str = "0",
        machine_factor: float = 1.0,
        time_limit_s: float = 20.0,
        strict_text: bool = False,
        clock: FastClock | None = None,
    ) -> None:
        super().__init__(dialect, seed, machine_factor, time_limit_s)
        self.framing = framing
        self.users: list[User] = []
        self.evidence = Evidence(dialect, self.users, strict_text=strict_text)
        self.clock = ServerClock(clock)
        self.may_fence = True
        self.may_end = False
        self.spent_s = dict.fromkeys(("start", "settle", "stop"), 0.0)
        self._open_server = open_server
        self._opened: tuple[AnyServer, EventLoop] | None = None
        self._closed = False

    # ---- the server --------------------------------------------------------------------------

    def open(self) -> AnyServer:
        """Start the server, if it does not run yet, and return it.

        Raises:
            ServerDidNotStart: It never came to listen.
            Undecided: The room is closed, or the run was ended before it was opened.
        """
        if self._closed:
            raise Undecided("the room is closed")
        if self._opened is None:
            self._opened = self._start()
        return self._opened[0]

    def _start(self) -> tuple[AnyServer, EventLoop]:
        if self._cancelled:
            raise Undecided("the run was ended")
        began_s = time.monotonic()
        server = self._open_server(stdin_is_terminal=self.stdin_is_terminal, clock=self.clock.fast)
        self.spent_s["start"] += time.monotonic() - began_s
        with contextlib.ExitStack() as undo:
            undo.callback(server.stop)
            idle = self.dialect.idle
            idle_s = self.clock.ours_s(idle.seconds) if idle else float("inf")
            event_loop = EventLoop(server, self.transcript, self._factor, self._deadline_s, idle_s)
            undo.pop_all()
        event_loop.fence = self._fence
        self._registers(event_loop)
        fast = f", on a clock {self.rate:g} times as fast as ours" if self.clock.fast else ""
        self.transcript.note("server", f"listens on {server.address[0]} port {server.address[1]}{fast}")
        return server, event_loop

    def process(self) -> ServerUnderTest:
        """Return the server as the process that it is.

        Raises:
            Undecided: It was not started by us.
        """
        server = self.open()
        if not isinstance(server, ServerUnderTest):
            raise Undecided("the server's process is not ours to see")
        return server

    @property
    def event_loop(self) -> EventLoop:
        """What reads the clients and the console of this room."""
        self.open()
        if self._opened is None:
            raise Undecided("the room is closed")
        return self._opened[1]

    def sockets(self, *, listening_only: bool = False) -> list[sockdiag.Socket]:
        """Return the sockets of the server's network; none where they cannot be seen."""
        running = self.open().running
        return sockdiag.sockets(running.diag, listening_only=listening_only) if running is not None else []

    def close(self) -> None:
        """Reset every client and end every process of the server; a closed room stays closed."""
        if self._closed:
            return
        self._closed = True
        if self._opened is None:
            return
        server, event_loop = self._opened
        for user in self.users:
            if user.connection.alive:
                user.connection.reset()  # no TIME_WAIT on the server's port, where the network is shared
            user.connection.stream.clear()  # rooms and people hold each other: a flood would outlive them
        event_loop.close()
        began_s = time.monotonic()
        server.stop()
        self.spent_s["stop"] += time.monotonic() - began_s

    def output(self) -> list[str]:
        """Return the last lines that the server printed."""
        return self._opened[0].last_lines() if self._opened else []

    @property
    def rate(self) -> float:
        """How many seconds of the server's clock pass in one of ours."""
        return self.clock.rate

    @property
    def clock_used(self) -> bool:
        """Whether the check waited time out on the server's clock."""
        return self.clock.used

    # ---- waiting -----------------------------------------------------------------------------

    def until(
        self,
        condition: Callable[[], bool],
        limit_s: float | None = None,
        *,
        early: bool = True,
        look_every_s: float = 0.25,
    ) -> bool:
        """Wait until a condition holds, for the presence limit at most; return whether it does.

        Args:
            condition: Looked at whenever something came.
            limit_s: Another limit.
            early: Whether a settled room may end the wait. Not so for what a timer brings.
            look_every_s: How often to look while nothing comes and the threads cannot be seen.
        """
        limit_s = self.limit_s if limit_s is None else limit_s
        return self.event_loop.until(condition, limit_s, early=early, look_every_s=look_every_s)

    def settle(self) -> Quiescence:
        """Wait until the server has finished reacting to all that was done.

        Raises:
            ServerDied: The program under test ended.
        """
        began_s = time.monotonic()
        settled = self.event_loop.settle()
        self.spent_s["settle"] += time.monotonic() - began_s
        if settled.kind == "ended":
            self.fail(f"the room comes to rest within {self._time_limit_s:g} s", [settled.detail])
        self._survives()
        return settled

    def mark_before(self, event: Event) -> None:
        """Settle, and remember for everybody what had come before an event."""
        self.settle()
        self.evidence.mark_before(event)

    def members(self) -> list[User]:
        """Return who is in the room: logged in and not gone."""
        return [user for user in self.users if user.logged_in and user.connection.alive]

    def _fence(self) -> bool:
        # Who said the exit word may still be connected, and is not read any more.
        members = [user for user in self.members() if not user.departed and user.connection.converses]
        echo = "echo" in self.dialect.features
        if not self.may_fence or len(members) < (1 if echo else 2):
            return False
        # One that failed would cost the limit at every settling.
        self.may_fence = speak_in_turn(members, self.event_loop, self.limit_s, echo=echo)
        return self.may_fence

    # ---- verdicts ----------------------------------------------------------------------------

    def conclude(self) -> None:
        """Look, at the end of a check, whether the server is still there; what ended may have ended because it died.

        Raises:
            ServerDied: It is not.
        """
        if self._opened is not None and not self._cancelled and not self.may_end:
            if any(user.connection.end in ("FIN", "RST") for user in self.users):
                self.settle()
            self._survives()

    def _survives(self) -> None:
        if not self.open().alive():
            self.fail("the server goes on running")

    @contextlib.contextmanager
    def elsewhere(self: AnyRoom) -> Iterator[AnyRoom]:
        """Open a second room on another fresh server, to see that a tool works before it is relied on.

        It is cancelled with this one, and has the rest of this one's time.
        """
        other = type(self)(
            self.dialect,
            self.framing,
            self._open_server,
            seed=self.word(),
            machine_factor=self._factor,
            time_limit_s=self._time_limit_s / self._factor,
            strict_text=self.evidence.strict_text,
        )
        other.transcript, other.spent_s = self.transcript, self.spent_s
        other.may_fence = self.may_fence
        other._deadline_s = self._opened[1].deadline_s if self._opened else self._deadline_s
        self._registers_inner(other)
        try:
            with other.arranging():
                yield other
        finally:
            self._forgets_inner(other)
            other.close()

    def fail(self, expected: str, heard: Sequence[str] = ()) -> NoReturn:
        """End the attempt: the server died, the set-up did not work, or the clause is broken.

        Raises:
            Undecided: This happened while arranging.
            ServerDied: The program under test ended while it was talked to.
            ConformanceFailure: This is what the clause forbids.
        """
        if self._cancelled:
            raise Undecided("the run was ended")
        if self._opened is not None:
            server, event_loop = self._opened
            event_loop.drain()
            if not self.may_end and not server.alive():
                event_loop.drain()  # its last words may come a moment after its end
                how = how_it_ended(server.exit_status())
                expected, heard = "the server goes on running", [f"it {how}", *server.last_lines(8)]
                if not self._arranging:
                    raise ServerDied(expected, heard)
            elif event_loop.flooded:
                flood = f"more than {FLOOD_BYTES >> 20} MiB for {event_loop.flooded.name}"
                expected, heard = "the server stops sending", [flood]
            elif event_loop.overdue:
                expected = self._late(expected)
        self._refuse(expected, heard)
