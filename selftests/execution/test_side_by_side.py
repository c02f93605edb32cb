"""Attempts side by side, joined in any order, and all ended when the run is."""

import sys
import threading

import pytest

from batepapo.execution.side_by_side import AT_A_TIME, SideBySide
from batepapo.verdicts.clause import Clause
from batepapo.verdicts.verdict import PASS, Verdict

LONG_S = 30.0


def clause(number):
    """A clause of this number."""
    return Clause(f"CAST-{number}", (), (), ("must",), False, False, False, "a title", "")


class Room:
    """What is cancelled."""

    def __init__(self):
        self.cancelled = threading.Event()

    def cancel(self):
        """End every wait."""
        self.cancelled.set()


class Judge:
    """Judges by calling the check with a room."""

    def __init__(self, decided_in_advance=()):
        self.rooms = []
        self._foregone = decided_in_advance

    def decided_in_advance(self, clause):
        """Those named when it was made."""
        return Verdict(clause.id, "not_applicable") if clause.id in self._foregone else None

    def judge(self, clause, check, opened):
        """Pass when the check returns."""
        room = Room()
        self.rooms.append(room)
        opened(room)
        check(room)
        return Verdict(clause.id, PASS)


@pytest.fixture
def begin():
    """Begins attempts, and ends them with the test."""
    begun = []

    def begin_them(judge, checks):
        begun.append(SideBySide(judge, checks))
        return begun[-1]

    yield begin_them
    for side_by_side in begun:
        side_by_side.close()


def test_they_run_side_by_side_and_joined_in_any_order(begin):
    """Each waits until all are there; one after the other they would wait for ever."""
    barrier = threading.Barrier(AT_A_TIME, timeout=LONG_S)
    clauses = [clause(number) for number in range(AT_A_TIME)]

    side_by_side = begin(Judge(), [(each, lambda room: barrier.wait()) for each in clauses])

    assert [side_by_side.verdict(each).id for each in reversed(clauses)] == [each.id for each in reversed(clauses)]


def test_what_is_decided_in_advance_is_not_attempted(begin):
    """It starts no server."""
    judge = Judge(decided_in_advance=["CAST-1"])

    side_by_side = begin(judge, [(clause(1), lambda room: None)])

    assert clause(1) not in side_by_side
    assert judge.rooms == []


def test_the_end_of_the_run_ends_all_of_them(begin):
    """What is under way is cancelled, and what waits its turn never begins."""
    judge = Judge()
    began = threading.Semaphore(0)

    def check(room):
        began.release()
        assert room.cancelled.wait(LONG_S)

    before = sys.getswitchinterval()
    side_by_side = begin(judge, [(clause(number), check) for number in range(3 * AT_A_TIME)])
    for _ in range(AT_A_TIME):
        assert began.acquire(timeout=LONG_S)

    side_by_side.close()

    assert len(judge.rooms) == AT_A_TIME
    assert all(room.cancelled.is_set() for room in judge.rooms)
    assert not any(thread.name.startswith("attempt") for thread in threading.enumerate())
    assert sys.getswitchinterval() == before


def test_what_is_raised_in_a_hearing_is_raised_where_it_is_joined(begin):
    """An error of ours must not be lost in a thread."""

    def check(room):
        raise ZeroDivisionError("ours")

    side_by_side = begin(Judge(), [(clause(1), check)])

    with pytest.raises(ZeroDivisionError, match="ours"):
        side_by_side.verdict(clause(1))


def test_a_verdict_that_ends_by_a_time_out_is_raised_and_not_waited_for_again(begin):
    """From 3.11 on the pool's own time-out is the builtin one: a judge that raises it must not be asked for ever."""

    def check(room):
        raise TimeoutError("ours")

    side_by_side = begin(Judge(), [(clause(1), check)])

    with pytest.raises(TimeoutError, match="ours"):
        side_by_side.verdict(clause(1))
