"""Vital signs of a process tree: how busy it is, how many threads, sockets and bytes it has (Linux, /proc).

Busy is processor time plus the time a thread stood ready in the run queue: a loop that gets no processor on a crowded
machine waits in the queue, and the kernel counts that too. Processor time alone was wrong in 222 of 240 loaded windows.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass

from batepapo.errors import Undecided
from batepapo.isolation import process_tree
from batepapo.observation.threads import HOUSEKEEPING

# How a program is seen to burn processor time when nothing happens any more (feasibility.md, f: 0 wrong of 960).
AFTERMATH_S = 0.1  # right after the event it may be busy; one that spins never comes to rest
MEASURED_FOR_S = 0.3
BUSY_LOOP_SHARE = 0.5  # of one processor; a loop over a dead socket uses 0.8 to 1.0, a poll every millisecond 0.2

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class ResourceUsage:
    """One look at all processes below a keeper.

    Attributes:
        at_s: When, on the monotonic clock.
        busy_s: Processor time plus time in the run queue, by process and thread. The JVM's own threads are left out:
            its compiler works, and comes and goes, when it likes.
        sockets: Descriptors of sockets, of any kind; one that two processes share counts twice.
        resident_bytes: Memory, pages that processes share counted for each.
    """

    at_s: float
    busy_s: Mapping[tuple[int, str], float]
    sockets: int
    resident_bytes: int

    @property
    def threads(self) -> int:
        """How many threads there are."""
        return len(self.busy_s)


def read(keeper_pid: int) -> ResourceUsage:
    """Look at everything below a keeper; costs some tenths of a millisecond.

    Raises:
        Undecided: The processes are there, and we may not look at them.
    """
    busy_s: dict[tuple[int, str], float] = {}
    sockets = resident_bytes = 0
    at_s = time.monotonic()
    for pid in process_tree.descendants(keeper_pid):
        try:
            for thread in os.listdir(f"/proc/{pid}/task"):
                if not _name(pid, thread).startswith(HOUSEKEEPING):
                    busy_s[pid, thread] = _busy_s(pid, thread)
            sockets += _sockets(pid)
            with open(f"/proc/{pid}/statm") as file:
                resident_bytes += int(file.read().split()[1]) * _PAGE_BYTES
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended
        except PermissionError as error:
            raise Undecided(f"the server's processes cannot be looked at: {error}") from error
    return ResourceUsage(at_s, busy_s, sockets, resident_bytes)


def _name(pid: int, thread: str) -> str:
    with open(f"/proc/{pid}/task/{thread}/comm") as file:
        return file.read()


def _busy_s(pid: int, thread: str) -> float:
    with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
        on_processor, in_queue, _ = file.read().split()
    return (int(on_processor) + int(in_queue)) / 1e9


def _sockets(pid: int) -> int:
    return sum(process_tree.socket_inode(target) is not None for _, target in process_tree.descriptors(pid))


def busy_share(before: ResourceUsage, after: ResourceUsage) -> float:
    """Return how busy the tree was between two looks: 1.0 is one thread that never slept.

    Threads that began in between count from zero; those that ended are lost.
    """
    used_s = sum(busy_s - before.busy_s.get(thread, 0.0) for thread, busy_s in after.busy_s.items())
    return used_s / (after.at_s - before.at_s)
