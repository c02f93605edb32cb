"""What a user types and sees, at the terminal of a real program."""

import pytest

from batepapo.errors import ConformanceFailure
from selftests.testbed.client.programs import CHATS

CONNECTS = "import socket; sock = socket.create_connection(('127.0.0.1', 5555))\n"


def test_a_line_that_stands_there_twice_is_not_seen_once(terminals):
    desk = terminals(CHATS.replace("print(data.decode(), end", "print(2 * data.decode(), end"))
    ana = desk.gather("ana")
    line = desk.somebody_says(ana)

    ana.sees(line)
    with pytest.raises(ConformanceFailure, match=f"ana's screen shows {str(line)!r} once") as failure:
        ana.sees_once(line)
    assert failure.value.heard[0] == "2 times"


def test_who_never_sees_it_waits_no_longer_than_the_program_works(terminals):
    """The wait ends as soon as nothing more can come; the rows that stand there are the evidence."""
    desk = terminals(CONNECTS + "print('oi'); input()", time_limit_s=60.0)
    desk.limit_s = 50.0
    ana = desk.gather("ana")

    with pytest.raises(ConformanceFailure, match="ana's screen shows 'tchau' within 50 s") as failure:
        ana.sees("tchau")

    assert failure.value.heard == ("'oi'",)


def test_a_line_that_comes_back_stands_there_twice(terminals):
    """The first is that of the typing itself, by the echo of the terminal."""
    desk = terminals(CONNECTS + "print(input()); print(input()[::-1]); input()")
    desk.limit_s = 0.3
    ana = desk.gather("ana")

    ana.sees_back(ana.types())
    text = ana.types()
    with pytest.raises(ConformanceFailure, match=f"{text!r}, which came back"):
        ana.sees_back(text)


def test_lines_that_are_missing_are_counted(terminals):
    desk = terminals(CONNECTS + "print('um'); print('tres'); input()")
    ana = desk.gather("ana")

    with pytest.raises(ConformanceFailure) as failure:
        ana.sees_all(["um", "dois", "tres"])
    assert failure.value.heard == ("1 are missing, the first is 'dois'", "'um'", "'tres'")

    with pytest.raises(ConformanceFailure, match="in their order"):
        ana.sees_all(["tres", "um"])


def test_an_escape_sequence_is_seen_in_the_bytes(terminals):
    """On the screen it would be nothing."""
    desk = terminals(CHATS)
    ana = desk.gather("ana")
    desk.somebody_says_strangely(ana, "\x1b]2;titulo\x07")

    with pytest.raises(ConformanceFailure, match="no escape sequence of another user") as failure:
        ana.terminal_is_untouched("\x1b]2;titulo\x07")
    assert failure.value.heard == (r"'\x1b]2;titulo\x07'",)


def test_how_the_program_ended_stands_below_what_was_seen(terminals):
    ana = terminals("print('adeus'); exit(3)").starts("ana")
    assert ana.has_ended(5.0)
    ana.event_loop.drain()

    assert ana.seen() == ["'adeus'", "it ended (exit status 3)"]
    assert ana.end_and_rows() == ["it ended (exit status 3)", "'adeus'"]
