"""What a user types and sees, at the terminal of a real program."""

import threading
import time

import pytest

from batepapo.errors import ConformanceFailure, Undecided
from selftests.testbed.client.conftest import PORT
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


# ---- expecting -------------------------------------------------------------------------------


def test_our_server_answers_while_a_pattern_is_expected(terminals):
    """Nobody else would: the client waits for the echo of what it says."""
    code = CONNECTS + "sock.sendall(b'um'); print(sock.recv(9)); sock.sendall(b'dois'); print(sock.recv(9)); input()"
    ana = terminals(code, "tchau").starts("ana")

    ana.spawn.expect(r"b'um'\s+b'dois'")

    assert bytes(ana.server.connection.stream) == b"umdois"


def test_what_is_expected_was_perhaps_seen_before(terminals):
    """The loop had read it for the screen; what was typed by the spawn counts as typed."""
    ana = terminals(CONNECTS + "print('Bem-vinda!'); print(input('Sala: ')[::-1]); input()").gather("ana")
    ana.sees("Bem-vinda!")

    assert ana.spawn.expect_exact("Sala:") == 0
    ana.spawn.sendline("redes")
    ana.spawn.expect("seder")

    assert ana.typed == ["redes"]
    assert any("keys" in line and "'redes" in line for line in ana._testbed.transcript.lines())


def test_a_pattern_that_never_comes_is_the_programs_fault(terminals):
    """Told with the pattern and the last rows, and sooner than the limit where nothing more can come."""
    desk = terminals(CONNECTS + "print('Sala:'); input()", time_limit_s=60.0)
    ana = desk.gather("ana")

    with pytest.raises(ConformanceFailure) as failure:
        ana.spawn.expect("Senha:", timeout=50.0)

    assert failure.value.expected == "ana's terminal gets 'Senha:' within 50 s"
    assert failure.value.heard == ("'Sala:'",)


def test_the_end_of_the_program_is_told_where_a_pattern_was_expected(terminals):
    ana = terminals("print('adeus'); exit(3)").starts("ana")

    with pytest.raises(ConformanceFailure) as failure:
        ana.spawn.expect("Sala:")

    assert failure.value.heard == ("'adeus'", "it ended (exit status 3)")


def test_while_arranging_a_pattern_that_never_comes_accuses_nobody(terminals):
    desk = terminals(CONNECTS + "input()")
    ana = desk.gather("ana")

    with desk.arranging(), pytest.raises(Undecided, match="ana's terminal gets 'Sala:'"):
        ana.spawn.expect("Sala:")


def test_a_flood_is_named_where_it_hides_the_pattern(terminals):
    ana = terminals(CONNECTS + "while True: print('x' * 1000)", time_limit_s=60.0).starts("ana")

    with pytest.raises(ConformanceFailure) as failure:
        ana.spawn.expect("Sala:", timeout=50.0)

    assert failure.value.heard[0] == "it printed more than 128 KiB: the rest was not looked at"


def test_no_expectation_is_longer_than_the_check(terminals):
    """Not even one without a limit of its own."""
    desk = terminals("while True: pass", time_limit_s=0.5)
    ana = desk.starts("ana")

    with pytest.raises(ConformanceFailure, match=r"the check is over within 0\.5 s; it was waiting for: ana's"):
        ana.spawn.expect("Sala:", timeout=None)


def test_a_cancel_ends_an_expectation(terminals):
    """Which accuses nobody."""
    desk = terminals("while True: pass", time_limit_s=60.0)
    ana = desk.starts("ana")
    timer = threading.Timer(0.2, desk.cancel)
    timer.start()

    with pytest.raises(Undecided, match="the run was ended"):
        ana.spawn.expect("Sala:", timeout=None)
    timer.join()


def test_where_others_speak_this_programs_silence_ends_no_expectation(terminals, client):
    """What it prints is brought by a program that is not watched with it."""
    desk = terminals("", time_limit_s=0.5)
    user = desk.seats("ana", client("input()"), (), frozenset({PORT}))
    user.begins()
    began_s = time.monotonic()

    with pytest.raises(ConformanceFailure):
        user.spawn.expect("Sala:", timeout=50.0)

    assert time.monotonic() - began_s > 0.4


def test_a_line_editor_is_told_where_its_cursor_is(terminals):
    """It asks the terminal, and reads no key of the user before the answer has come."""
    code = """
        import os, socket, tty
        sock = socket.create_connection(("127.0.0.1", 5555))
        print("oi")
        tty.setraw(0)
        print("\\x1b[6n", end="", flush=True)
        answer = b""
        while not answer.endswith(b"R"):
            answer += os.read(0, 1)
        print("row and column", answer[2:-1].decode(), end="\\r\\n", flush=True)
        os.read(0, 1)
    """
    ana = terminals(code).gather("ana")

    ana.sees("row and column 2;1")
