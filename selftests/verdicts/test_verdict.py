"""The law: how the attempts of a check make one verdict."""

import itertools

import pytest

from batepapo.verdicts.verdict import (
    BLOCKED,
    FAIL,
    HARNESS_ERROR,
    MOST_ATTEMPTS,
    PASS,
    UNSTABLE,
    Attempt,
    Verdict,
    another_is_needed,
    combine,
    decisive,
)

P, F, B, H = PASS, FAIL, BLOCKED, HARNESS_ERROR
LAW = {
    (P,): PASS,
    (F, F): FAIL,
    (F, P): UNSTABLE,
    (F, B, P): UNSTABLE,
    (F, B, F): FAIL,
    (F, B, B): UNSTABLE,
    (B, B): BLOCKED,
    (B, P, P): PASS,
    (B, P, F): UNSTABLE,
    (B, P, B): BLOCKED,
    (B, F, P): UNSTABLE,
    (B, F, F): FAIL,
    (B, F, B): UNSTABLE,
    (H,): HARNESS_ERROR,
    (F, H): HARNESS_ERROR,
    (B, H): HARNESS_ERROR,
    (F, B, H): HARNESS_ERROR,
    (B, P, H): HARNESS_ERROR,
    (B, F, H): HARNESS_ERROR,
}


def attempts(words):
    """Attempts that came to this, each with a reason of its own."""
    return tuple(Attempt(word, f"the {number}.") for number, word in enumerate(words, 1))


def runs():
    """Every run of attempts that can happen: another one as long as one is needed."""
    for outcomes in itertools.product((P, F, B, H), repeat=MOST_ATTEMPTS):
        words = []
        while another_is_needed(attempts(words)):
            words.append(outcomes[len(words)])
        yield tuple(words)


def test_the_law_knows_every_run_of_attempts():
    """And no run of it has an attempt too many."""
    assert set(runs()) == set(LAW)


@pytest.mark.parametrize("words", LAW)
def test_attempts_make_one_verdict(words):
    """No other attempt turns a fail into a pass, and one that was blocked decides nothing."""
    assert combine(attempts(words)) == LAW[words]


@pytest.mark.parametrize("words", [(F,), (B,), (B, P), (F, B), (B, F)])
def test_a_run_that_was_ended_before_it_was_decided_says_nothing_better(words):
    assert combine(attempts(words)) != PASS


@pytest.mark.parametrize(
    ("words", "which"), [((P,), 1), ((F, F), 1), ((B, F, F), 2), ((F, P), 1), ((B, P, B), 3), ((F, B, B), 1)]
)
def test_the_reason_is_that_of_the_attempt_that_says_it(words, which):
    """Blocked is by what the last one names."""
    assert decisive(LAW[words], attempts(words)).expected == f"the {which}."


def test_a_pass_that_was_blocked_once_is_remarked():
    """It costs nothing; a race at arrival looks like this."""
    passed = Verdict("CAST-1", PASS, attempts=attempts((B, P, P)))

    assert passed.remarks == ("passed twice, and was blocked once: the 1.",)
    assert Verdict("CAST-1", PASS, attempts=attempts((P,))).remarks == ()
    assert Verdict("CAST-1", BLOCKED, attempts=attempts((B, P, B))).remarks == ()
