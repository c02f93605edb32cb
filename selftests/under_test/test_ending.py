"""How a program ended, in one sentence."""

import signal

import pytest

from batepapo.under_test.ending import how_it_ended


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (None, "still runs"),
        (0, "ended (exit status 0)"),
        (3, "ended (exit status 3)"),
        (-11, "ended (signal SIGSEGV)"),
        (-2, "ended (signal SIGINT)"),
        (-(signal.SIGRTMIN + 1), f"ended (signal {signal.SIGRTMIN + 1})"),
    ],
)
def test_an_exit_status_or_a_signal_is_said(status, sentence):
    """A signal by its name, where it has one."""
    assert how_it_ended(status) == sentence
