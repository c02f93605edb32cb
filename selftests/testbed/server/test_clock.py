"""The server's clock: seconds of theirs and ours, and when what was seen is not to be relied on."""

import math

import pytest

from batepapo.errors import Undecided
from batepapo.testbed.server.clock import ServerClock


class Fast:
    """A fast clock that is read by the server, or is not."""

    rate = 30.0

    def __init__(self, *, was_touched):
        self.was_touched = was_touched


def test_seconds_are_converted_by_the_rate():
    """30 s of the idle limit are one of ours."""
    clock = ServerClock(Fast(was_touched=True))

    assert (clock.rate, clock.ours_s(30.0), clock.theirs_s(1.0)) == (30.0, 1.0, 30.0)


def test_without_a_fast_clock_seconds_are_seconds():
    """And the clock can be relied on."""
    clock = ServerClock()

    clock.is_relied_on(12.0)

    assert (clock.rate, clock.ours_s(30.0), clock.theirs_s(30.0)) == (1.0, 30.0, 30.0)
    assert (clock.used, clock.in_time_until_s) == (True, 12.0)


def test_nothing_comes_too_late_before_time_was_waited_out():
    """A check that never waits has no end of its waiting."""
    assert (ServerClock().used, ServerClock().in_time_until_s) == (False, math.inf)


def test_a_fast_clock_that_the_server_does_not_read_decides_nothing():
    """Its time passes as ours does: what was seen then came thirty times too early. That it was tried is known."""
    clock = ServerClock(Fast(was_touched=False))

    with pytest.raises(Undecided, match="does not reach this server"):
        clock.is_relied_on(12.0)

    assert clock.used
