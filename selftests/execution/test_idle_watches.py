"""Watches: all waiting for the idle limit overlaps, in one process, and ends when the run ends."""

import re

import pytest

from batepapo.errors import ConformanceFailure, Undecided
from batepapo.execution.idle_watches import IdleWatch
from batepapo.verdicts.clause import Clause
from selftests.bounded import bounded, odd
from selftests.judging import dialect_file, reference

pytestmark = pytest.mark.runs

IDLE_S = 3.0  # on a slow machine people need a second to gather, and two thirds of the limit are waited out


@pytest.fixture
def short(tmp_path):
    """The echo dialect with a short idle limit."""
    return dialect_file("tchau", tmp_path, seconds=f"{IDLE_S:g}")


def seconds_of(run):
    """Return how long pytest took, by its last line."""
    return float(re.findall(r" in ([\d.]+)s", run.output)[-1])


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "two workers"])
def test_all_waits_overlap(short, tmp_path, workers):
    """Six clauses take less than twice what the longest takes; with workers, too, so they went to one."""
    run = bounded(
        reference("tchau", idle_s=IDLE_S), short, tmp_path, "--clauses", "IDLE,ECHO-1", pytest=("-v", *workers)
    ).run

    assert set(run.words().values()) == {"pass"}, run.output
    waits = [verdict.seconds for verdict in run.verdicts if verdict.id.startswith("IDLE")]
    assert len(waits) == 6
    start_up_s = 2 * run.facts.machine_factor  # measuring the machine, finding the framing, starting workers
    assert seconds_of(run) - start_up_s < 2 * max(waits) < sum(waits), run.output
    workers_of_idle = set(re.findall(r"\[(gw\d+)\].*test_idle\.py::", run.output))
    assert len(workers_of_idle) == bool(workers), run.output


@pytest.mark.slow
def test_a_watch_that_fails_is_heard_twice_at_the_same_time(short, tmp_path):
    """Both attempts stand in the results, and the second did not begin after the first."""
    run = bounded(reference("tchau", idle_s=60), short, tmp_path, "--clauses", "IDLE-1").run

    (verdict,) = run.verdicts
    assert verdict.word == "fail", run.output
    assert len(verdict.attempts) == 2
    assert seconds_of(run) < sum(attempt.seconds for attempt in verdict.attempts)


def test_x_ends_the_watches(tmp_path):
    """The first failure ends the run in seconds, although the idle limit is 30 s."""
    measured = bounded(odd("deaf"), "tchau", tmp_path, "--clauses", "LISTEN-1,ECHO-1,IDLE", pytest=("-x",))

    assert measured.run.status == 1, measured.run.output
    assert measured.run.words() == {"ECHO-1": "fail"}
    assert seconds_of(measured.run) < 25
    assert measured.left_over == ()


def test_collecting_starts_no_watch(tmp_path):
    """No server is started to be waited for."""
    trace = tmp_path / "started"

    measured = bounded(
        f"touch {trace}", "tchau", tmp_path, "--in-place", "--clauses", "IDLE", pytest=("--collect-only", "-q")
    )

    assert measured.run.output.count("test_idle.py::") == 6
    assert not trace.exists()
    assert measured.left_over == ()


def test_watches_of_a_server_that_never_started_are_blocked_at_once(tmp_path):
    """Nothing is waited for."""
    measured = bounded(odd("ends"), "tchau", tmp_path, "--clauses", "LISTEN-1,IDLE")

    assert measured.run.status == 10
    assert set(measured.run.words().values()) == {"fail", "blocked"}
    assert seconds_of(measured.run) < 15


CLAUSE = Clause("IDLE-1", (), (), ("must",), True, False, False, "a title", "")


class Factory:
    """Furnishes nothing: every room is an error of ours."""

    def __init__(self, fast_clock):
        self.fast_clock = fast_clock

    def room(self, clause, attempt, fast=None):
        """No descriptor is left."""
        raise OSError(24, "Too many open files")


class Unwatched:
    """A room in which a check does as it likes."""

    remarks = ()
    rate = 1.0
    program = "server"

    def __init__(self):
        self.spent_s = {}
        self.transcript = self

    def lines(self):
        """No conversation."""
        return ()

    def output(self):
        """Nothing was printed."""
        return ()

    def conclude(self):
        """Nothing is looked at."""

    cancel = close = conclude


class Judge:
    """Says what it was given."""

    def __init__(self, fast_clock=lambda: None):
        self.factory = Factory(fast_clock)

    def decide(self, clause, attempts):
        """The attempts themselves."""
        return attempts


def no_memory():
    """A fast clock that cannot be made."""
    raise OSError(12, "Cannot allocate memory")


@pytest.mark.parametrize(
    ("judge", "words"),
    [(Judge(), ["harness_error"]), (Judge(no_memory), ["harness_error"])],
    ids=["on the real clock", "on the fast clock"],
)
def test_an_error_of_ours_in_a_thread_is_a_harness_error_with_its_traceback(judge, words):
    """It was lost with its thread, and the verdict ended in an IndexError."""
    watch = IdleWatch(judge, CLAUSE, lambda room: None)
    watch.start()

    attempts = watch.verdict()

    assert [attempt.word for attempt in attempts] == words
    assert any("OSError" in line for line in attempts[0].heard)


def test_a_watch_that_was_cancelled_before_it_began_is_blocked():
    """Nothing was attempted, so nothing is said of anybody."""
    watch = IdleWatch(Judge(), CLAUSE, lambda room: None)
    watch.cancel()
    watch.start()

    assert [attempt.word for attempt in watch.verdict()] == ["blocked"]


@pytest.mark.parametrize(
    ("outcomes", "words"),
    [
        ({1: "pass", 2: "fail"}, ["pass"]),
        ({1: "fail", 2: "fail"}, ["fail", "fail"]),
        ({1: "blocked", 2: "fail", 3: "fail"}, ["blocked", "fail", "fail"]),
        ({1: "fail", 2: "blocked", 3: "blocked"}, ["fail", "blocked", "blocked"]),
    ],
)
def test_a_third_attempt_begins_where_two_decide_nothing(outcomes, words):
    """The first two run side by side, whatever comes of the first."""
    judge, made = Judge(), []

    def room(_clause, attempt, _fast=None):
        one = Unwatched()
        one.outcome = outcomes[attempt]
        made.append(attempt)
        return one

    def check(room):
        if room.outcome == "fail":
            raise ConformanceFailure("it")
        if room.outcome == "blocked":
            raise Undecided("it")

    judge.factory.room = room
    watch = IdleWatch(judge, CLAUSE, check)
    watch.start()

    attempts = watch.verdict()
    watch.end()

    assert [attempt.word for attempt in attempts] == words
    assert sorted(made) == sorted(outcomes)
