"""One look at a program: is it at rest, and which timers may end that?

Each thread is sampled twice, A and B; the threads are listed and the sockets read between the two. If every thread is
asleep in both samples and its run counter has not moved, then no thread ran from A to B, so everything seen in between
is one consistent picture. From there on only a new stimulus or a timer can cause anything.
"""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass

from batepapo.isolation import sockdiag
from batepapo.observation.blocked_calls import FOREVER, Wait, decode
from batepapo.observation.tcp_queues import TcpQueues, queues_of
from batepapo.observation.threads import Thread, Tree, VanishedError


@dataclass(frozen=True)
class Timed:
    """A thread whose wait a timer will end."""

    thread: Thread
    wait: Wait
    left_s: float


@dataclass(frozen=True)
class Snapshot:
    """What one look has shown.

    Attributes:
        unrest: Why the program is not at rest; empty if it is.
        queues: What the sockets said; None if it did not come to that.
        timed: The threads whose waits end by a timer, near or far.
        runner: The thread that was found running, if that was the unrest.
        unreadable: Why timers cannot be excluded on this machine; empty if they can.
    """

    unrest: str
    queues: TcpQueues | None = None
    timed: tuple[Timed, ...] = ()
    runner: Thread | None = None
    unreadable: str = ""


class WatchedProgram:
    """The process tree and the sockets of one server."""

    def __init__(self, keeper_pid: int, diag: socket.socket) -> None:
        self.tree = Tree(keeper_pid)
        self.ignored: set[int] = set()
        self._diag = diag
        self._ports: set[int] = set()
        self._own_listeners: set[int] = set()
        self._foreign_listeners: set[int] = set()

    def snapshot(self) -> Snapshot:
        """Look once; takes some tenths of a millisecond."""
        asleep: list[tuple[Thread, int, bytes]] = []
        for thread in list(self.tree.threads.values()):  # sample A
            try:
                runs, line = thread.sample()
            except VanishedError:
                self.tree.forget(thread.tid)
                return Snapshot("a thread ended")
            if line.startswith(b"running"):
                return Snapshot(f"{thread.name} is running", runner=thread)
            asleep.append((thread, runs, line))

        # What is read from here to sample B is only valid because B finds that nothing ran meanwhile.
        if not self.tree.refresh():
            return Snapshot("threads came or went")
        try:
            queues_now = self.queues()
        except OSError as error:
            return Snapshot("the sockets cannot be listed", unreadable=f"the sockets cannot be listed: {error}")
        for thread, _, line in asleep:
            if thread.wait is None and line and not line.startswith(b"-1"):
                thread.wait = decode(line, thread.process)

        for thread, runs, line in asleep:  # sample B
            try:
                if thread.sample() != (runs, line):
                    return Snapshot(f"{thread.name} ran", queues_now, runner=thread)
                state = thread.state()
            except VanishedError:
                self.tree.forget(thread.tid)
                return Snapshot("a thread ended", queues_now)
            if line.startswith(b"-1"):  # in no system call: it is ending, or waits for a page
                if state not in (b"Z", b"X"):
                    return Snapshot(f"{thread.name} is in no system call", queues_now)
            elif state != b"S":
                return Snapshot(f"{thread.name} is in state {state.decode()}", queues_now, runner=thread)
        return self._judged([thread for thread, _, _ in asleep], queues_now)

    def _judged(self, threads: list[Thread], queues_now: TcpQueues) -> Snapshot:
        """Everything is asleep; say what its waits allow."""
        now = time.monotonic()
        timed, unreadable = [], self.tree.trouble
        for thread in threads:
            wait = thread.wait
            if wait is None or wait.kind == "opaque":
                if thread.line.startswith(b"-1"):
                    continue  # a zombie
                unreadable = unreadable or f"what {thread.name} waits for cannot be read"
                continue
            if wait.kind == "unknown" or (
                wait.kind == "sending" and not self._stuck_on_purpose(thread, wait, queues_now)
            ):
                return Snapshot(f"{thread.name} is in {wait.call}", queues_now)
            if wait.lasts_s != FOREVER and not thread.housekeeping:
                timed.append(Timed(thread, wait, wait.left_s(now, thread.blocked_after)))
        return Snapshot(queues_now.unrest, queues_now, tuple(timed), unreadable=unreadable)

    def listens_only(self, one: Timed, near: frozenset[int], queues_now: TcpQueues) -> bool:
        """Whether a near timer belongs to a poll of nothing but listening sockets, as `socketserver` makes it.

        Then it may be ignored if each accepted connection is waited for by a thread that no near timer wakes.
        """
        fds = one.wait.fds
        if not fds or any(one.thread.process.inode(fd) not in queues_now.listening for fd in fds):
            return False
        waited_for: set[int | None] = set()
        for thread in self.tree.threads.values():
            wait = thread.wait
            if thread.tid not in near and wait is not None and wait.kind == "io" and wait.fds and len(wait.fds) <= 2:
                waited_for |= {thread.process.inode(fd) for fd in wait.fds}
        return all(end.inode in waited_for for end in queues_now.ends if end.inode)

    def _stuck_on_purpose(self, thread: Thread, wait: Wait, queues_now: TcpQueues) -> bool:
        """Whether it sends to a client of ours that does not read: then only that client can end the wait."""
        inodes = {thread.process.inode(fd) for fd in wait.fds or ()}
        return any(end.inode in inodes and end.remote[1] in self.ignored for end in queues_now.ends)

    def sockets(self) -> list[sockdiag.Socket]:
        """Return all sockets of its network.

        Raises:
            OSError: The kernel does not tell.
        """
        return sockdiag.sockets(self._diag)

    def queues(self) -> TcpQueues:
        """Return what goes on at the sockets, and learn which ports are the server's: it may close its listener later.

        Raises:
            OSError: The kernel does not tell.
        """
        sockets = self.sockets()
        listeners = {sock.inode: sock.local[1] for sock in sockets if sock.state == sockdiag.LISTEN}
        unknown = listeners.keys() - self._own_listeners - self._foreign_listeners
        if unknown:  # on a shared loopback others listen, too
            inodes = self.tree.inodes()
            own = unknown if inodes is None else unknown & inodes
            self._own_listeners |= own
            self._foreign_listeners |= unknown - own
            self._ports |= {listeners[inode] for inode in own}
        return queues_of(sockets, self._ports, self.ignored)

    def doubt_foreign_listeners(self) -> None:
        """Ask again whose they are: one may have been passed to a process that was not seen yet."""
        self._foreign_listeners.clear()
