"""Furnishes a fresh testbed for each attempt of a check: a room, terminals, or both together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batepapo.errors import ProgramDidNotStart, ServerDidNotStart, Undecided
from batepapo.isolation.fast_clock import FastClock, rate_for
from batepapo.isolation.runner import Runner
from batepapo.isolation.running_program import RunningProgram
from batepapo.protocol.dialect import Dialect
from batepapo.protocol.framing import Framing
from batepapo.testbed.base import Testbed
from batepapo.testbed.server.room import Room
from batepapo.testbed.server.room_base import AnyServer
from batepapo.under_test import reference_programs
from batepapo.under_test.command import Command, at_a_terminal
from batepapo.under_test.server import AttachedServer, ServerUnderTest
from batepapo.under_test.startup import StartOptions
from batepapo.under_test.target import Target
from batepapo.verdicts.clause import CLIENT, PAIR, Clause

if TYPE_CHECKING:  # they bring a terminal emulator, and most runs judge a server
    from batepapo.testbed.client.terminals import Terminals
    from batepapo.testbed.pair import Pair
    from batepapo.under_test.client import ClientUnderTest

CHECK_LIMIT_S = 20.0  # no check takes longer (design.md, section 3)


@dataclass
class Factory:
    """What every testbed of a run is made from.

    Args:
        runner: Where programs run.
        target: What is judged.
        dialect: Wording and limits, as found for this run.
        framing: What separates messages, as found for this run.
        seed: Everything random of the run follows from it.
        machine_factor: How much slower than a usual machine this one is.
        ports: What the client dials.
        dials_ipv4: Whether the client finds our reference servers, which listen on IPv4.
        clock_library: The fast clock's library, or None: only the real clock.
    """

    runner: Runner
    target: Target
    dialect: Dialect
    framing: Framing
    seed: str = "0"
    machine_factor: float = 1.0
    ports: tuple[int, ...] = ()
    dials_ipv4: bool = True
    clock_library: Path | None = None
    _usual_start_s: float = field(default=0.0, init=False)

    # ---- testbeds ----------------------------------------------------------------------------

    def testbed(self, clause: Clause, attempt: int) -> Testbed:
        """Return an unopened testbed for one attempt of a check: a room, terminals, or a pair of both."""
        seed = f"{self.seed}/{clause.id}/{attempt}"
        if clause.of == CLIENT:
            return self.terminals(seed)
        if clause.of == PAIR:
            return self.pair(seed)
        return self.room(clause, attempt)

    def room(self, clause: Clause, attempt: int, fast: FastClock | None = None) -> Room:
        """Return an unopened room for one attempt of a check, on a fast clock if one is given."""
        limit_s = CHECK_LIMIT_S
        if clause.watch and self.dialect.idle is not None:
            limit_s = 5 / 3 * self.dialect.idle.seconds / (fast.rate if fast else 1.0) + 10
        room = self.bare_room(f"{self.seed}/{clause.id}/{attempt}", limit_s, fast)
        room.may_fence = not clause.watch  # a fence speaks, and speaking starts the idle limit again
        return room

    def bare_room(self, seed: str, limit_s: float = CHECK_LIMIT_S, fast: FastClock | None = None) -> Room:
        """Return an unopened room for no clause in particular."""
        return Room(
            self.dialect,
            self.framing,
            self.open_server,
            seed=seed,
            machine_factor=self.machine_factor,
            time_limit_s=limit_s,
            strict_text=self.target.strict_text,
            clock=fast,
        )

    def terminals(self, seed: str, *, limit_s: float = CHECK_LIMIT_S, ports: Sequence[int] | None = None) -> Terminals:
        """Return the unopened terminals of one attempt; the client dials these ports (default: what was found)."""
        from batepapo.testbed.client.terminals import Terminals

        return Terminals(**self._of_the_client(seed, limit_s, self.ports if ports is None else ports))

    def pair(self, seed: str) -> Pair:
        """Return the unopened testbed of one attempt of client and server together."""
        from batepapo.testbed.pair import Pair

        reference = None
        if self.ports and self.dials_ipv4 and self.target.client is not None:
            env = at_a_terminal(self.target.client).env
            reference = reference_programs.reference_server(self.dialect, self.ports[0], env)
        return Pair(
            **self._of_the_client(seed, CHECK_LIMIT_S, self.ports),
            own_server=self._own_server if self.target.server is not None else None,
            reference_server=self._reference_server(reference) if reference else None,
            own_client=lambda one: self.open_client(joins=one.running),
            reference_client=self._reference_client if self.framing is not Framing.LENGTH4 else None,
        )

    def _of_the_client(self, seed: str, limit_s: float, ports: Sequence[int]) -> dict[str, Any]:
        return {
            "dialect": self.dialect,
            "framing": self.target.framing,
            "open_client": self.open_client,
            "ports": ports,
            "seed": seed,
            "machine_factor": self.machine_factor,
            "time_limit_s": limit_s,
            "start_timeout_s": self.target.start_timeout_s,
        }

    # ---- clocks ------------------------------------------------------------------------------

    @property
    def rate(self) -> float:
        """How fast the fast clock is for this dialect's idle limit: 1 where it gains nothing."""
        return rate_for(self.dialect.idle.seconds) if self.dialect.idle else 1.0

    def fast_clock(self) -> FastClock | None:
        """Return a fast clock for one start of the server, or None where only the real one is."""
        return FastClock(self.clock_library, self.rate) if self.clock_library and self.rate > 1.0 else None

    # ---- programs ----------------------------------------------------------------------------

    def open_server(self, *, stdin_is_terminal: bool = True, clock: FastClock | None = None) -> AnyServer:
        """Start the server under test, or find the one that runs already.

        Raises:
            ProgramDidNotStart: It cannot be run, never came to listen, or none was named.
        """
        if self.target.address is not None:
            return AttachedServer(self.target.address, machine_factor=self.machine_factor)
        options = self._start_options(stdin_is_terminal=stdin_is_terminal, clock=clock, usual_s=self._usual_start_s)
        server = ServerUnderTest.start_command(self.runner, self._server_command(), options)
        self._usual_start_s = min(self._usual_start_s or server.took_s, server.took_s)
        return server

    def open_client(self, joins: RunningProgram | None = None) -> ClientUnderTest:
        """Furnish a fresh start of the client, in a network of its own or in that of another program.

        Raises:
            Undecided: None was named.
        """
        from batepapo.under_test.client import ClientUnderTest

        if self.target.client is None:
            raise Undecided("no client was named")
        command, layers = at_a_terminal(self.target.client), self.target.client_layers
        return ClientUnderTest(self.runner, command, joins=joins, layers=layers)

    def _server_command(self) -> Command:
        if self.target.server is None:
            raise ServerDidNotStart("no server was named", hint="add --server-cmd or --server-addr")
        return self.target.server

    def _start_options(self, **own: Any) -> StartOptions:
        return StartOptions(
            port_hint=self.dialect.port,
            start_timeout_s=self.target.start_timeout_s,
            machine_factor=self.machine_factor,
            layers=self.target.layers,
            answers=self.dialect.server_answers,
            **own,
        )

    def _own_server(self) -> ServerUnderTest:
        return ServerUnderTest.start_command(self.runner, self._server_command(), self._start_options())

    def _reference_server(self, command: Command) -> Callable[[], ServerUnderTest]:
        """Return what starts a reference server; that it did not start is no fault of the submission's."""
        options = StartOptions(self.dialect.port, self.target.start_timeout_s, self.machine_factor)

        def open_it() -> ServerUnderTest:
            try:
                return ServerUnderTest.start_command(self.runner, command, options)
            except ProgramDidNotStart as error:
                raise Undecided(f"the reference server did not start: {error.what}") from error

        return open_it

    def _reference_client(self, server: ServerUnderTest) -> ClientUnderTest:
        from batepapo.under_test.client import ClientUnderTest

        # Not our own environment: pytest changes it in another thread, between two checks.
        environ = at_a_terminal(self.target.client).env if self.target.client is not None else {}
        command = reference_programs.reference_client(self.dialect, server.address, self.framing, environ)
        if command is None:
            raise Undecided("there is no reference client for this dialect and framing")
        return ClientUnderTest(self.runner, at_a_terminal(command), joins=server.running)
