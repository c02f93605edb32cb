"""The rule of polling loops, on made-up rounds: a timer that twice brought nothing is idle, a step of work is not."""

from types import SimpleNamespace

import pytest

from batepapo.observation.blocked_calls import Wait
from batepapo.observation.polling_loops import PollingLoops, at_work
from batepapo.observation.snapshot import Snapshot, Timed

HERE, ELSEWHERE = (b"poll", b"here"), (b"poll", b"elsewhere")


def thread(tid=1, runs=1, *, runs_at_mark=0, place_at_mark=HERE):
    """A thread that ran so often."""
    return SimpleNamespace(tid=tid, runs=runs, runs_at_mark=runs_at_mark, place_at_mark=place_at_mark)


def timed(tid=1, runs=1, *, place=HERE, kind="io", **more):
    """A thread whose wait a near timer ends."""
    return Timed(thread(tid, runs, **more), Wait("poll", place, kind, 0.05), 0.05)


class Program:
    """The rounds of one program, looked at one after the other."""

    def __init__(self):
        self._loops = PollingLoops()

    def look(self, *near, progress=0, others=()):
        """Whether each timer has fired often enough without effect."""
        queues = SimpleNamespace(progress=progress)
        runs = {one.thread.tid: one.thread.runs for one in near} | dict(others)
        return self._loops.fruitless(near, Snapshot("", queues, near), runs)


def test_two_rounds_without_effect_are_enough():
    """The first look begins to count; looking again before the timer fires counts nothing."""
    program = Program()

    assert [program.look(timed(runs=runs)) for runs in (1, 1, 2, 2, 3)] == [False, False, False, False, True]


def test_an_effect_on_the_sockets_begins_anew():
    program = Program()

    found = [program.look(timed(runs=runs), progress=progress) for runs, progress in ((1, 0), (2, 0), (3, 1), (4, 1))]

    assert found == [False] * 4
    assert program.look(timed(runs=5), progress=1)


def test_a_thread_without_a_timer_that_ran_is_an_effect():
    """The loop woke it."""
    program = Program()

    found = [program.look(timed(runs=runs), others=[(2, other)]) for runs, other in ((1, 1), (2, 1), (3, 2), (4, 2))]

    assert found == [False] * 4
    assert program.look(timed(runs=5), others=[(2, 2)])


def test_a_loop_that_waits_at_another_place_does_something_else_now():
    program = Program()

    assert [program.look(timed(runs=runs)) for runs in (1, 2)] == [False, False]
    assert not program.look(timed(runs=3, place=ELSEWHERE))
    assert not program.look(timed(runs=4, place=ELSEWHERE))


def test_every_timer_has_to_fire():
    """The slowest decides."""
    program = Program()
    rounds = [(1, 1), (2, 1), (3, 1), (4, 2), (5, 3)]

    assert [program.look(timed(1, fast), timed(2, slow)) for fast, slow in rounds] == [False] * 4 + [True]


def test_a_timer_that_was_not_there_begins_the_count_anew():
    program = Program()
    for runs in (1, 2):
        program.look(timed(1, runs))

    assert not program.look(timed(1, 3), timed(2, 1))


def test_where_the_sockets_were_not_read_nothing_is_counted():
    assert not PollingLoops().fruitless([timed()], Snapshot(""), {1: 1})


@pytest.mark.parametrize(
    ("one", "works"),
    [
        (timed(kind="sleep", place=ELSEWHERE), True),
        (timed(kind="sleep", place=HERE), False),
        (timed(kind="io", place=ELSEWHERE), False),
        (timed(kind="sleep", place=ELSEWHERE, runs=1, runs_at_mark=1), False),
        (timed(kind="sleep", place_at_mark=None), True),
    ],
    ids=["came to another sleep", "the same sleep", "waits for a socket", "did not run", "is new"],
)
def test_a_plain_sleep_that_was_come_to_since_is_a_step_of_work(one, works):
    assert at_work(one) is works


def test_a_thread_at_work_is_no_idle_loop():
    """It sleeps between two steps, and the next one may say something."""
    program = Program()

    assert [program.look(timed(runs=runs, kind="sleep", place=ELSEWHERE)) for runs in range(1, 8)] == [False] * 7
