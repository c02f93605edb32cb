"""A hearing: whatever a check does becomes one word, and its server is always ended."""

import pytest

from batepapo.errors import ConformanceFailure, ServerDidNotStart, ServerDied, Undecided
from batepapo.execution.attempt import hear
from batepapo.testbed.transcript import Transcript


class Room:
    """What a hearing uses of a room."""

    def __init__(self):
        self.transcript = Transcript()
        self.remarks = ["a remark"]
        self.typed = True
        self.program = "server"
        self.rate = 1.0
        self.spent_s = {"start": 0.05, "settle": 0.001, "stop": 0.003}
        self.closed = False

    def output(self):
        """The server's last lines."""
        return ["listening"]

    def conclude(self):
        """Look whether the server is still there."""

    def close(self):
        """End the server."""
        self.closed = True


def raises(error):
    """A check that raises."""

    def check(room):
        raise error

    return check


@pytest.mark.parametrize(
    ("error", "word", "expected"),
    [
        (ConformanceFailure("ana hears 'oi'"), "fail", "ana hears 'oi'"),
        (ServerDied("the server goes on running", ["it ended"]), "fail", "the server goes on running"),
        (Undecided("bia hears 'oi'"), "blocked", "bia hears 'oi'"),
        (AssertionError("ana heard herself"), "fail", "ana heard herself"),
        (ServerDidNotStart("the server ended"), "fail", "the server starts, as it did before"),
        (KeyError("ours"), "harness_error", "KeyError: 'ours'"),
    ],
)
def test_the_type_of_an_exception_says_whose_fault_it_is(error, word, expected):
    """A student never pays for our bug."""
    room = Room()

    hearing = hear(raises(error), room)

    assert (hearing.word, hearing.expected) == (word, expected)
    assert room.closed


def test_a_check_that_returns_has_passed():
    """With what the room remarked and the server printed."""
    hearing = hear(lambda room: None, Room())

    assert hearing.word == "pass"
    assert hearing.remarks == ("a remark",)
    assert hearing.output == ("listening",)
    assert hearing.spent == {"start": 0.05, "settle": 0.001, "stop": 0.003}


def test_ctrl_c_ends_the_run_and_the_server():
    """It is no verdict."""
    room = Room()

    with pytest.raises(KeyboardInterrupt):
        hear(raises(KeyboardInterrupt()), room)

    assert room.closed


def test_our_own_error_keeps_its_traceback():
    """Somebody has to mend it."""
    hearing = hear(raises(ZeroDivisionError("ours")), Room())

    assert any("test_attempt.py" in line for line in hearing.heard)
