"""The processes below one process: who they are, what they hold, and how all of them are ended.

The one place that knows how /proc writes down children, states and descriptors. The launcher imports it, so that it
needs the standard library only, and is small.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Collection, Iterator

# A killed process that is stuck in the kernel cannot be waited for for ever.
_END_WITHIN_S = 5.0
_PAUSE_S = 0.0002


def wakes_when_a_child_ends() -> tuple[int, int]:
    """Return both ends of a pipe, to be polled beside other descriptors: a byte comes at every SIGCHLD."""
    awake, wake = os.pipe()
    for descriptor in (awake, wake):
        os.set_blocking(descriptor, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    return awake, wake


def children(pid: int) -> list[int]:
    """Return the children of all threads of `pid`; none when it is gone."""
    found: list[int] = []
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return found
    for thread in threads:
        try:
            found += children_of_thread(pid, thread)
        except OSError:
            if not os.path.exists("/proc/self/task/" + str(os.getpid()) + "/children"):
                return _children_by_parent(pid)  # a kernel without CONFIG_PROC_CHILDREN
    return found


def children_of_thread(pid: int, thread: str) -> list[int]:
    """Return the processes that one thread of `pid` made.

    Raises:
        OSError: It is gone, or this kernel does not tell (CONFIG_PROC_CHILDREN).
    """
    with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
        return [int(word) for word in file.read().split()]


def _children_by_parent(parent: int) -> list[int]:
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    if int(stat_words(file.read())[1][1]) == parent:
                        found.append(int(name))
            except (OSError, IndexError):
                continue
    return found


def stat_words(stat: bytes) -> tuple[bytes, list[bytes]]:
    """Return the name of a process or thread, which may hold blanks and parentheses, and the words behind it.

    Raises:
        IndexError: The file was read while its process ended.
    """
    before, _, rest = stat.rpartition(b")")
    return before.split(b"(", 1)[1], rest.split()


def descriptors(pid: int) -> Iterator[tuple[int, str]]:
    """Yield each open descriptor of a process and what it leads to.

    Raises:
        OSError: The process is gone, or may not be looked into.
    """
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            yield int(name), os.readlink(f"/proc/{pid}/fd/{name}")
        except FileNotFoundError:
            continue  # closed meanwhile


def socket_inode(target: str) -> int | None:
    """Return the inode of the socket that a descriptor leads to; None if it is none."""
    return int(target[len("socket:[") : -1]) if target.startswith("socket:[") else None


def descendants(pid: int, spare: Collection[int] = ()) -> list[int]:
    """Return everything below `pid`, parents first; nothing of what is below those to `spare`."""
    found: dict[int, None] = {}
    waiting = [pid]
    while waiting:
        for child in children(waiting.pop()):
            if child not in spare and child not in found:
                found[child] = None
                waiting.append(child)
    return list(found)


def socket_inodes(pids: Collection[int]) -> set[int]:
    """Return the inodes of all sockets that these processes hold; those we may not look into hold none."""
    inodes = set()
    for pid in pids:
        try:
            inodes |= {inode for _, target in descriptors(pid) if (inode := socket_inode(target)) is not None}
        except OSError:
            continue
    return inodes


def reap(statuses: dict[int, int]) -> bool:
    """Collect every child that has ended, noting its status; return whether any child is left."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return False
        if pid == 0:
            return True
        statuses[pid] = os.waitstatus_to_exitcode(status)


def end_all(statuses: dict[int, int]) -> bool:
    """Kill everything below this process, which must adopt orphans; return whether all of it is gone.

    A process without children that adopts orphans has no descendants: that is the proof, whatever forked meanwhile.
    """
    give_up = time.monotonic() + _END_WITHIN_S
    while True:
        for pid in descendants(os.getpid()):
            kill(pid)
        if not reap(statuses):
            return True
        if time.monotonic() > give_up:
            return False
        time.sleep(_PAUSE_S)


def kill(pid: int) -> None:
    """Send SIGKILL; one that is gone, or may not be touched, is left to whoever looks next."""
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
