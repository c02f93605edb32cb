"""The reporter: verdicts as they come, in the results file, in pytest's words and in the exit status."""

from types import SimpleNamespace

import pytest

from batepapo.plugin.reporter import Reporter
from batepapo.verdicts.clause import Clause
from batepapo.verdicts.facts import Facts, StartFailure, store
from batepapo.verdicts.results import as_record, read
from batepapo.verdicts.verdict import FAIL, HARNESS_ERROR, PASS, UNSTABLE, WORDS, Verdict

CLAUSE = Clause("CAST-1", (), (), ("must",), False, False, False, "a title", "")
FACTS = Facts(command="python server.py", dialect="x")


@pytest.fixture
def reporter(tmp_path):
    """One that knows a check, and writes a file."""
    reporter = Reporter({"test_it.py::test_0": CLAUSE}, str(tmp_path / "results.jsonl"), tmp_path)
    yield reporter
    reporter.pytest_unconfigure()


def report(verdict=None, *, nodeid="test_it.py::test_0", failed=False):
    """What pytest hands on of an item; with its verdict, if it came to one."""
    made = SimpleNamespace(nodeid=nodeid, failed=failed, passed=not failed, longreprtext="the worker crashed")
    if verdict is not None:
        made.batepapo = as_record(verdict)
    return made


def status_after(reporter, status=0):
    """The exit status that the session ends with."""
    session = SimpleNamespace(exitstatus=status)
    reporter.pytest_sessionfinish(session)
    return session.exitstatus


def test_a_verdict_is_in_the_file_at_once(reporter, tmp_path):
    """What was decided survives a kill of the run."""
    reporter.announce(FACTS)

    reporter.pytest_runtest_logreport(report(Verdict("CAST-1", PASS)))

    assert read(tmp_path / "results.jsonl") == (FACTS, [Verdict("CAST-1", PASS)])


def test_the_facts_that_a_worker_found_are_taken_over(reporter, tmp_path):
    """They travel once, through the folder of the run, and not on each report."""
    store(FACTS, tmp_path)

    reporter.pytest_runtest_logreport(report(Verdict("CAST-1", PASS)))

    assert read(tmp_path / "results.jsonl")[0] == FACTS


def test_what_crashed_before_anything_was_found_is_written_when_it_is(reporter, tmp_path):
    """The first worker crashed; the second told what is judged."""
    reporter.pytest_runtest_logreport(report(failed=True))
    store(FACTS, tmp_path)

    reporter.pytest_runtest_logreport(report(Verdict("JOIN-1", PASS), nodeid="test_it.py::test_1"))

    words = {verdict.id: verdict.word for verdict in read(tmp_path / "results.jsonl")[1]}
    assert words == {"CAST-1": HARNESS_ERROR, "JOIN-1": PASS}
    assert status_after(reporter) == 3


def test_a_test_that_is_no_check_is_none_of_ours(reporter):
    """It makes pytest's run red, and no verdict."""
    reporter.announce(FACTS)
    reporter.pytest_runtest_logreport(report(nodeid="theirs.py::test_it", failed=True))
    reporter.pytest_runtest_logreport(report(Verdict("CAST-1", PASS)))

    assert status_after(reporter, 1) == 1


@pytest.mark.parametrize(
    ("facts", "verdict", "status"),
    [
        (FACTS, Verdict("CAST-1", PASS), 0),
        (FACTS, Verdict("CAST-1", FAIL), 1),
        (Facts(command="s", start_error=StartFailure("it ended")), Verdict("LISTEN-1", FAIL), 10),
        (FACTS, Verdict("CAST-1", HARNESS_ERROR), 3),
    ],
)
def test_the_exit_status_is_that_of_the_verdicts_and_the_facts(reporter, facts, verdict, status):
    """Whatever pytest made of it."""
    reporter.announce(facts)
    reporter.pytest_runtest_logreport(report(verdict))

    assert status_after(reporter, 1) == status


@pytest.mark.parametrize("status", [2, 4, 5])
def test_an_interrupted_or_refused_run_keeps_its_status(reporter, status):
    """There is no verdict on it."""
    reporter.announce(FACTS)
    reporter.pytest_runtest_logreport(report(Verdict("CAST-1", PASS)))

    assert status_after(reporter, status) == status


@pytest.mark.parametrize("word", WORDS)
def test_every_verdict_has_a_word_of_pytest(reporter, word):
    """A category, a letter and a label, each its own."""
    category, letter, label = reporter.pytest_report_teststatus(
        report(Verdict("CAST-1", word), failed=word in (FAIL, UNSTABLE))
    )

    assert category in ("passed", "failed", "skipped", "error")
    assert len(letter) == 1
    assert label == label.upper()


def test_a_breach_that_costs_nothing_is_no_failure(reporter):
    """A SHOULD and a MAY pass in pytest's eyes, with a letter of their own."""
    shown = [
        reporter.pytest_report_teststatus(report(Verdict("CAST-9", FAIL, level=level))) for level in ("should", "may")
    ]

    assert shown == [("passed", "s", "SHOULD NOT"), ("passed", "m", "REMARK")]
