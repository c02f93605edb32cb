"""From the start of a program to its LISTEN socket; nothing ever connects to find out.

One connect-and-close is a client that leaves before it logs in, and it ruins real classroom servers (design.md).
"""

from __future__ import annotations

import ipaddress
import os
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from batepapo.isolation import process_tree, sockdiag
from batepapo.isolation.fast_clock import FastClock
from batepapo.isolation.running_program import RunningProgram
from batepapo.observation.input_wait import DATAGRAM, KEYBOARD, InputWait
from batepapo.protocol.templates import contains_words, words
from batepapo.under_test.console import Console
from batepapo.under_test.listen_failure import asks_for_input, exited, never_listened, udp_ports

# A server is seen 0.4 ms after its listen() at 8 % of a processor; a slow one is not worth that much.
_LOOK_EVERY_S, _LATER_EVERY_S = 0.001, 0.005
_EAGER_FOR_S = 1.0

# One that started before is looked for eagerly only when it is nearly due: it takes 50 ms of Python to come.
_NEARLY = 0.9

# Several listeners of one program are opened one right after the other.
_SETTLE_S = 0.01

# Asking for the exit status wakes the keeper, so it is not done at each look.
_STATUS_EVERY_S = 0.005

# So long nothing of the program ran, and all of it waits for a key or a datagram: it will not listen by itself.
_WAITS_AFTER_S = 2.0
_LOOK_FOR_WAITS_EVERY_S = 0.05


@dataclass(frozen=True)
class Listening:
    """Where a program listens.

    Args:
        family: Of the sockets that connect to it.
        address: What they connect to.
        ports_seen: All its ports, the smallest first.
    """

    family: int
    address: tuple[str, int]
    ports_seen: tuple[int, ...]


@dataclass(frozen=True)
class StartOptions:
    """How a server is started, and how its LISTEN socket is found.

    Args:
        port_hint: The port to talk to when the server listens on several.
        start_timeout_s: How long it may take, on a machine of factor 1.
        machine_factor: How much slower than a usual machine this one is.
        layers: What `build` returned.
        stdin_is_terminal: Whether its standard input is a terminal, or at its end from the start.
        answers: What it asks at its terminal before it listens, and what it is told, each once.
        clock: The fast clock that it runs on, or None: the real one.
        usual_s: How long it took to listen at the fastest, if it has started before.
    """

    port_hint: int | None = None
    start_timeout_s: float = 10.0
    machine_factor: float = 1.0
    layers: tuple[Path, ...] = ()
    stdin_is_terminal: bool = True
    answers: Sequence[tuple[str, str]] = ()
    clock: FastClock | None = None
    usual_s: float = 0.0

    @property
    def timeout_s(self) -> float:
        """How long it may take on this machine."""
        return self.start_timeout_s * self.machine_factor


AS_USUAL = StartOptions()


def wait_until_listening(running: RunningProgram, console: Console, options: StartOptions) -> Listening:
    """Return where the program listens: on the port that was hinted at, else on its lowest.

    Raises:
        ServerDidNotStart: It ended, asks for input, waits for datagrams, or its time passed.
    """
    input_wait = InputWait(running.keeper_pid, _WAITS_AFTER_S * options.machine_factor)
    try:
        return _wait(running, console, input_wait, options)
    finally:
        input_wait.close()


def _wait(running: RunningProgram, console: Console, input_wait: InputWait, options: StartOptions) -> Listening:
    answers = _Answers(running, options.answers)
    begun = time.monotonic()
    next_status = next_look = begun
    while True:
        listeners = running.listeners()
        if listeners:
            return _choose(running, listeners, options.port_hint)
        console.read()
        answers.give(console)
        now = time.monotonic()
        if now >= next_status:
            next_status = now + _STATUS_EVERY_S
            status = running.exit_status()
            # A program that ended may have left the server behind, as daemons do.
            if status is not None and not process_tree.descendants(running.keeper_pid):
                listeners = running.listeners()
                if not listeners:
                    _read_last_words(console)
                    raise exited(status, console.last_lines(), private=running.loopback_lock is None)
        if now - begun > options.timeout_s:
            if input_wait.reads_keyboard() and not udp_ports(running):
                raise asks_for_input(console.output)
            raise never_listened(running, console.last_lines(), options.timeout_s)
        if now >= next_look:
            next_look = now + _LOOK_FOR_WAITS_EVERY_S
            waits_for = input_wait.look()
            if waits_for and running.listeners():  # it came while we looked
                continue
            if waits_for == KEYBOARD:
                raise asks_for_input(console.output)
            if waits_for == DATAGRAM and running.loopback_lock is None:  # on a shared network others might send one
                raise never_listened(running, console.last_lines(), now - begun)
        early = now - begun < _NEARLY * options.usual_s
        time.sleep(_LATER_EVERY_S if early or now - begun > _EAGER_FOR_S else _LOOK_EVERY_S)


class _Answers:
    """Types what a program is to be told, when it asks for it (a dialect's `server.answers`)."""

    def __init__(self, running: RunningProgram, pairs: Sequence[tuple[str, str]]) -> None:
        self._running = running
        self._left = list(pairs)
        self._read = 0  # of the output: what was answered is not answered again

    def give(self, console: Console) -> None:
        """Answer the first question that stands in what came since the last answer."""
        if not self._left:
            return
        output = console.output
        asked = words(output[self._read :].decode("utf-8", "replace"))
        for pair in self._left:
            if contains_words(asked, words(pair[0])):
                os.write(self._running.console, f"{pair[1]}\n".encode())
                self._left.remove(pair)
                self._read = len(output)
                return


def _read_last_words(console: Console) -> None:
    """Read until nothing comes: what a program wrote right before its end passes through the kernel's queue."""
    silent_looks = 0
    while silent_looks < 5:
        silent_looks = 0 if console.read() else silent_looks + 1
        time.sleep(_LOOK_EVERY_S)


def _choose(running: RunningProgram, listeners: list[sockdiag.Socket], port_hint: int | None) -> Listening:
    """Pick one listener; wait a moment for others only when the hinted port is missing."""
    ports = {listener.local[1] for listener in listeners}
    if port_hint is not None and port_hint not in ports:
        time.sleep(_SETTLE_S)
        listeners = running.listeners() or listeners
        ports = {listener.local[1] for listener in listeners}
    port = port_hint if port_hint in ports else min(ports)
    chosen = min((one for one in listeners if one.local[1] == port), key=_reachability)
    family, host = reach(chosen)
    return Listening(family, (host, port), tuple(sorted(ports)))


def _reachability(listener: sockdiag.Socket) -> tuple[bool, str]:
    """Prefer IPv4 where a program listens on the same port of both families."""
    return listener.family != socket.AF_INET, listener.local[0]


def reach(listener: sockdiag.Socket) -> tuple[int, str]:
    """Return the family and the address to connect to, from the one that the listener has."""
    host = listener.local[0]
    if not ipaddress.ip_address(host).is_unspecified:
        return (socket.AF_INET6 if ":" in host else socket.AF_INET), host
    if listener.family == socket.AF_INET6 and listener.v6only:
        return socket.AF_INET6, "::1"
    return socket.AF_INET, "127.0.0.1"
