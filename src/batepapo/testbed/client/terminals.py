"""One hearing of a check on a client: people at terminals, each with a fresh start of it and a server of ours."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import NoReturn

from batepapo.errors import Undecided
from batepapo.protocol.dialect import Dialect
from batepapo.protocol.framing import Framing
from batepapo.testbed.base import Stage
from batepapo.testbed.client.client_event_loop import Lookout
from batepapo.testbed.client.keyboard_and_screen import Typist
from batepapo.testbed.client.screen_text import Line
from batepapo.testbed.client.scripted_server import ScriptedServer
from batepapo.under_test.client import ClientUnderTest


class Desk(Stage):
    """The people of one check.

    Args:
        dialect: Wording and limits.
        framing: What the user says that the client frames with, or None: as it shows.
        open_client: Furnishes the network of a fresh start of the client.
        ports: What it dials.
        seed: Everything random of this hearing follows from it.
        machine_factor: What the limits are multiplied with.
        time_limit_s: How long a check may take.
        start_timeout_s: How long the client may take to connect, or to ask.
    """

    program = "client"

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
        self.typists: list[Typist] = []
        self._framing = framing
        self._open_client = open_client
        self._ports = tuple(ports)
        self._questions = 0  # that it asks before it connects
        self._output: list[str] = []

    @property
    def port(self) -> int:
        """The port that a person names who is asked for it."""
        return self._ports[0] if self._ports else 0

    # ---- people ------------------------------------------------------------------------------

    def starts(self, name: str = "ana", *, server: bool = True) -> Typist:
        """Start the client for somebody, with or without a server where it dials.

        Raises:
            Undecided: The run was ended.
        """
        typist = self.prepares(name, listening=server)
        typist.begins()
        return typist

    def prepares(self, name: str, *, listening: bool) -> Typist:
        """Furnish a network for somebody, in which the client does not run yet. Who was here before goes."""
        if self._cancelled:
            raise Undecided("the run was ended")
        for typist in self.typists[-1:]:
            self.transcript.note(typist.who, "is done; the next start of the client follows")
            typist.close()  # on the shared loopback, one program runs at a time
        return self.seats(name, self._open_client(), self._ports if listening else ())

    def seats(
        self, name: str, program: ClientUnderTest, listens: Sequence[int], dials: frozenset[int] | None = None
    ) -> Typist:
        """Seat somebody at a program, with a server of ours on some ports or, at other ports, one that is not ours."""
        try:
            scripted = ScriptedServer(program.start, listens, self.dialect, self._framing, self.transcript)
            lookout = Lookout(name, program, scripted, self.transcript, self._factor, self._deadline_s, dials)
            lookout.cancelled = self._cancelled
        except BaseException:
            program.stop()
            raise
        # A name that nobody can know is found wherever it is sent.
        typist = Typist(name, f"{name}{self.word()}", program, scripted, lookout, self)
        self.typists.append(typist)
        return typist

    def comes_in(self, name: str = "ana") -> Typist:
        """Start the client, connect, and give the name where there is one."""
        typist = self.starts(name)
        self.connects(typist)
        self._is_named(typist)
        if "login" in self.dialect.features:
            self._has_sent_the_name(typist)
        return typist

    def connects(self, typist: Typist) -> None:
        """Answer what is asked until the client has connected, and read on until it has finished with that."""
        if not typist.answers_until(lambda: bool(typist.server.connections)):
            wanted = f"the client connects to port {self.port} within {self.start_timeout_s:g} s"
            self.fail(wanted, typist.seen())
        typist.settles()

    def _is_named(self, typist: Typist) -> None:
        """Give the name where the dialect has one and the program asks, and read on until it has finished with that."""
        if "login" in self.dialect.features:
            typist.answers_until(lambda: typist.server.name is not None)
        elif self.dialect.names == "client" and typist.asks_for_a_name():
            typist.types_exactly(typist.name)
        typist.settles()

    def _has_sent_the_name(self, typist: Typist) -> None:
        wanted, sent = f"the client sends the name {typist.name!r}, which was typed", typist.server.name
        if sent is None:
            self.fail(wanted, typist.sent())
        if typist.name.casefold() not in sent.casefold() and (
            typist.name in typist.typed or typist.prompts_for_a_name()
        ):
            self.fail(f"{wanted}, before anything else", typist.sent())
        typist.name = sent or typist.name

    def gather(self, name: str = "ana") -> Typist:
        """Bring somebody in as set-up; a name that is not sent harms nobody here, a connection that is missing does."""
        with self.arranging():
            typist = self.starts(name)
            self.connects(typist)
            self._is_named(typist)
            typist.goes_on("once it has connected")
        return typist

    def at_each_empty_line(self) -> Iterator[Typist]:
        """Bring somebody to the prompt for the name, if there is one, and then somebody who has come in."""
        asked = self._at_the_name_prompt()
        if asked is not None:
            yield asked
        yield self.gather("ana")

    def _at_the_name_prompt(self) -> Typist | None:
        """Bring somebody to the prompt for the name; None where the program asks for none."""
        if "login" not in self.dialect.features and self.dialect.names != "client":
            return None
        with self.arranging():
            typist = self.starts()
            typist.answers_until(lambda: typist.server.name is not None or typist.asks_for_a_name())
            typist.settles()
        return typist if typist.server.name is None and typist.asks_for_a_name() else None

    def starts_without_a_server(self, name: str) -> Typist:
        """Start the client where nothing listens, and answer what it asks, until it has ended or asks no more."""
        typist = self.starts(name, server=False)
        # A key that nobody asked for may end a program that would have tried for ever.
        typist.answers_until(
            lambda: not typist.program.alive() or (len(typist.asked) >= self._questions and not typist.is_prompting())
        )
        return typist

    def what_shows_until_connected(self) -> set[str]:
        """Return the rows of a start that finds its server: what is among them is no word about a missing one."""
        with self.arranging():
            typist = self.starts()
            self.connects(typist)
        self._questions = len(typist.asked)
        return typist.notes()

    # ---- what our server does ----------------------------------------------------------------

    def somebody_says(self, typist: Typist, text: str = "oi", *, name: str = "bia") -> Line:
        """Let somebody else say a line with a fresh word in it; return what the others see of it."""
        typist.settles()
        line = self._line(typist, name, f"{text} {self.word()}")
        typist.attention.stimulus()
        typist.server.says(line)
        return line

    def somebody_says_a_hundred_lines(self, typist: Typist) -> list[Line]:
        """Let somebody else say a hundred lines in one burst; return what the others see of them."""
        typist.settles()
        texts = [f"linha {number} {self.word()} {self.word()}" for number in range(1, 101)]
        lines = [self._line(typist, "bia", text) for text in texts]
        typist.attention.stimulus()
        typist.server.says("\n".join(lines))
        return lines

    def _line(self, typist: Typist, name: str, text: str) -> Line:
        form = typist.server.form(name, text)
        return Line(form, name if name in form else "", text)

    def somebody_says_strangely(self, typist: Typist, strange: str) -> None:
        """Let somebody else say a text; where the server answers each client by itself, the server does."""
        typist.settles()
        typist.attention.stimulus()
        if "echo" in self.dialect.features:
            typist.server.says_next(f"oi {strange}{self.word()}")
            typist.types()
        else:
            typist.server.says(typist.server.form("bia", f"oi {strange}{self.word()}"))

    def is_answered(self, typist: Typist) -> None:
        """Let a line of somebody else show or, where the server answers each client by itself, an answer."""
        typist.sees(typist.types() if "echo" in self.dialect.features else self.somebody_says(typist))

    def after_some_talk(self, typist: Typist) -> set[str]:
        """Let the person type a line, so that it is known what the program makes of one; return what shows then."""
        with self.arranging():
            typist.types()
            typist.settles()
            typist.goes_on("after a line was typed")
        return typist.notes()

    def server_goes(self, typist: Typist, *, reset: bool) -> None:
        """Let our server go away."""
        typist.settles()
        typist.attention.stimulus()
        typist.server.goes(reset=reset)

    def times_out(self, typist: Typist) -> None:
        """Let our server say the idle text, and end the connection."""
        typist.settles()
        typist.attention.stimulus()
        if self.dialect.idle is not None:
            typist.server.says_barely(self.dialect.idle.text)
        typist.server.goes(reset=False)

    # ---- the hearing -------------------------------------------------------------------------

    def conclude(self) -> None:
        """Do nothing: a client may end."""

    def output(self) -> list[str]:
        """Return what stands on the screens."""
        return [row for typist in self.typists[-1:] for row in typist.rows() if row.strip()][-20:]

    def close(self) -> None:
        """End every program."""
        for typist in self.typists:
            typist.close()

    def cancel(self) -> None:
        """End every wait of this hearing soon; callable from another thread."""
        self._cancelled = True
        for typist in list(self.typists):
            typist.attention.cancelled = True

    def fail(self, expected: str, heard: Sequence[str] = ()) -> NoReturn:
        """End the hearing.

        Raises:
            Undecided: This happened while arranging.
            ConformanceFailure: This is what the clause forbids.
        """
        if self._cancelled:
            raise Undecided("the run was ended")
        if time.monotonic() >= self._deadline_s:
            expected = self._late(expected)
        self._refuse(expected, heard)
