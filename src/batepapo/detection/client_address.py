"""What the client under test dials: found out by starting it once and answering what it asks."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable

from batepapo.detection.syn import DialledAddress, dialled_addresses
from batepapo.isolation.running_program import RunningProgram
from batepapo.protocol.dialect_file import builtin_names, load
from batepapo.testbed.factory import CHECK_LIMIT_S, Factory
from batepapo.under_test.connect_failure import never_connected

_MOST_PACKETS = 4096
_PACKET_BYTES = 128  # the headers: an address, and which kind of segment it is

# Where a client that asks for a port is sent, in a dialect that names none: that of the dialect `completo`.
_A_PORT = 5050


def find_client_address(factory: Factory, *, dialect_is_known: bool) -> tuple[DialledAddress, ...]:
    """Start the client once, answer what it asks, and return the addresses that it dialled.

    Args:
        factory: Of the run; its dialect is spoken to the client.
        dialect_is_known: Whether that is the client's dialect for sure, so that it may be let in.

    Raises:
        ProgramDidNotStart: It cannot be run, or never tried to connect.
    """
    command = factory.target.client
    port = (command.port if command else None) or factory.dialect.port or _A_PORT
    packets: list[bytes] = []
    with contextlib.ExitStack() as stack:
        program = factory.open_client()
        stack.callback(program.stop)
        listened: tuple[int, ...] = (port,) if dialect_is_known else ()
        watcher = _watcher(program.running)
        if watcher is not None:
            stack.enter_context(watcher)
        else:  # only what comes is seen: be wherever it may go
            listened = _free(program.running, dict.fromkeys((port, *_ports_of_dialects())))
        # Twice the start: the first half may pass before it asks, and the rest is that of any check.
        limit_s = 2 * factory.target.start_timeout_s + CHECK_LIMIT_S / 2
        terminals = factory.terminals(f"{factory.seed}/dials", limit_s=limit_s, ports=(port,))
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


def in_words(addresses: Iterable[DialledAddress]) -> str:
    """Return addresses as the header shows them."""
    return ", ".join(map(str, addresses))


def ipv4(addresses: Iterable[DialledAddress]) -> bool:
    """Return whether one of the addresses is of IPv4."""
    return any(":" not in address.host for address in addresses)


def _watcher(running: RunningProgram) -> socket.socket | None:
    """Return a socket that sees the client's packets; None where we may not look (the shared loopback)."""
    if running.loopback_lock is not None:
        return None  # others' packets are there, too
    try:
        watcher = running.packets()
    except OSError:
        return None
    watcher.setblocking(False)
    return watcher


def _ports_of_dialects() -> list[int]:
    return [port for name in builtin_names() if (port := load(name).port)]


def _free(running: RunningProgram, ports: Iterable[int]) -> tuple[int, ...]:
    """Return the ports that nobody else listens on."""
    free = []
    for port in ports:
        with contextlib.suppress(OSError), running.listener(socket.AF_INET, port):
            free.append(port)
    return tuple(free)


def _read(watcher: socket.socket | None, packets: list[bytes]) -> None:
    while watcher is not None and len(packets) < _MOST_PACKETS:
        try:
            packets.append(watcher.recv(_PACKET_BYTES))
        except BlockingIOError:
            return
