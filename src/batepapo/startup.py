"""From the start of a program to its LISTEN socket; nothing ever connects to find out.

One connect-and-close is a client that leaves before it logs in, and it ruins real classroom servers (design.md).
"""

from __future__ import annotations

import ipaddress
import os
import socket
import time
from dataclasses import dataclass

from batepapo.arena import sockdiag, tree
from batepapo.arena.network import Start
from batepapo.console import Console
from batepapo.diagnosis import asks_for_input, exited, never_listened

# A server is seen 0.4 ms after its listen() at 8 % of a processor; a slow one is not worth that much.
_LOOK_EVERY_S, _LATER_EVERY_S = 0.001, 0.005
_EAGER_FOR_S = 1.0

# Several listeners of one program are opened one right after the other.
_SETTLE_S = 0.01

# Asking for the exit status wakes the keeper, so it is not done at each look.
_STATUS_EVERY_S = 0.005

# So long nothing of the program ran, and its main thread waits for the keyboard: it will not listen by itself.
_ASKING_AFTER_S = 2.0
_ASKING_EVERY_S = 0.05


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


def wait_until_listening(
    start: Start, console: Console, *, port_hint: int | None, timeout_s: float, machine_factor: float
) -> Listening:
    """Return where the program listens: on the port that was hinted at, else on its lowest.

    Raises:
        ServerDidNotStart: It ended, asks for input, or `timeout_s` passed.
    """
    begun = time.monotonic()
    next_status = next_asking = begun
    asking = _Asking(start, _ASKING_AFTER_S * machine_factor)
    while True:
        listeners = start.listeners()
        if listeners:
            return _choose(start, listeners, port_hint)
        console.read()
        now = time.monotonic()
        if now >= next_status:
            next_status = now + _STATUS_EVERY_S
            status = start.exit_status()
            # A program that ended may have left the server behind, as daemons do.
            if status is not None and not tree.descendants(start.keeper_pid):
                listeners = start.listeners()
                if not listeners:
                    _read_last_words(console)
                    raise exited(status, console.last_lines(), private=start.turn is None)
        if now - begun > timeout_s:
            raise never_listened(start, console.last_lines(), timeout_s)
        if now >= next_asking:
            next_asking = now + _ASKING_EVERY_S
            if asking.settled():
                raise asks_for_input(console.output)
        time.sleep(_LOOK_EVERY_S if now - begun < _EAGER_FOR_S else _LATER_EVERY_S)


class _Asking:
    """Whether the main thread reads the terminal and nothing of the program ran for `after_s`."""

    def __init__(self, start: Start, after_s: float) -> None:
        self._start = start
        self._after_s = after_s
        self._runs: dict[tuple[int, str], str] = {}
        self._since = time.monotonic()

    def settled(self) -> bool:
        pids = tree.descendants(self._start.keeper_pid)
        runs = _run_counters(pids)
        if not runs or runs != self._runs or not any(_main_thread_reads_terminal(pid) for pid in pids):
            self._runs, self._since = runs, time.monotonic()
            return False
        return time.monotonic() - self._since >= self._after_s


def _run_counters(pids: list[int]) -> dict[tuple[int, str], str]:
    """Return how often each thread was put on a processor; empty when we may not look."""
    counters = {}
    for pid in pids:
        try:
            for thread in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
                    counters[pid, thread] = file.read().split()[2]
        except (OSError, IndexError):
            return {}
    return counters


def _main_thread_reads_terminal(pid: int) -> bool:
    """Tell by the system call it sleeps in: read (0 on x86-64, 63 on arm64) of a descriptor of its terminal."""
    try:
        with open(f"/proc/{pid}/task/{pid}/syscall") as file:
            words = file.read().split()
        if words[0] != ("63" if os.uname().machine == "aarch64" else "0"):
            return False
        target = os.readlink(f"/proc/{pid}/fd/{int(words[1], 16)}")
    except (OSError, IndexError, ValueError):
        return False
    return target.startswith("/dev/pts/") or target == "/dev/tty"


def _read_last_words(console: Console) -> None:
    """Read until nothing comes: what a program wrote right before its end passes through the kernel's queue."""
    silent_looks = 0
    while silent_looks < 5:
        silent_looks = 0 if console.read() else silent_looks + 1
        time.sleep(_LOOK_EVERY_S)


def _choose(start: Start, listeners: list[sockdiag.Socket], port_hint: int | None) -> Listening:
    """Pick one listener; wait a moment for others only when the hinted port is missing."""
    ports = {listener.local[1] for listener in listeners}
    if port_hint is not None and port_hint not in ports:
        time.sleep(_SETTLE_S)
        listeners = start.listeners() or listeners
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
