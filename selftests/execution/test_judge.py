"""From a check to its verdict: what is decided in advance, how many attempts there are, and what is said of them."""

from dataclasses import replace

import pytest

from batepapo.errors import ConformanceFailure, Undecided
from batepapo.execution.judge import Judge
from batepapo.protocol.dialect_file import load
from batepapo.protocol.framing import Framing
from batepapo.testbed.transcript import Transcript
from batepapo.under_test.command import Command
from batepapo.under_test.target import Target
from batepapo.verdicts.clause import Clause
from batepapo.verdicts.facts import Facts, StartFailure

CLAUSE = Clause("CAST-1", (), ("JOIN-1",), ("must",), False, False, False, "a title", "some advice")


class Room:
    """What an attempt uses of a room."""

    program = "server"
    stdin_is_terminal = True
    rate = 1.0
    remarks = ()

    def __init__(self):
        self.transcript = Transcript()
        self.spent_s = {"start": 0.0}
        self.closed = False

    def output(self):
        """Nothing was printed."""
        return []

    def conclude(self):
        """The server is still there."""

    def close(self):
        """End the server."""
        self.closed = True


class Factory:
    """Furnishes rooms of nothing, and remembers them."""

    def __init__(self, dialect="sair", framing=Framing.LINE, target=None, dials_ipv4=True):
        self.dialect = load(dialect)
        self.framing = framing
        self.target = target or Target(server=Command("server", ("server",), "/", {}))
        self.dials_ipv4 = dials_ipv4
        self.made = []

    def testbed(self, clause, attempt):
        """A fresh one, which knows which attempt it is for."""
        self.made.append((clause.id, attempt))
        return Room()


class Runner:
    """Is closed with the judge."""

    closed = False

    def close(self):
        """End what runs."""
        self.closed = True


def judge_of(factory=None, **facts):
    """A judge of a run of which this is true."""
    return Judge(Runner(), Facts(**facts), factory or Factory())


def answers(*outcomes):
    """A check that ends in turn as said: None passes, an exception is raised."""
    left = list(outcomes)

    def check(room):
        outcome = left.pop(0)
        if outcome is not None:
            raise outcome

    return check


FAILS, BLOCKS = ConformanceFailure("ana hears 'oi'", ["nothing"]), Undecided("bia came")


@pytest.mark.parametrize(
    ("outcomes", "word", "reason", "attempts"),
    [
        ((None,), "pass", "", 1),
        ((FAILS, FAILS), "fail", "ana hears 'oi'; instead: nothing", 2),
        ((FAILS, None), "unstable", "fail, then pass: ana hears 'oi'; instead: nothing", 2),
        ((BLOCKS, BLOCKS), "blocked", "blocked: needs JOIN-1: bia came", 2),
        ((BLOCKS, None, None), "pass", "", 3),
        ((BLOCKS, FAILS, FAILS), "fail", "ana hears 'oi'; instead: nothing", 3),
        ((FAILS, BLOCKS, BLOCKS), "unstable", "fail, then blocked, then blocked: ana hears 'oi'", 3),
        ((KeyError("ours"),), "harness_error", "KeyError: 'ours'; instead:", 1),
        ((FAILS, KeyError("ours")), "harness_error", "fail, then harness_error: KeyError: 'ours'; instead:", 2),
    ],
)
def test_a_check_is_attempted_on_fresh_testbeds_until_that_decides_it(outcomes, word, reason, attempts):
    """And the reason says what they came to."""
    factory = Factory()

    verdict = judge_of(factory).judge(CLAUSE, answers(*outcomes))

    assert verdict.word == word
    assert verdict.reason.startswith(reason)
    assert factory.made == [("CAST-1", number + 1) for number in range(attempts)]
    assert (verdict.title, verdict.advice) == ("a title", "some advice")


def test_the_testbed_of_the_first_attempt_may_be_there_already():
    """The fixture of a check is used, and the second attempt gets a fresh one."""
    factory, first, opened = Factory(), Room(), []

    judge_of(factory).judge(CLAUSE, answers(FAILS, FAILS), opened.append, first)

    assert opened[0] is first
    assert factory.made == [("CAST-1", 2)]
    assert all(room.closed for room in opened)


@pytest.mark.parametrize(
    ("changes", "factory", "facts", "reason"),
    [
        ({"applies": ("echo",)}, Factory(), {}, "the dialect sair has no echo"),
        (
            {"applies": ("idle",)},
            Factory(),
            {"not_offered": ("idle",)},
            "the dialect sair has no idle limit (not",
        ),
        ({"ruled_out": {"sair": "a reason"}}, Factory(), {}, "not asked of the dialect sair: a reason"),
        ({"process": True}, Factory(target=Target(address=("127.0.0.1", 1))), {}, "it needs the server's process"),
        ({"framed": True}, Factory(framing=Framing.RAW), {}, "over raw framing"),
        ({"of": "pair"}, Factory("ncat-chat"), {}, "no reference program speaks the dialect ncat-chat"),
        ({"of": "pair"}, Factory(target=Target(), dials_ipv4=False), {}, "the client dials IPv6"),
    ],
)
def test_what_is_not_applicable_needs_no_attempt(changes, factory, facts, reason):
    """It says why, and starts nothing."""
    verdict = judge_of(factory, **facts).decided_in_advance(replace(CLAUSE, **changes))

    assert (verdict.word, verdict.reason.startswith(reason)) == ("not_applicable", True), verdict.reason
    assert factory.made == []


def test_what_can_be_asked_is_not_decided_in_advance():
    """It is left to the check."""
    assert judge_of().decided_in_advance(CLAUSE) is None


@pytest.mark.parametrize(
    ("of", "first", "facts"),
    [
        ("server", "LISTEN-1", {"start_error": StartFailure("it ended", ("last words",))}),
        ("client", "CLIENT-1", {"client_error": StartFailure("it ended", ("last words",))}),
    ],
)
def test_a_program_that_never_came_fails_one_clause_and_blocks_the_others(of, first, facts):
    """The one that states it; its attempt says that the program did not start, and which it was."""
    judge = judge_of(**facts)

    failed = judge.decided_in_advance(replace(CLAUSE, id=first, of=of))
    blocked = judge.decided_in_advance(replace(CLAUSE, of=of))

    assert (failed.word, failed.reason, failed.attempts[0].output) == ("fail", "it ended", ("last words",))
    assert (failed.attempts[0].started, failed.attempts[0].program) == (False, of)
    assert (blocked.word, blocked.needs) == ("blocked", (first,))


def test_where_it_cannot_be_seen_nobody_is_accused():
    """A client that dials where we may not look is blocked, also in the clause that would state it."""
    judge = judge_of(client_error=StartFailure("it came to none of the ports", unseen=True))

    assert judge.decided_in_advance(replace(CLAUSE, id="CLIENT-1", of="client")).word == "blocked"


@pytest.mark.parametrize(
    ("target", "network", "one_at_a_time"),
    [(Target(), "own", False), (Target(), "shared", True), (Target(address=("127.0.0.1", 1)), "own", True)],
)
def test_servers_that_share_something_run_one_after_another(target, network, one_at_a_time):
    """The loopback of the machine, or one server for all checks."""
    assert judge_of(Factory(target=target), network=network).one_at_a_time is one_at_a_time


def test_the_runner_is_closed_with_the_judge():
    """Nothing runs on."""
    judge = judge_of()

    judge.close()

    assert judge._runner.closed
