"""Every thread of a process tree, as /proc shows it, with its files kept open: a look must cost microseconds."""

from __future__ import annotations

import contextlib
import math
import os
import time

from batepapo.isolation.process_tree import children_of_thread, stat_words
from batepapo.observation.blocked_calls import Wait
from batepapo.observation.process import ObservedProcess

# The JVM's own threads (a name is cut to 15 characters) wake by timers for ever. Their timers are ignored, but they
# must be asleep like all others: a thread of the program may be waiting for a safepoint, the collector or the compiler.
HOUSEKEEPING = (
    "VM Periodic Tas", "VM Thread", "GC Thread", "G1 ", "Service Thread", "Monitor Deflati", "Signal Dispatch",
    "Finalizer", "Reference Handl", "Common-Cleaner", "Notification Th", "Parallel GC", "Concurrent Mark", "ZDriver",
    "ZWorker", "Shenandoah", "C1 CompilerThre", "C2 CompilerThre", "Sweeper thread",
)  # fmt: skip


# Four files each; the usual limit is 1,024 for all of ours. A thread beyond this costs a little more at each look.
_KEPT_OPEN = 64


class VanishedError(Exception):
    """The thread ended while we looked at it."""


class Thread:
    """One thread: its run counter, the call it is blocked in, and since when at the earliest.

    Attributes:
        runs: How often it was put on a processor; the third number of schedstat.
        line: Its system call line; empty if that cannot be read.
        blocked_after: A time on the monotonic clock that is surely before its present wait began.
        wait: The decoded line; None until somebody decodes it.
        runs_at_mark, place_at_mark: As `QuiescenceMonitor.mark()` saw them; -1 and None if it did not exist.
    """

    def __init__(self, process: ObservedProcess, tid: int, not_before: float, *, keep_open: bool) -> None:
        self.process = process
        self.tid = tid
        self.name = ""
        self.housekeeping = False
        self.runs, self.line = -1, b""
        self.wait: Wait | None = None
        self.runs_at_mark = -1
        self.place_at_mark: tuple[bytes, ...] | None = None
        self._folder = f"/proc/{process.pid}/task/{tid}"
        self._fds: dict[str, int] = {}
        try:
            if keep_open:
                for name in ("schedstat", "stat", "children", "syscall"):
                    with contextlib.suppress(PermissionError):  # another user's; `sample` will find out
                        self._fds[name] = os.open(f"{self._folder}/{name}", os.O_RDONLY | os.O_CLOEXEC)
            self._read("children")
            self._seen = max(not_before, self._started())
        except (FileNotFoundError, ProcessLookupError, VanishedError):
            self.close()
            if os.path.exists(self._folder):
                raise OSError(f"{self._folder} lacks a file that we need") from None
            raise VanishedError from None
        except OSError:
            self.close()
            raise
        self.blocked_after = self._seen

    def _read(self, name: str, size: int = 512) -> bytes:
        fd = self._fds.get(name)
        if fd is not None:
            return os.pread(fd, size, 0)
        fd = os.open(f"{self._folder}/{name}", os.O_RDONLY | os.O_CLOEXEC)
        try:
            return os.read(fd, size)
        finally:
            os.close(fd)

    def _started(self) -> float:
        """Return a lower bound of its start on the monotonic clock."""
        ticks = float(self._stat_words()[19])
        age_s = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
        return time.monotonic() - age_s - 0.01  # the kernel counts in whole ticks of 10 ms

    def _stat_words(self) -> list[bytes]:
        """The words of `stat` after the name, which may hold blanks and parentheses itself."""
        try:
            name, words = stat_words(self._read("stat"))
        except (OSError, IndexError):
            raise VanishedError from None
        # Read each time: a thread of the JVM gets its name only after it has started.
        self.name = name.decode(errors="replace")
        self.housekeeping = self.name.startswith(HOUSEKEEPING)
        return words

    def state(self) -> bytes:
        """Return its state letter.

        A thread that was woken, but whose processor has not taken the interrupt yet (TASK_WAKING), still shows its
        blocked system call line; only the letter says R.
        """
        return self._stat_words()[0]

    def sample(self) -> tuple[int, bytes]:
        """Return its run counter and its system call line, and remember them.

        Raises:
            VanishedError: It is gone.
        """
        try:
            line = self._read("syscall")
        except PermissionError:
            line = b""
        except OSError:
            raise VanishedError from None
        try:
            counters = self._read("schedstat").split()
        except OSError:
            raise VanishedError from None
        if len(counters) < 3:
            raise VanishedError
        runs = int(counters[2])
        if runs != self.runs or line != self.line:
            self.blocked_after = self._seen  # it ran after we saw it last, so its wait began after that
            self.runs, self.line, self.wait = runs, line, None
        self._seen = time.monotonic()
        return runs, line

    def processor_s(self) -> float:
        """Return the processor time it has used; 0.0 if it is gone."""
        try:
            return int(self._read("schedstat").split()[0]) / 1e9
        except (OSError, IndexError):
            return 0.0

    def children(self) -> list[int]:
        """Return the processes that this thread made and that are still its own."""
        found = b""
        with contextlib.suppress(OSError):
            found = self._read("children", 65536)
        return [int(word) for word in found.split()]

    def close(self) -> None:
        for fd in self._fds.values():
            os.close(fd)
        self._fds.clear()


class Tree:
    """All descendants of one process, without that process itself."""

    def __init__(self, keeper_pid: int) -> None:
        self.keeper_pid = keeper_pid
        self.threads: dict[int, Thread] = {}
        self.processes: dict[int, ObservedProcess] = {}
        self.trouble = ""
        self._listed_at = -math.inf

    def refresh(self) -> bool:
        """List all threads again and return whether they are the same; `trouble` says what could not be seen."""
        began, before, pids = time.monotonic(), set(self.threads), set()
        seen: set[int] = set()
        self.trouble = ""
        todo = self._children_of_the_keeper()
        while todo:
            pid = todo.pop()
            try:
                tids = os.listdir(f"/proc/{pid}/task")
            except OSError:
                continue  # it has ended; its children are the keeper's now, and the next look finds them there
            pids.add(pid)
            for tid in map(int, tids):
                thread = self.threads.get(tid) or self._meet(pid, tid)
                if thread is not None:
                    seen.add(tid)
                    todo += thread.children()
        for tid in self.threads.keys() - seen:
            self.forget(tid)
        for pid in self.processes.keys() - pids:
            self.processes.pop(pid).close()
        self._listed_at = began
        return seen == before

    def _children_of_the_keeper(self) -> list[int]:
        found: list[int] = []
        try:
            for tid in os.listdir(f"/proc/{self.keeper_pid}/task"):
                found += children_of_thread(self.keeper_pid, tid)
        except OSError as error:
            self.trouble = f"the process tree cannot be listed: {error}"
        return found

    def _meet(self, pid: int, tid: int) -> Thread | None:
        process = self.processes.setdefault(pid, ObservedProcess(pid))
        try:
            thread = Thread(process, tid, self._listed_at, keep_open=len(self.threads) < _KEPT_OPEN)
        except VanishedError:
            return None
        except OSError as error:
            self.trouble = f"a thread cannot be watched: {error}"
            return None
        self.threads[tid] = thread
        return thread

    def forget(self, tid: int) -> None:
        """Close the files of a thread that has ended."""
        self.threads.pop(tid).close()

    def inodes(self) -> set[int] | None:
        """Return the inodes of all sockets of the tree; None if they cannot be listed."""
        found: set[int] = set()
        for process in self.processes.values():
            try:
                found |= process.inodes()
            except (FileNotFoundError, ProcessLookupError):
                continue
            except OSError:
                return None
        return found

    def close(self) -> None:
        for thread in self.threads.values():
            thread.close()
        for process in self.processes.values():
            process.close()
        self.threads.clear()
        self.processes.clear()
