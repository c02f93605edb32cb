"""Hearings ahead of pytest: side by side, joined in any order, and all ended when the run is."""

import sys
import threading

import pytest

from batepapo.execution.side_by_side import AT_A_TIME, Ahead
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


class Court:
    """Judges by calling the check with a room."""

    def __init__(self, foregone=()):
        self.rooms = []
        self._foregone = foregone

    def foregone(self, clause):
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
    """Begins hearings, and ends them with the test."""
    begun = []

    def begin_them(court, checks):
        begun.append(Ahead(court, checks))
        return begun[-1]

    yield begin_them
    for ahead in begun:
        ahead.close()


def test_they_are_heard_side_by_side_and_joined_in_any_order(begin):
    """Each waits until all are there; one after the other they would wait for ever."""
    barrier = threading.Barrier(AT_A_TIME, timeout=LONG_S)
    clauses = [clause(number) for number in range(AT_A_TIME)]

    ahead = begin(Court(), [(each, lambda room: barrier.wait()) for each in clauses])

    assert [ahead.verdict(each).id for each in reversed(clauses)] == [each.id for each in reversed(clauses)]


def test_a_foregone_verdict_is_not_heard(begin):
    """It starts no server."""
    court = Court(foregone=["CAST-1"])

    ahead = begin(court, [(clause(1), lambda room: None)])

    assert clause(1) not in ahead
    assert court.rooms == []


def test_the_end_of_the_run_ends_all_of_them(begin):
    """What is being heard is cancelled, and what waits its turn never begins."""
    court = Court()
    began = threading.Semaphore(0)

    def check(room):
        began.release()
        assert room.cancelled.wait(LONG_S)

    before = sys.getswitchinterval()
    ahead = begin(court, [(clause(number), check) for number in range(3 * AT_A_TIME)])
    for _ in range(AT_A_TIME):
        assert began.acquire(timeout=LONG_S)

    ahead.close()

    assert len(court.rooms) == AT_A_TIME
    assert all(room.cancelled.is_set() for room in court.rooms)
    assert not any(thread.name.startswith("hearing") for thread in threading.enumerate())
    assert sys.getswitchinterval() == before


def test_what_is_raised_in_a_hearing_is_raised_where_it_is_joined(begin):
    """An error of ours must not be lost in a thread."""

    def check(room):
        raise ZeroDivisionError("ours")

    ahead = begin(Court(), [(clause(1), check)])

    with pytest.raises(ZeroDivisionError, match="ours"):
        ahead.verdict(clause(1))
