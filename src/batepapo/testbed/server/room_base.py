"""A server under test and its people: a fresh one of each for every attempt of a check."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NoReturn, TypeVar

from batepapo.errors import ConformanceFailure, ServerDied, Undecided
from batepapo.isolation import sockdiag
from batepapo.isolation.fast_clock import FastClock
from batepapo.observation.quiescence import Quiescence
from batepapo.protocol.assigned_names import asks, assigned_names
from batepapo.protocol.dialect import Dialect
from batepapo.protocol.events import Event, Joined, Left
from batepapo.protocol.framing import Framing
from batepapo.protocol.occurrences import ExpectedWords
from batepapo.testbed.base import Testbed
from batepapo.testbed.connection import Connection
from batepapo.testbed.event_loop import EventLoop
from batepapo.testbed.server.user import EVIDENCE_BYTES, User
from batepapo.testbed.transcript import shown
from batepapo.under_test.ending import how_it_ended
from batepapo.under_test.server import AttachedServer, ServerUnderTest

SEEN_OFF_S = 0.1
FINAL_STATES = (sockdiag.TIME_WAIT, sockdiag.CLOSE, sockdiag.LAST_ACK, sockdiag.FIN_WAIT1, sockdiag.FIN_WAIT2)

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
        self.spoken: list[str] = []
        self.may_fence = True
        self.may_end = False
        self.clock = clock
        self.clock_used = False
        self.in_time_until_s = math.inf
        self.spent_s = dict.fromkeys(("start", "settle", "stop"), 0.0)
        self._open_server = open_server
        self._opened: tuple[AnyServer, EventLoop] | None = None
        self._offsets_before: dict[Event, dict[User, int]] = {}
        self._strict_text = strict_text
        self._sees_off = True

    # ---- the server --------------------------------------------------------------------------

    def open(self) -> AnyServer:
        """Start the server, if it does not run yet, and return it.

        Raises:
            ServerDidNotStart: It never came to listen.
        """
        if self._opened is None:
            if self._cancelled:
                raise Undecided("the run was ended")
            began_s = time.monotonic()
            server = self._open_server(stdin_is_terminal=self.stdin_is_terminal, clock=self.clock)
            self.spent_s["start"] += time.monotonic() - began_s
            idle = self.dialect.idle
            idle_s = self.ours_s(idle.seconds) if idle else float("inf")
            event_loop = EventLoop(server, self.transcript, self._factor, self._deadline_s, idle_s)
            self._opened = server, event_loop
            self._registers(event_loop)
            event_loop.fence = self._fence
            fast = f", on a clock {self.clock.rate:g} times as fast as ours" if self.clock else ""
            self.transcript.note("server", f"listens on {server.address[0]} port {server.address[1]}{fast}")
        return self._opened[0]

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

    def close(self) -> None:
        """Reset every client and end every process of the server."""
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

    # ---- the server's clock ------------------------------------------------------------------

    @property
    def rate(self) -> float:
        """How many seconds of the server's clock pass in one of ours."""
        return self.clock.rate if self.clock else 1.0

    def ours_s(self, theirs_s: float) -> float:
        """Return how long seconds of the server's clock take on ours."""
        return theirs_s / self.rate

    def theirs_s(self, ours_s: float) -> float:
        """Return how long seconds of ours take on the server's clock."""
        return ours_s * self.rate

    def relies_on_the_clock(self, until_s: float) -> None:
        """Call before time is waited out: what follows counts only if the server waits through its clock.

        Args:
            until_s: When that time is over, on our monotonic clock. A busy machine may let us look long after it, and
                what the idle rule did meanwhile came too late.

        Raises:
            Undecided: It has not, so that its time passes as ours does.
        """
        self.clock_used = True
        self.in_time_until_s = until_s
        if self.clock and not self.clock.was_touched:
            raise Undecided("the fast clock does not reach this server")

    # ---- people ------------------------------------------------------------------------------

    def arrives(self, name: str, *, receive_buffer: int | None = None) -> User:
        """Bring in somebody who connects and says nothing yet, not even a name."""
        server = self.open()
        self.event_loop.stimulus()
        if self.clock and not self.users:
            self.clock.mark()
        try:
            connected = server.connect(receive_buffer=receive_buffer)
            connection = Connection(name, connected, self.transcript, self.framing, server.connecting_s)
        except ConformanceFailure as refused:
            self.fail(refused.expected, refused.heard)
        self.transcript.note(name, "connects")
        self.event_loop.connections.append(connection)
        user = User(name, connection, self)
        self.users.append(user)
        return user

    def logs_in(self, user: User, name: str | None = None) -> None:
        """Give the person's name, or another, where the dialect has one: after the prompt, if it has one that comes."""
        if self.dialect.login == "prompted":
            self.event_loop.until(lambda: asks(user.connection.stream, self.dialect.prompt), self.limit_s)
        if "login" in self.dialect.features:
            user.sends(self.framing.encode(user.name if name is None else name))
        user.logged_in = True

    def _learn_name(self, user: User, before: dict[User, int]) -> None:
        """Find out the name that the server gave: by the first notice for the newcomer itself, else for the others.

        Where there is none, or more than one could be meant, the person keeps a name that no notice holds.
        """

        def given() -> list[str]:
            own = assigned_names(user.connection.stream[:EVIDENCE_BYTES], self.dialect)
            others = [assigned_names(other.connection.stream[start:], self.dialect) for other, start in before.items()]
            return own[:1] or next((names for names in others if len(names) == 1), [])

        if self.event_loop.until(lambda: bool(given()), self.limit_s):
            (user.name,) = given()
            self._offsets_before[Joined(user.name)] = before
            self.transcript.note(user.connection.name, f"is called {user.name!r} by the server")

    def join(self, name: str, *, settle: bool = True, receive_buffer: int | None = None) -> User:
        """Bring in one more person, under this name; the room is settled before and, unless told not to, after."""
        return self.join_as(self.unique(name), settle=settle, receive_buffer=receive_buffer)

    def join_as(self, name: str, *, settle: bool = True, receive_buffer: int | None = None) -> User:
        """Bring in somebody under exactly this name, which somebody may have had before."""
        if settle:
            self.settle()
        before = self._offsets_before[Joined(name)] = self._now()
        user = self.arrives(name, receive_buffer=receive_buffer)
        self.logs_in(user)
        user.is_taken()
        if self.dialect.login == "assigned":
            self._learn_name(user, before)
        if settle:
            self.settle()
        return user

    def gather(self, *names: str) -> list[User]:
        """Bring in people one after another, as set-up: who does not come in blocks the check.

        Each has been read before the next one comes; the room is settled when all are there. Who is told of whom is
        not fixed by that: a check that looks at their notices brings them in with `join`.
        """
        with self.arranging():
            people = [self.join(name, settle=False) for name in names]
            self.settle()
        return people

    def crowd(self, size: int) -> list[User]:
        """Bring in `size` people; who does not come in fails the check."""
        return [self.join(f"ana{number}") for number in range(1, size + 1)]

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

    def server_end(self, user: User) -> sockdiag.Socket | None:
        """Return the server's socket of somebody's connection; None when it has none, or where that cannot be seen."""
        start = self.open().running
        ends = sockdiag.sockets(start.diag) if start is not None else []
        ours = user.connection
        return next((end for end in ends if (end.local, end.remote) == (ours.remote, ours.local)), None)

    def socket_left(self, gone: User) -> bool:
        """Return whether the server still has its end of a connection that our side has closed."""
        end = self.server_end(gone)
        return end is not None and end.state not in FINAL_STATES

    def is_seen_off(self, gone: User) -> None:
        """Give the server a moment to see a departure, so that they do not pile up where nobody asked for that.

        One that leaves its end open is not waited for a second time.
        """
        if self._sees_off and self.open().running is not None:
            limit_s = SEEN_OFF_S * self._factor
            self._sees_off = self.event_loop.until(
                lambda: not self.socket_left(gone) and self.event_loop.at_rest(),
                limit_s,
                early=False,
                look_every_s=0.001,
            )

    def unique(self, name: str) -> str:
        """Return the name; on a server that outlives the check, one that nobody had before."""
        return f"{name}{self.word()}" if self.open().running is None else name

    # ---- talking -----------------------------------------------------------------------------

    def hearers(self, speaker: User) -> list[User]:
        """Return who is to hear what `speaker` says: everyone else, or in an echo dialect the speaker."""
        if "echo" in self.dialect.features:
            return [speaker]
        return [user for user in self.members() if user is not speaker]

    def members(self) -> list[User]:
        """Return who is in the room: logged in and not gone."""
        return [user for user in self.users if user.logged_in and user.connection.alive]

    def everyone_hears(self, speaker: User, text: str) -> None:
        """Wait until all who are to hear what `speaker` said have heard it."""
        for user in self.hearers(speaker):
            user.hears(text)

    def converse(self, *people: User) -> None:
        """Let each of them speak in turn, and each who is to hear it among them hear it."""
        for speaker in people:
            text = speaker.says()
            for user in people if "echo" not in self.dialect.features else (speaker,):
                if user is not speaker or "echo" in self.dialect.features:
                    user.hears(text)

    def say_at_once(self, people: Sequence[User], rounds: int) -> Mapping[User, list[str]]:
        """Let all of them speak at the same moment, `rounds` times, each paced by *taken*; return what each said."""
        said: dict[User, list[str]] = {user: [] for user in people}
        for _ in range(rounds):
            for user in people:
                user.is_taken()
            for user in people:
                text = f"todos {self.word()}"
                self.spoken.append(text)
                said[user].append(text)
                user.sends(self.framing.encode(text))
        return said

    # ---- waiting -----------------------------------------------------------------------------

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

    def _fence(self) -> bool:
        """Let two people (or each, where the server echoes) speak in turn until all that was under way has come."""
        # Who said the exit word may still be connected, and is not read any more.
        members = [user for user in self.members() if not user.departed and user.connection.converses]
        echo = "echo" in self.dialect.features
        if not self.may_fence or len(members) < (1 if echo else 2):
            return False
        self.may_fence = self._speak_in_turn(members, echo)  # one that failed would cost the limit at every settling
        return self.may_fence

    def _speak_in_turn(self, members: list[User], echo: bool) -> bool:
        ana, bia = members[0], members[-1]
        steps = [(user, user) for user in members for _ in range(2)] if echo else [(bia, ana), (bia, ana), (ana, bia)]
        for speaker, hearer in steps:
            text = f"ok {self.word()}"
            if not self.event_loop.taken(speaker.connection, self.limit_s):
                return False
            self.spoken.append(text)
            speaker.sends(self.framing.encode(text))
            if not self.event_loop.until(lambda: hearer.copies(text) > 0, self.limit_s):  # noqa: B023 (used at once)
                return False
        return True

    # ---- evidence ----------------------------------------------------------------------------

    def mark_before(self, event: Event) -> None:
        """Settle, and remember for everybody what had come before an event."""
        self.settle()
        self._offsets_before[event] = self._now()

    def _now(self) -> dict[User, int]:
        return {user: len(user.connection.stream) for user in self.users}

    def offsets_before(self, event: Event) -> Mapping[User, int]:
        """Return where everybody's stream was before an event."""
        return self._offsets_before.get(event, {})

    def expected_words(self) -> ExpectedWords:
        """Return the names and texts that can stand in a stream."""
        named = self.dialect.login != "none"
        return ExpectedWords(
            names=tuple(user.name for user in self.users if named and user.logged_in),
            texts=tuple(self.spoken),
        )

    def words_said(self) -> tuple[str, ...]:
        """Return everything that a client said, the exit words included."""
        return (*self.spoken, *self.dialect.exit.words)

    def unread(self, user: User) -> str:
        """Say what the server left unread."""
        return (
            "the server did not read it" if user.connection.alive else f"the connection ended ({user.connection.end})"
        )

    def remark_other_words(self, user: User, event: Joined | Left, reworded: str) -> None:
        """Note a notice in other words; a failure only where the words are asked for strictly."""
        if not reworded:
            return
        template = self.dialect.joined if isinstance(event, Joined) else self.dialect.left
        wanted = template.replace("{user}", event.name)
        if self._strict_text:
            self.fail(f"{user} is told {shown(wanted.encode())}, in these words", [reworded])
        self.remarks.append(f"a notice in other words than {shown(wanted.encode())}: {reworded}")

    # ---- verdicts ----------------------------------------------------------------------------

    @contextmanager
    def elsewhere(self: AnyRoom) -> Iterator[AnyRoom]:
        """Open a second room on another fresh server, to see that a tool works before it is relied on."""
        other = type(self)(
            self.dialect,
            self.framing,
            self._open_server,
            seed=self.word(),
            machine_factor=self._factor,
            time_limit_s=self._time_limit_s / self._factor,
        )
        other.transcript, other.spent_s = self.transcript, self.spent_s
        other.may_fence = self.may_fence
        try:
            with other.arranging():
                yield other
        finally:
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
                expected, heard = "the server stops sending", [f"more than 12 MiB for {event_loop.flooded.name}"]
            elif event_loop.overdue:
                expected = self._late(expected)
        self._refuse(expected, heard)
