"""Whether a program waits for what nobody will give it: a key, or a datagram, and for nothing else.

Every thread must wait for ever, with no timer anywhere, and nothing of the program may have run for a while. A server
that opens its port later has a timer, a running thread or a socket that the time will come from; it is left alone.
"""

from __future__ import annotations

import os
import time
from typing import Final, Literal

from batepapo.isolation.process_tree import socket_inode
from batepapo.observation.blocked_calls import FOREVER, decode
from batepapo.observation.hidden_timers import hidden_timers
from batepapo.observation.process import ObservedProcess
from batepapo.observation.threads import Thread, Tree, VanishedError

Input = Literal["keyboard", "datagram"]
KEYBOARD: Final = "keyboard"
DATAGRAM: Final = "datagram"
_INSIDE, _OUTSIDE = "inside", "outside"

# Ended by threads and processes of the program itself, which are looked at, too.
_ENDED_INSIDE = frozenset({"futex", "wait4", "waitid", "pause", "rt_sigsuspend"})
_EPOLL = frozenset({"epoll_wait", "epoll_pwait", "epoll_pwait2"})


class InputWait:
    """Watches one program from its start.

    Args:
        keeper_pid: The parent of its processes.
        after_s: So long nothing of it must have run.
    """

    def __init__(self, keeper_pid: int, after_s: float) -> None:
        self._tree = Tree(keeper_pid)
        self._after_s = after_s
        self._runs: dict[int, tuple[int, bytes]] = {}
        self._since = time.monotonic()

    def look(self) -> Input | None:
        """Return what the program has waited for, and for that alone, for long enough; None if it has not."""
        runs = self._sample()
        if not runs or runs != self._runs:
            self._runs, self._since = runs, time.monotonic()
            return None
        if time.monotonic() - self._since < self._after_s:
            return None
        if hidden_timers(self._tree.processes).soonest_s != FOREVER:
            return None
        waited_for = {one for tid in runs for one in self._waits_for(self._tree.threads[tid])}
        if _OUTSIDE in waited_for:
            return None
        if DATAGRAM in waited_for:
            return DATAGRAM
        return KEYBOARD if KEYBOARD in waited_for else None

    def reads_keyboard(self) -> bool:
        """Return whether the first thread of some process waits for a key now, whatever the others do."""
        first = [thread for thread in self._tree.threads.values() if thread.tid == thread.process.pid]
        return self._sample() != {} and any(KEYBOARD in self._waits_for(thread) for thread in first)

    def asks(self) -> bool:
        """Return whether some thread waits for a key now; also where that cannot be seen."""
        if not self._sample():
            return bool(self._tree.trouble)
        return any(KEYBOARD in self._waits_for(thread) for thread in self._tree.threads.values())

    def close(self) -> None:
        """Close the files of all threads."""
        self._tree.close()

    def _sample(self) -> dict[int, tuple[int, bytes]]:
        """Return what each thread did so far, without the JVM's own; nothing if one came, went or cannot be seen."""
        if not self._tree.refresh() or self._tree.trouble:
            return {}
        try:
            samples = {tid: thread.sample() for tid, thread in self._tree.threads.items()}
            for thread in self._tree.threads.values():
                thread.state()  # reads its name, too, which a thread of the JVM gets late
        except VanishedError:
            return {}
        return {tid: seen for tid, seen in samples.items() if not self._tree.threads[tid].housekeeping}

    def _waits_for(self, thread: Thread) -> set[str]:
        if thread.line.startswith(b"-1") and thread.state() in (b"Z", b"X"):
            return set()
        words = thread.line.split()
        if len(words) < 9:  # it runs, or that cannot be read
            return {_OUTSIDE}
        wait = decode(thread.line, thread.process)
        if wait.kind not in ("io", "futex") or wait.lasts_s != FOREVER:
            return {_OUTSIDE}
        if wait.call in _ENDED_INSIDE:
            return {_INSIDE}
        fds = _members(thread.process, int(words[1], 16)) if wait.call in _EPOLL else wait.fds
        return {_at(thread.process, fd) for fd in fds} if fds else {_OUTSIDE}


def _members(process: ObservedProcess, epoll: int) -> tuple[int, ...]:
    """Return the descriptors of an epoll set."""
    try:
        with open(f"/proc/{process.pid}/fdinfo/{epoll}") as file:
            return tuple(int(line.split()[1]) for line in file if line.startswith("tfd:"))
    except OSError:
        return ()


def _at(process: ObservedProcess, fd: int) -> str:
    """Return who can end a wait for this descriptor."""
    try:
        target = os.readlink(f"/proc/{process.pid}/fd/{fd}")
    except OSError:
        return _OUTSIDE
    if target.startswith("/dev/pts/") or target == "/dev/tty":
        return KEYBOARD
    if target.startswith("pipe:[") or target == "anon_inode:[eventfd]":
        return _INSIDE
    if socket_inode(target) in bound_udp(process.pid):
        return DATAGRAM
    return _OUTSIDE


def bound_udp(pid: int) -> dict[int, int]:
    """Return inode to port of the UDP sockets in a process's network; several processes' there, perhaps."""
    found: dict[int, int] = {}
    for table in ("udp", "udp6"):
        try:
            with open(f"/proc/{pid}/net/{table}") as file:
                rows = [line.split() for line in file][1:]
        except OSError:
            continue
        found |= {int(row[9]): int(row[1].rpartition(":")[2], 16) for row in rows}
    return found
