"""What a sleeping thread waits for: one line of /proc/PID/task/TID/syscall made into a `Wait`.

The line holds the number and the arguments of the system call that the thread is blocked in. Most timeouts lie behind a
pointer, so the decoder asks for the process's memory; it gets that as an argument and touches no file itself.
A call that is not in the table is "unknown", which never counts as quiet: forgetting one costs time, not truth.
"""

from __future__ import annotations

import platform
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

FOREVER = float("inf")

# The same kernel interface has other numbers on each processor. aarch64 has not been tried; it lacks the older calls.
NUMBERS: dict[str, dict[int, str]] = {
    "x86_64": {
        0: "read", 1: "write", 7: "poll", 19: "readv", 20: "writev", 23: "select", 34: "pause", 35: "nanosleep",
        42: "connect", 43: "accept", 44: "sendto", 45: "recvfrom", 46: "sendmsg", 47: "recvmsg", 61: "wait4",
        72: "fcntl", 73: "flock", 128: "rt_sigtimedwait", 130: "rt_sigsuspend", 202: "futex", 230: "clock_nanosleep",
        232: "epoll_wait", 247: "waitid", 270: "pselect6", 271: "ppoll", 281: "epoll_pwait", 288: "accept4",
        441: "epoll_pwait2",
    },
    "aarch64": {
        22: "epoll_pwait", 25: "fcntl", 32: "flock", 63: "read", 64: "write", 65: "readv", 66: "writev",
        72: "pselect6", 73: "ppoll", 95: "waitid", 98: "futex", 101: "nanosleep", 115: "clock_nanosleep",
        133: "rt_sigsuspend", 137: "rt_sigtimedwait", 202: "accept", 203: "connect", 206: "sendto", 207: "recvfrom",
        211: "sendmsg", 212: "recvmsg", 242: "accept4", 260: "wait4", 441: "epoll_pwait2",
    },
}  # fmt: skip
HERE: Mapping[int, str] = NUMBERS.get({"AMD64": "x86_64"}.get(platform.machine(), platform.machine()), {})

READING = frozenset({"read", "readv", "recvfrom", "recvmsg", "accept", "accept4"})
SENDING = frozenset({"write", "writev", "sendto", "sendmsg", "connect"})
UNTIMED = frozenset({"wait4", "waitid", "pause", "rt_sigsuspend", "flock", "fcntl"})

# futex operations that wait, from linux/futex.h; only the first takes its timeout as a duration
_FUTEX_WAIT, _FUTEX_LOCK_PI = 0, 6
_FUTEX_WAITS = frozenset({_FUTEX_WAIT, _FUTEX_LOCK_PI, 9, 11, 13})
_FUTEX_CLOCK_REALTIME = 256

# More descriptors than this are not worth copying: the set is only used to recognise "listening sockets only".
_MOST_FDS = 64


@dataclass(frozen=True)
class Wait:
    """One blocked system call.

    Attributes:
        call: Its name.
        place: The same for each repetition of one wait in a loop.
        kind: "io", "sleep" (no descriptor can end it), "futex", "sending", "unknown", or "opaque" (not readable).
        lasts_s: The whole timeout; FOREVER if no timer ends it.
        ends_at: The end on the monotonic clock, where the call names a point in time.
        fds: The descriptors that it waits for; None if not known.
    """

    call: str
    place: tuple[bytes, ...]
    kind: str
    lasts_s: float = FOREVER
    ends_at: float | None = None
    fds: tuple[int, ...] | None = None

    def left_s(self, now: float, began_after: float) -> float:
        """Return the seconds until its timer fires: exact for a point in time, else a lower bound."""
        if self.ends_at is not None:
            return self.ends_at - now
        return self.lasts_s if self.lasts_s == FOREVER else self.lasts_s - (now - began_after)


class WaitingProcess(Protocol):
    """The two things about a process that the system call line does not say."""

    def memory(self, address: int, size: int) -> bytes: ...

    def socket_timeout_s(self, fd: int, *, sending: bool) -> float: ...


def place(line: bytes) -> tuple[bytes, ...]:
    """Return what two waits at the same place of a program have in common: call, first arguments, stack, code.

    A futex' expected value, its third argument, is a counter, so it is left out.
    """
    words = line.split()
    first = 3 if HERE.get(_number(words), "") == "futex" else 4
    return (*words[:first], *words[-2:])


def decode(
    line: bytes,
    process: WaitingProcess,
    *,
    names: Mapping[int, str] = HERE,
    clock: Callable[[int], float] = time.clock_gettime,
) -> Wait:
    """Return what the thread with this system call line waits for. Valid only while it stays blocked there."""
    words = line.split()
    call = names.get(_number(words), "")
    if not names:
        return Wait("", place(line), "opaque")
    if not call or len(words) < 9:
        return Wait(call or f"call {words[0].decode() if words else '?'}", place(line), "unknown")
    args = [int(word, 16) for word in words[1:7]]
    try:
        kind, lasts_s, ends_at, fds = _timing(call, args, process, clock)
    except PermissionError:
        return Wait(call, place(line), "opaque")
    except (OSError, struct.error, OverflowError):  # the page is gone, or the thread has moved on
        return Wait(call, place(line), "unknown")
    return Wait(call, place(line), kind, lasts_s, ends_at, fds)


_Timing = tuple[str, float, "float | None", "tuple[int, ...] | None"]


def _timing(call: str, args: list[int], process: WaitingProcess, clock: Callable[[int], float]) -> _Timing:
    if call in READING or call in SENDING:
        sending = call in SENDING
        timeout_s = process.socket_timeout_s(args[0], sending=sending)
        return "sending" if sending else "io", timeout_s, None, (args[0],)
    if call == "poll":
        return "io", _milliseconds(args[2]), None, _poll_fds(process, args)
    if call == "ppoll":
        return "io", _duration_s(process, args[2]), None, _poll_fds(process, args)
    if call in ("epoll_wait", "epoll_pwait"):
        return "io", _milliseconds(args[3]), None, None
    if call == "epoll_pwait2":
        return "io", _duration_s(process, args[3]), None, None
    if call in ("select", "pselect6"):
        per_second = 1e6 if call == "select" else 1e9
        return "io" if args[0] else "sleep", _duration_s(process, args[4], per_second), None, _select_fds(process, args)
    if call == "rt_sigtimedwait":
        return "io", _duration_s(process, args[2]), None, None
    if call == "nanosleep":
        return "sleep", _duration_s(process, args[0]), None, ()
    if call == "clock_nanosleep":
        lasts_s = _duration_s(process, args[2])
        if args[1] & 1:  # TIMER_ABSTIME
            return "sleep", *_until(lasts_s, realtime=args[0] == 0, clock=clock), ()
        return "sleep", lasts_s, None, ()
    if call == "futex":
        operation = args[1] & 0x7F
        if operation not in _FUTEX_WAITS or not args[3]:
            return "futex", FOREVER, None, ()
        lasts_s = _duration_s(process, args[3])
        if operation == _FUTEX_WAIT:
            return "futex", lasts_s, None, ()
        realtime = bool(args[1] & _FUTEX_CLOCK_REALTIME) or operation == _FUTEX_LOCK_PI
        return "futex", *_until(lasts_s, realtime=realtime, clock=clock), ()
    if call in UNTIMED:
        return "io", FOREVER, None, None
    return "unknown", FOREVER, None, None  # in the table of numbers, and nobody has said what it waits for


def _number(words: list[bytes]) -> int:
    return int(words[0]) if words and words[0].isdigit() else -1


def _milliseconds(argument: int) -> float:
    value: int = struct.unpack("i", struct.pack("I", argument & 0xFFFFFFFF))[0]
    return FOREVER if value < 0 else value / 1e3


def _duration_s(process: WaitingProcess, address: int, per_second: float = 1e9) -> float:
    """Read a timespec or timeval; a null pointer means no timeout."""
    if not address:
        return FOREVER
    seconds, fraction = struct.unpack("qq", process.memory(address, 16))
    return float(seconds) + float(fraction) / per_second


def _until(point_s: float, *, realtime: bool, clock: Callable[[int], float]) -> tuple[float, float]:
    left_s = point_s - clock(time.CLOCK_REALTIME if realtime else time.CLOCK_MONOTONIC)
    return left_s, clock(time.CLOCK_MONOTONIC) + left_s


def _poll_fds(process: WaitingProcess, args: list[int]) -> tuple[int, ...] | None:
    count = args[1]
    if not 0 < count <= _MOST_FDS:
        return None
    pollfds = process.memory(args[0], 8 * count)
    return tuple(fd for fd, _events, _seen in struct.iter_unpack("ihh", pollfds))


def _select_fds(process: WaitingProcess, args: list[int]) -> tuple[int, ...] | None:
    """The set to be read, if nothing else is asked for; the kernel overwrites it only when the call returns.

    Python before 3.11 hands in a set that is empty where others hand in none.
    """
    if not 0 < args[0] <= 1024 or not args[1] or any(_fd_set(process, args[0], address) for address in args[2:4]):
        return None
    fds = _fd_set(process, args[0], args[1])
    return fds if len(fds) <= _MOST_FDS else None


def _fd_set(process: WaitingProcess, below: int, address: int) -> tuple[int, ...]:
    if not address:
        return ()
    bits = int.from_bytes(process.memory(address, (below + 63) // 64 * 8), "little")
    return tuple(fd for fd in range(below) if bits >> fd & 1)
