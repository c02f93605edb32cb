"""The law: two attempts make one verdict, and verdicts make an exit status."""

import pytest

from batepapo.verdicts.verdict import (
    BLOCKED,
    BROKEN,
    FAIL,
    HARNESS_ERROR,
    INVALID,
    NOT_APPLICABLE,
    OK,
    PASS,
    UNSTABLE,
    Attempt,
    Verdict,
    combine,
    exit_status,
)


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        (FAIL, FAIL, FAIL),
        (BLOCKED, BLOCKED, BLOCKED),
        (FAIL, PASS, UNSTABLE),
        (BLOCKED, PASS, UNSTABLE),
        (FAIL, BLOCKED, UNSTABLE),
        (BLOCKED, FAIL, UNSTABLE),
        (HARNESS_ERROR, PASS, HARNESS_ERROR),
        (FAIL, HARNESS_ERROR, HARNESS_ERROR),
    ],
)
def test_a_second_hearing_never_turns_red_into_green(first, second, verdict):
    """Twice the same is that; whatever differs is unstable, and our own errors hide behind nothing."""
    assert combine([Attempt(first), Attempt(second)]) == verdict


def test_one_hearing_that_passed_is_a_pass():
    """Only what does not pass is heard again."""
    assert combine([Attempt(PASS)]) == PASS


@pytest.mark.parametrize(
    ("words", "whole", "status"),
    [
        ({"CAST-1": PASS, "JOIN-1": NOT_APPLICABLE}, True, OK),
        ({"CAST-1": PASS, "JOIN-1": FAIL}, True, BROKEN),
        ({"CAST-1": PASS, "JOIN-1": UNSTABLE}, True, BROKEN),
        ({"CAST-1": PASS, "JOIN-1": BLOCKED}, True, BROKEN),
        ({"CAST-1": FAIL, "JOIN-1": HARNESS_ERROR}, True, INVALID),
        ({"CAST-1": NOT_APPLICABLE, "JOIN-1": PASS}, True, BROKEN),
        ({"JOIN-1": PASS}, False, OK),
    ],
)
def test_the_exit_status_says_what_the_verdicts_mean(words, whole, status):
    """A whole run in which no message was seen to arrive is no success."""
    verdicts = [Verdict(id, word) for id, word in words.items()]

    assert exit_status(verdicts, whole_selection=whole) == status


def test_a_should_or_a_may_is_never_red():
    """Only a MUST costs the exit status."""
    verdicts = [
        Verdict("CAST-1", PASS),
        Verdict("LISTEN-4", FAIL, level="should"),
        Verdict("JOIN-6", FAIL, level="may"),
    ]

    assert exit_status(verdicts, whole_selection=True) == OK
