"""One attempt of a check on a client: users at terminals, each with a fresh start of it and a server of ours."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NoReturn

from batepapo.errors import Undecided
from batepapo.protocol.dialect import Dialect
from batepapo.protocol.framing import Framing
from batepapo.testbed.base import Testbed
from batepapo.testbed.client.client_event_loop import ClientEventLoop
from batepapo.testbed.client.screen_text import Line
from batepapo.testbed.client.scripted_server import ScriptedServer
from batepapo.testbed.client.terminal_user import TerminalUser
from batepapo.under_test.client import ClientUnderTest


class Terminals(Testbed):
    """The users of one check.

    Args:
        dialect: Wording and limits.
        framing: What the user says that the client frames with, or None: as it shows.
        open_client: Furnishes the network of a fresh start of the client.
        ports: What it dials.
        seed: Everything random of this attempt follows from it.
        machine_factor: What the limits are multiplied with.
        time_limit_s: How long a check may take.
        start_timeout_s: How long the client may take to connect, or to ask.
    """

    program: Literal["server", "client"] = "client"

    def __init__(
        self,
        dialect: Dialect,
        framing: Framing | None,
        open_client: Callable[[], ClientUnderTest],
        ports: Sequence[int],
        *,
        seed: str = "0",
        machine_factor: float = 1.0,
        time_limit_s: float = 20.0,
        start_timeout_s: float = 10.0,
    ) -> None:
        super().__init__(dialect, seed, machine_factor, time_limit_s)
        self.start_timeout_s = start_timeout_s * machine_factor
        self.users: list[TerminalUser] = []
        self._framing = framing
        self._open_client = open_client
        self._ports = tuple(ports)
        self._questions = 0  # that it asks before it connects
        self._output: list[str] = []

    @property
    def port(self) -> int:
        """The port that a user names who is asked for it."""
        return self._ports[0] if self._ports else 0

    # ---- users -------------------------------------------------------------------------------

    def starts(self, name: str = "ana", *, server: bool = True) -> TerminalUser:
        """Start the client for somebody, with or without a server where it dials.

        Raises:
            Undecided: The run was ended.
        """
        user = self.prepares(name, listening=server)
        user.begins()
        return user

    def prepares(self, name: str, *, listening: bool) -> TerminalUser:
        """Furnish a network for somebody, in which the client does not run yet. Who was here before goes."""
        if self._cancelled:
            raise Undecided("the run was ended")
        for user in self.users[-1:]:
            self.transcript.note(user.who, "is done; the next start of the client follows")
            user.close()  # on the shared loopback, one program runs at a time
        return self.seats(name, self._open_client(), self._ports if listening else ())

    def seats(
        self, name: str, program: ClientUnderTest, listens: Sequence[int], dials: frozenset[int] | None = None
    ) -> TerminalUser:
        """Seat somebody at a program, with a server of ours on some ports or, at other ports, one that is not ours."""
        with contextlib.ExitStack() as until_seated:
            until_seated.callback(program.stop)
            scripted = ScriptedServer(program.running, listens, self.dialect, self._framing, self.transcript)
            until_seated.callback(scripted.close)
            event_loop = ClientEventLoop(
                name, program, scripted, self.transcript, self._factor, self._deadline_s, dials
            )
            until_seated.callback(event_loop.close)
            self._registers(event_loop)
            # A name that nobody can know is found wherever it is sent.
            unique_name = f"{name}{self.word()}"
            user = TerminalUser(
                name,
                unique_name,
                program,
                scripted,
                event_loop,
                testbed=self,
                port=self.port,
                start_timeout_s=self.start_timeout_s,
            )
            self.users.append(user)
            until_seated.pop_all()
        return user

    def comes_in(self, name: str = "ana") -> TerminalUser:
        """Start the client, connect, and give the name where there is one."""
        user = self.starts(name)
        self.connects(user)
        self._is_named(user)
        if "login" in self.dialect.features:
            self._has_sent_the_name(user)
        return user

    def connects(self, user: TerminalUser) -> None:
        """Answer what is asked until the client has connected, and read on until it has finished with that."""
        if not user.answers_until(lambda: bool(user.server.connections)):
            wanted = f"the client connects to port {self.port} within {self.start_timeout_s:g} s"
            self.fail(wanted, user.seen())
        user.settles()

    def _is_named(self, user: TerminalUser) -> None:
        """Give the name where the dialect has one and the program asks, and read on until it has finished with that."""
        if "login" in self.dialect.features:
            user.answers_until(lambda: user.server.name is not None)
        elif self.dialect.names == "client" and user.asks_for_a_name():
            user.types_exactly(user.name)
        user.settles()

    def _has_sent_the_name(self, user: TerminalUser) -> None:
        wanted, sent = f"the client sends the name {user.name!r}, which was typed", user.server.name
        if sent is None:
            self.fail(wanted, user.sent())
        if user.name.casefold() not in sent.casefold() and (user.name in user.typed or user.prompts_for_a_name()):
            self.fail(f"{wanted}, before anything else", user.sent())
        user.name = sent or user.name

    def gather(self, name: str = "ana") -> TerminalUser:
        """Bring somebody in as set-up; a name that is not sent harms nobody here, a connection that is missing does."""
        with self.arranging():
            user = self.starts(name)
            self.connects(user)
            self._is_named(user)
            user.goes_on("once it has connected")
        return user

    def at_each_empty_line(self) -> Iterator[TerminalUser]:
        """Bring somebody to the prompt for the name, if there is one, and then somebody who has come in."""
        asked = self._at_the_name_prompt()
        if asked is not None:
            yield asked
        yield self.gather("ana")

    def _at_the_name_prompt(self) -> TerminalUser | None:
        """Bring somebody to the prompt for the name; None where the program asks for none."""
        if "login" not in self.dialect.features and self.dialect.names != "client":
            return None
        with self.arranging():
            user = self.starts()
            user.answers_until(lambda: user.server.name is not None or user.asks_for_a_name())
            user.settles()
        return user if user.server.name is None and user.asks_for_a_name() else None

    def starts_without_a_server(self, name: str) -> TerminalUser:
        """Start the client where nothing listens, and answer what it asks, until it has ended or asks no more."""
        user = self.starts(name, server=False)
        # A key that nobody asked for may end a program that would have tried for ever.
        user.answers_until(
            lambda: not user.program.alive() or (len(user.asked) >= self._questions and not user.is_prompting())
        )
        return user

    def what_shows_until_connected(self) -> set[str]:
        """Return the rows of a start that finds its server: what is among them is no word about a missing one."""
        with self.arranging():
            user = self.starts()
            self.connects(user)
        self._questions = len(user.asked)
        return user.notes()

    # ---- what our server does ----------------------------------------------------------------

    def somebody_says(self, user: TerminalUser, text: str = "oi", *, name: str = "bia") -> Line:
        """Let somebody else say a line with a fresh word in it; return what the others see of it."""
        user.settles()
        line = self._line(user, name, f"{text} {self.word()}")
        user.event_loop.stimulus()
        user.server.says(line)
        return line

    def somebody_says_a_hundred_lines(self, user: TerminalUser) -> list[Line]:
        """Let somebody else say a hundred lines in one burst; return what the others see of them."""
        user.settles()
        texts = [f"linha {number} {self.word()} {self.word()}" for number in range(1, 101)]
        lines = [self._line(user, "bia", text) for text in texts]
        user.event_loop.stimulus()
        user.server.says("\n".join(lines))
        return lines

    def _line(self, user: TerminalUser, name: str, text: str) -> Line:
        form = user.server.form(name, text)
        return Line(form, name if name in form else "", text)

    def somebody_says_strangely(self, user: TerminalUser, strange: str) -> None:
        """Let somebody else say a text; where the server answers each client by itself, the server does."""
        user.settles()
        user.event_loop.stimulus()
        if "echo" in self.dialect.features:
            user.server.says_next(f"oi {strange}{self.word()}")
            user.types()
        else:
            user.server.says(user.server.form("bia", f"oi {strange}{self.word()}"))

    def is_answered(self, user: TerminalUser) -> None:
        """Let a line of somebody else show or, where the server answers each client by itself, an answer."""
        user.sees(user.types() if "echo" in self.dialect.features else self.somebody_says(user))

    def after_some_talk(self, user: TerminalUser) -> set[str]:
        """Let the user type a line, so that it is known what the program makes of one; return what shows then."""
        with self.arranging():
            user.types()
            user.settles()
            user.goes_on("after a line was typed")
        return user.notes()

    def server_goes(self, user: TerminalUser, *, reset: bool) -> None:
        """Let our server go away."""
        user.settles()
        user.event_loop.stimulus()
        user.server.goes(reset=reset)

    def times_out(self, user: TerminalUser) -> None:
        """Let our server say the idle text, and end the connection."""
        user.settles()
        user.event_loop.stimulus()
        if self.dialect.idle is not None:
            user.server.says_barely(self.dialect.idle.text)
        user.server.goes(reset=False)

    # ---- the attempt -------------------------------------------------------------------------

    def settle(self) -> None:
        """Wait until every client that runs has finished reacting."""
        for user in self.users:
            user.settles()

    def conclude(self) -> None:
        """Do nothing: a client may end."""

    def output(self) -> list[str]:
        """Return what stands on the screens."""
        return [row for user in self.users[-1:] for row in user.rows() if row.strip()][-20:]

    def close(self) -> None:
        """End every program."""
        for user in self.users:
            user.close()

    def fail(self, expected: str, heard: Sequence[str] = ()) -> NoReturn:
        """End the attempt.

        Raises:
            Undecided: This happened while arranging.
            ConformanceFailure: This is what the clause forbids.
        """
        if self._cancelled:
            raise Undecided("the run was ended")
        if time.monotonic() >= self._deadline_s:
            expected = self._late(expected)
        self._refuse(expected, heard)
