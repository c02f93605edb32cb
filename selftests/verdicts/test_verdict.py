"""The law: two attempts make one verdict."""

import pytest

from batepapo.verdicts.verdict import BLOCKED, FAIL, HARNESS_ERROR, PASS, UNSTABLE, Attempt, combine


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
def test_a_second_attempt_never_turns_red_into_green(first, second, verdict):
    """Twice the same is that; whatever differs is unstable, and our own errors hide behind nothing."""
    assert combine([Attempt(first), Attempt(second)]) == verdict


def test_one_attempt_that_passed_is_a_pass():
    """Only what does not pass is attempted again."""
    assert combine([Attempt(PASS)]) == PASS
