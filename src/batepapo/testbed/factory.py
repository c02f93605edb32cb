"""The client's half of a run: what it dials, found out once, and a fresh terminals for each attempt."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from batepapo.detection.syn import DialledAddress, dialled_addresses
from batepapo.errors import Undecided
from batepapo.isolation.runner import Runner, RunningProgram
from batepapo.protocol.dialect import Dialect
from batepapo.protocol.dialect_file import builtin_names, load
from batepapo.protocol.framing import Framing
from batepapo.testbed.client.terminals import Terminals
from batepapo.testbed.pair import Pair, started
from batepapo.under_test import reference_programs
from batepapo.under_test.client import ClientUnderTest
from batepapo.under_test.command import Command
from batepapo.under_test.connect_failure import never_connected
from batepapo.under_test.server import ServerUnderTest

AnyTerminals = TypeVar("AnyTerminals", bound=Terminals)

_MOST_PACKETS = 4096
_PACKET_BYTES = 128  # the headers: an address, and which kind of segment it is

# Where a client that asks for a port is sent, in a dialect that names none.
_A_PORT = 5050


def at_a_terminal(command: Command) -> Command:
    """Return the command with an environment in which there is a terminal, and no display."""
    env = {
        name: value
        for name, value in command.env.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "LINES", "COLUMNS")
    }
    return dataclasses.replace(command, env={**env, "TERM": "linux"})  # which is what pyte emulates


@dataclass(frozen=True)
class PairOf:
    """What the factory knows of a pair beside the client.

    Args:
        server: Starts the submission's server or, given its command, another.
        framing: That of the submission's server.
        own: Whether there is a server of the submission.
        dials_ipv4: Whether the client finds a reference server.
    """

    server: Callable[[Command | None], ServerUnderTest]
    framing: Framing
    own: bool
    dials_ipv4: bool


class ClientSide:
    """The client under test.

    Args:
        runner: Where.
        command: What.
        layers: What a build command wrote.
        framing: What the user says that it frames with; None: as it shows.
        machine_factor: How much slower than a usual machine this one is.
        start_timeout_s: How long it may take to connect, or to ask.
    """

    def __init__(
        self,
        runner: Runner,
        command: Command,
        *,
        layers: tuple[Path, ...] = (),
        framing: Framing | None = None,
        machine_factor: float = 1.0,
        start_timeout_s: float = 10.0,
    ) -> None:
        self._runner = runner
        self._command = at_a_terminal(command)
        self._layers = layers
        self._framing = framing
        self._factor = machine_factor
        self._start_timeout_s = start_timeout_s

    def open(self, joins: RunningProgram | None = None) -> ClientUnderTest:
        """Furnish a fresh start of it, in a network of its own or in that of another program."""
        return ClientUnderTest(self._runner, self._command, joins=joins, layers=self._layers)

    def terminals(self, dialect: Dialect, ports: Sequence[int], seed: str, time_limit_s: float) -> Terminals:
        """Return the terminals of one attempt."""
        return self._testbed(Terminals, dialect, ports, seed=seed, time_limit_s=time_limit_s)

    def _testbed(
        self, kind: Callable[..., AnyTerminals], dialect: Dialect, ports: Sequence[int], **options: Any
    ) -> AnyTerminals:
        limits = {"machine_factor": self._factor, "start_timeout_s": self._start_timeout_s}
        return kind(dialect, self._framing, self.open, ports, **limits, **options)

    def pair(
        self,
        dialect: Dialect,
        ports: Sequence[int],
        seed: str,
        time_limit_s: float,
        of: PairOf,
    ) -> Pair:
        """Return the stage of one attempt of client and server together."""
        reference = (
            reference_programs.reference_server(dialect, ports[0], self._command.env)
            if ports and of.dials_ipv4
            else None
        )

        def other_client(one: ServerUnderTest) -> ClientUnderTest:
            command = reference_programs.reference_client(dialect, one.address, of.framing, self._command.env)
            if command is None:
                raise Undecided("there is no reference client for this dialect and framing")
            return ClientUnderTest(self._runner, at_a_terminal(command), joins=one.running)

        return self._testbed(
            Pair,
            dialect,
            ports,
            seed=seed,
            time_limit_s=time_limit_s,
            own_server=(lambda: of.server(None)) if of.own else None,
            reference_server=started(lambda: of.server(reference)) if reference else None,
            own_client=lambda one: self.open(joins=one.running),
            reference_client=other_client if of.framing is not Framing.LENGTH4 else None,
        )

    def find_out(self, dialect: Dialect | None, seed: str) -> tuple[DialledAddress, ...]:
        """Start it once, answer what it asks, and return what it dialled.

        Args:
            dialect: What is spoken, if that is known.
            seed: Everything random follows from it.

        Raises:
            ServerDidNotStart: It cannot be run, or never tried to connect.
        """
        spoken = dialect or load("completo")
        port = self._command.port or spoken.port or _A_PORT
        packets: list[bytes] = []
        with contextlib.ExitStack() as stack:
            program = self.open()
            stack.callback(program.stop)
            listened: tuple[int, ...] = (port,) if dialect is not None else ()
            watcher = _watcher(program.running)
            if watcher is not None:
                stack.enter_context(watcher)
            else:  # only what comes is seen: be wherever it may go
                listened = _free(program.running, dict.fromkeys((port, *_ports_of_dialects())))
            terminals = self.terminals(spoken, (port,), seed, 2 * self._start_timeout_s + 10.0)
            stack.callback(terminals.close)
            user = terminals.seats("ana", program, listened)

            def dials() -> bool:
                _read(watcher, packets)
                return bool(user.server.connections or dialled_addresses(packets))

            user.begins()
            if not user.answers_until(dials):
                _read(watcher, packets)
                raise never_connected(
                    user.program.exit_status(),
                    user.rows(),
                    [question.text for question in user.asked],
                    terminals.start_timeout_s,
                    listened=None if watcher else listened,
                )
            user.settles()
            _read(watcher, packets)
            connections = [DialledAddress(*connection.local) for connection in user.server.connections]
            return dialled_addresses(packets) or tuple(connections)


def _watcher(start: RunningProgram) -> socket.socket | None:
    """Return a socket that sees the client's packets; None where we may not look (the shared loopback)."""
    if start.loopback_lock is not None:
        return None  # others' packets are there, too
    try:
        watcher = start.packets()
    except OSError:
        return None
    watcher.setblocking(False)
    return watcher


def _ports_of_dialects() -> list[int]:
    return [port for name in builtin_names() if (port := load(name).port)]


def _free(start: RunningProgram, ports: Iterable[int]) -> tuple[int, ...]:
    """Return the ports that nobody else listens on."""
    free = []
    for port in ports:
        with contextlib.suppress(OSError), start.listener(socket.AF_INET, port):
            free.append(port)
    return tuple(free)


def _read(watcher: socket.socket | None, packets: list[bytes]) -> None:
    while watcher is not None and len(packets) < _MOST_PACKETS:
        try:
            packets.append(watcher.recv(_PACKET_BYTES))
        except BlockingIOError:
            return
