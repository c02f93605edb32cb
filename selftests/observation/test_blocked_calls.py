"""System call lines, as /proc shows them, and what they mean."""

from __future__ import annotations

import struct
import time

import pytest

from batepapo.observation.blocked_calls import FOREVER, NUMBERS, Wait, decode, place

X86_64 = NUMBERS["x86_64"]
NOW = {time.CLOCK_MONOTONIC: 100.0, time.CLOCK_REALTIME: 1_700_000_000.0}
STACK, CODE = "0x7ffc5cf0", "0x7f0e1c2d"


class Memory:
    """A process with some bytes at some addresses and one socket timeout."""

    def __init__(self, at: dict[int, bytes] | None = None, *, timeout_s: float = FOREVER) -> None:
        self.at = at or {}
        self.timeout_s = timeout_s

    def memory(self, address: int, size: int) -> bytes:
        if address not in self.at:
            raise OSError(5, "Input/output error")
        return self.at[address][:size]

    def socket_timeout_s(self, fd: int, *, sending: bool) -> float:
        return self.timeout_s


class Guarded(Memory):
    """A process of another user."""

    def memory(self, address: int, size: int) -> bytes:
        raise PermissionError(13, "Permission denied")


def line(number: int, *args: int) -> bytes:
    words = [f"0x{arg:x}" for arg in (*args, 0, 0, 0, 0, 0, 0)[:6]]
    return f"{number} {' '.join(words)} {STACK} {CODE}\n".encode()


def read(number: int, *args: int, memory: Memory | None = None, names: dict[int, str] = X86_64) -> Wait:
    return decode(line(number, *args), memory or Memory(), names=names, clock=NOW.__getitem__)


def timespec(seconds: int, fraction: int) -> bytes:
    return struct.pack("qq", seconds, fraction)


@pytest.mark.parametrize(
    ("number", "args"),
    [
        pytest.param(45, (4, 0x1000, 4096), id="recvfrom"),
        pytest.param(0, (0, 0x1000, 4096), id="read"),
        pytest.param(288, (3,), id="accept4"),
        pytest.param(61, (0xFFFFFFFF,), id="wait4"),
        pytest.param(7, (0, 0, 0xFFFFFFFF), id="poll of nothing without end"),
        pytest.param(232, (5, 0x1000, 10, 0xFFFFFFFF), id="epoll_wait -1"),
        pytest.param(270, (5, 0, 0, 0, 0), id="pselect6 without a timeout"),
        pytest.param(202, (0x1000, 0x189, 0, 0), id="futex without a timeout"),
    ],
)
def test_a_wait_without_a_timeout_lasts_for_ever(number: int, args: tuple[int, ...]) -> None:
    wait = read(number, *args)

    assert (wait.lasts_s, wait.ends_at) == (FOREVER, None)
    assert wait.left_s(NOW[time.CLOCK_MONOTONIC], 0.0) == FOREVER


@pytest.mark.parametrize(
    ("number", "args", "at", "lasts_s", "kind"),
    [
        pytest.param(7, (0x2000, 1, 250), struct.pack("ihh", 3, 1, 0), 0.25, "io", id="poll"),
        pytest.param(232, (5, 0x1000, 10, 50), b"", 0.05, "io", id="epoll_wait"),
        pytest.param(441, (5, 0x1000, 10, 0x2000), timespec(1, 0), 1.0, "io", id="epoll_pwait2"),
        pytest.param(23, (5, 0, 0, 0, 0x2000), timespec(0, 100_000), 0.1, "io", id="select counts microseconds"),
        pytest.param(270, (5, 0, 0, 0, 0x2000), timespec(0, 100_000_000), 0.1, "io", id="pselect6 nanoseconds"),
        pytest.param(270, (0, 0, 0, 0, 0x2000), timespec(2, 0), 2.0, "sleep", id="pselect6 of nothing is a sleep"),
        pytest.param(35, (0x2000,), timespec(0, 50_000_000), 0.05, "sleep", id="nanosleep"),
        pytest.param(230, (1, 0, 0x2000), timespec(3, 0), 3.0, "sleep", id="clock_nanosleep for a while"),
        pytest.param(202, (0x1000, 0x80, 7, 0x2000), timespec(4, 0), 4.0, "futex", id="FUTEX_WAIT"),
    ],
)
def test_a_duration_is_counted_from_the_earliest_possible_begin(
    number: int, args: tuple[int, ...], at: bytes, lasts_s: float, kind: str
) -> None:
    wait = read(number, *args, memory=Memory({0x2000: at}))

    assert (wait.lasts_s, wait.kind, wait.ends_at) == (pytest.approx(lasts_s), kind, None)
    assert wait.left_s(now=100.0, began_after=99.99) == pytest.approx(lasts_s - 0.01)


@pytest.mark.parametrize(
    ("number", "args", "point"),
    [
        pytest.param(230, (1, 1, 0x2000), timespec(102, 500_000_000), id="clock_nanosleep, monotonic"),
        pytest.param(230, (0, 1, 0x2000), timespec(1_700_000_002, 500_000_000), id="clock_nanosleep, wall clock"),
        pytest.param(202, (0x1000, 0x89, 0, 0x2000), timespec(102, 500_000_000), id="FUTEX_WAIT_BITSET, monotonic"),
        pytest.param(202, (0x1000, 0x189, 0, 0x2000), timespec(1_700_000_002, 500_000_000), id="the same, wall clock"),
    ],
)
def test_a_point_in_time_is_known_exactly(number: int, args: tuple[int, ...], point: bytes) -> None:
    wait = read(number, *args, memory=Memory({0x2000: point}))

    assert wait.ends_at == pytest.approx(102.5)
    assert wait.left_s(now=102.0, began_after=0.0) == pytest.approx(0.5)


def test_a_plain_recv_ends_by_the_sockets_own_timeout() -> None:
    assert read(45, 4, memory=Memory(timeout_s=0.05)).lasts_s == 0.05


def test_poll_and_select_name_their_descriptors() -> None:
    pollfds = struct.pack("ihhihh", 3, 1, 0, 9, 1, 0)
    read_set = struct.pack("Q", 1 << 3 | 1 << 9)

    assert read(7, 0x2000, 2, 10, memory=Memory({0x2000: pollfds})).fds == (3, 9)
    assert read(270, 10, 0x3000, 0, 0, 0, memory=Memory({0x3000: read_set})).fds == (3, 9)


def test_a_select_that_also_writes_names_no_descriptors() -> None:
    """Or that waits for what is out of band."""
    memory = Memory({0x3000: struct.pack("Q", 1 << 3)})

    assert read(270, 10, 0x3000, 0x3000, 0, 0, memory=memory).fds is None
    assert read(270, 10, 0x3000, 0, 0x3000, 0, memory=memory).fds is None


def test_an_empty_set_asks_for_nothing() -> None:
    """Python before 3.11 hands in all three; a client that selects was not seen to wait for its name."""
    memory = Memory({0x3000: struct.pack("Q", 1 << 3), 0x4000: bytes(8)})

    assert read(270, 10, 0x3000, 0x4000, 0x4000, 0, memory=memory).fds == (3,)


def test_a_blocked_send_is_told_apart() -> None:
    assert read(44, 7, 0x1000, 5).kind == "sending"


@pytest.mark.parametrize("number", [219, 426, 9999], ids=["restart_syscall", "io_uring_enter", "no such call"])
def test_a_call_that_is_not_in_the_table_is_unknown(number: int) -> None:
    assert read(number).kind == "unknown"


def test_memory_that_is_gone_makes_a_wait_unknown() -> None:
    assert read(35, 0x2000).kind == "unknown"


def test_memory_of_another_user_makes_a_wait_opaque() -> None:
    assert read(35, 0x2000, memory=Guarded()).kind == "opaque"


def test_a_processor_without_a_table_makes_every_wait_opaque() -> None:
    assert read(0, 0, names={}).kind == "opaque"


@pytest.mark.parametrize("text", [b"", b"running\n", b"-1 0x7ffc 0x7f0e\n", b"202\n", b"45 0x1 0x2\n", b"nonsense"])
def test_an_odd_line_is_no_wait_and_no_error(text: bytes) -> None:
    assert decode(text, Memory(), names=X86_64).kind == "unknown"


def test_the_value_that_a_futex_expects_does_not_change_its_place() -> None:
    assert place(line(202, 0x1000, 0x80, 7)) == place(line(202, 0x1000, 0x80, 8))
    assert place(line(202, 0x1000, 0x80, 7)) != place(line(202, 0x1040, 0x80, 7))


def test_another_stack_is_another_place() -> None:
    here = line(35, 0x2000)

    assert place(here) != place(here.replace(STACK.encode(), b"0x7ffc0000"))


def test_the_tables_of_all_processors_name_the_same_kinds_of_calls() -> None:
    x86_64, aarch64 = set(NUMBERS["x86_64"].values()), set(NUMBERS["aarch64"].values())

    assert aarch64 <= x86_64
    assert x86_64 - aarch64 == {"poll", "select", "pause", "epoll_wait"}  # the older calls


def test_a_call_that_nobody_explained_counts_as_unknown() -> None:
    """A number that is added to the table and to no branch costs time, not truth: it is never taken for quiet."""
    assert read(9999, names={**X86_64, 9999: "brand_new_call"}).kind == "unknown"


@pytest.mark.parametrize(("number", "call"), X86_64.items(), ids=X86_64.values())
def test_each_call_of_the_table_has_its_branch(number: int, call: str) -> None:
    """Of those that are there now, nothing is unknown but what their arguments hide."""
    found = read(number)

    assert (found.call, found.kind != "unknown") == (call, True)
