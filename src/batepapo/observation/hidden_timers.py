"""Timers that no blocked system call shows: alarm(), setitimer(), timer_create(), and a timerfd inside an epoll set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from batepapo.isolation.process_tree import descriptors, stat_words

_SIGALRM = 14
# Go's runtime handles every signal there is (about 60); that says nothing about alarms.
_HANDLES_EVERYTHING = 24


@dataclass(frozen=True)
class HiddenTimers:
    """Whether a tree has such timers, and when the first one fires: 0.0 if unknown, infinite if none is armed."""

    exist: bool
    soonest_s: float


def hidden_timers(pids: Iterable[int]) -> HiddenTimers:
    """Return the hidden timers of these processes. What cannot be read is counted as a timer that may fire at once."""
    exist, soonest_s = False, float("inf")
    for pid in pids:
        try:
            if _handles_alarms(pid) or _has_posix_timers(pid):
                return HiddenTimers(True, 0.0)
            for left_s in _timer_descriptors(pid):
                exist, soonest_s = True, min(soonest_s, left_s)
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended
        except OSError:
            if not _is_zombie(pid):
                return HiddenTimers(True, 0.0)
    return HiddenTimers(exist, soonest_s)


def _handles_alarms(pid: int) -> bool:
    with open(f"/proc/{pid}/status") as file:
        caught = next((int(line.split()[1], 16) for line in file if line.startswith("SigCgt")), 0)
    return bool(caught >> (_SIGALRM - 1) & 1) and caught.bit_count() < _HANDLES_EVERYTHING


def _has_posix_timers(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/timers") as file:
            return bool(file.read(1))
    except FileNotFoundError:  # this kernel does not tell
        return False


def _timer_descriptors(pid: int) -> Iterable[float]:
    for fd, target in descriptors(pid):
        if target != "anon_inode:[timerfd]":
            continue
        try:
            with open(f"/proc/{pid}/fdinfo/{fd}") as file:
                value = next((line for line in file if line.startswith("it_value")), "it_value: (0, 0)")
        except FileNotFoundError:
            continue  # closed meanwhile
        seconds, nanoseconds = (int(word) for word in value[value.index("(") + 1 : value.index(")")].split(","))
        yield seconds + nanoseconds / 1e9 if seconds or nanoseconds else float("inf")


def _is_zombie(pid: int) -> bool:
    """A process that only waits to be collected has no memory, no descriptors and no timers."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return stat_words(file.read())[1][0] in b"ZX"
    except (OSError, IndexError):
        return True
