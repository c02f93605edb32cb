"""An attempt: whatever a check does becomes one word, and its server is always ended."""

import pytest

from batepapo.errors import (
    ClientDidNotConnect,
    ConformanceFailure,
    ProgramDidNotStart,
    ServerDidNotStart,
    ServerDied,
    Undecided,
)
from batepapo.execution.attempt import run_check
from batepapo.testbed.transcript import Transcript


class Room:
    """What an attempt uses of a room."""

    def __init__(self):
        self.transcript = Transcript()
        self.remarks = ["a remark"]
        self.stdin_is_terminal = True
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

    attempt = run_check(raises(error), room)

    assert (attempt.word, attempt.expected) == (word, expected)
    assert room.closed


def test_a_check_that_returns_has_passed():
    """With what the room remarked and the server printed."""
    attempt = run_check(lambda room: None, Room())

    assert attempt.word == "pass"
    assert attempt.remarks == ("a remark",)
    assert attempt.output == ("listening",)
    assert attempt.spent == {"start": 0.05, "settle": 0.001, "stop": 0.003}


def test_ctrl_c_ends_the_run_and_the_server():
    """It is no verdict."""
    room = Room()

    with pytest.raises(KeyboardInterrupt):
        run_check(raises(KeyboardInterrupt()), room)

    assert room.closed


def test_our_own_error_keeps_its_traceback():
    """Somebody has to mend it."""
    attempt = run_check(raises(ZeroDivisionError("ours")), Room())

    assert any("test_attempt.py" in line for line in attempt.heard)


def test_output_that_cannot_be_read_is_our_error_and_the_server_is_ended():
    """Nothing leaks, and nobody is accused."""
    room = Room()
    room.output = lambda: (_ for _ in ()).throw(OSError("the terminal is gone"))

    attempt = run_check(raises(ConformanceFailure("ana hears 'oi'")), room)

    assert (attempt.word, attempt.expected) == ("harness_error", "OSError: the terminal is gone")
    assert room.closed


def test_a_server_that_cannot_be_ended_is_our_error():
    """Its keeper does not answer: the run is not valid."""
    room = Room()
    room.close = lambda: (_ for _ in ()).throw(OSError("no answer"))

    attempt = run_check(lambda room: None, room)

    assert (attempt.word, attempt.output) == ("harness_error", ("listening",))


@pytest.mark.parametrize("error", [ProgramDidNotStart("it cannot be run"), ClientDidNotConnect("it never dialled")])
def test_a_client_that_does_not_start_is_called_a_client(error):
    """The same class of error for both programs; the testbed knows which it is."""
    room = Room()
    room.program = "client"

    attempt = run_check(raises(error), room)

    assert (attempt.word, attempt.expected) == ("fail", "the client starts, as it did before")
