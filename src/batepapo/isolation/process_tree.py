"""The processes below one process: who they are, which sockets they hold, and how all of them are ended."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Collection

# A killed process that is stuck in the kernel cannot be waited for for ever.
_END_WITHIN_S = 5.0
_PAUSE_S = 0.0002


def children(pid: int) -> list[int]:
    """Return the children of all threads of `pid`; none when it is gone."""
    found: list[int] = []
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return found
    for thread in threads:
        try:
            with open(f"/proc/{pid}/task/{thread}/children") as file:
                found += map(int, file.read().split())
        except OSError:
            if not os.path.exists("/proc/self/task/" + str(os.getpid()) + "/children"):
                return _children_by_parent(pid)  # a kernel without CONFIG_PROC_CHILDREN
    return found


def _children_by_parent(parent: int) -> list[int]:
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as file:
                    if int(file.read().rpartition(")")[2].split()[1]) == parent:
                        found.append(int(name))
            except OSError:
                continue
    return found


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
            names = os.listdir(f"/proc/{pid}/fd")
        except OSError:
            continue
        for name in names:
            try:
                target = os.readlink(f"/proc/{pid}/fd/{name}")
            except OSError:
                continue
            if target.startswith("socket:["):
                inodes.add(int(target[8:-1]))
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
