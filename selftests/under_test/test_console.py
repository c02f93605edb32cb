"""What a program prints: read without waiting, its beginning and its end kept."""

import contextlib
import os
import pty
import tty

import pytest

from batepapo.under_test.console import Console


def test_a_flood_is_read_in_bites_and_its_middle_is_dropped(serve):
    server = serve("import socket; s = socket.create_server(('', 5000)); print('first')\nwhile True: print('x' * 79)")
    read = 0
    while read < 1 << 20:
        new = server.read_console()
        assert len(new) <= 256 * 1024 + 65536
        read += len(new)

    assert len(server.output) < 100 * 1024
    assert server.output.startswith(b"first\r\n")
    assert b"bytes left out ..." in server.output
    assert server.last_lines(3)[1] == "x" * 79


@pytest.fixture
def console():
    """A console, and the end to which a program prints."""
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)
    tty.setraw(theirs)
    console = Console(ours)
    yield console, theirs
    console.close()
    for descriptor in (ours, theirs):
        with contextlib.suppress(OSError):
            os.close(descriptor)


def test_where_nothing_was_printed_nothing_is_waited_for(console):
    one, _ = console

    assert (one.read(), one.hung_up, one.last_lines()) == (b"", False, [])


def test_what_was_printed_is_read_once_and_kept(console):
    one, theirs = console
    os.write(theirs, b"pronto\n")

    assert (one.read(), one.read(), one.output) == (b"pronto\n", b"", b"pronto\n")


def test_a_terminal_that_nobody_has_open_is_known(console):
    """Polling it would return at once, for ever."""
    one, theirs = console
    os.close(theirs)

    assert (one.read(), one.hung_up) == (b"", True)


def test_a_closed_console_reads_nothing_any_more(console):
    """What was left is kept; the descriptor may be another's by then."""
    one, theirs = console
    os.write(theirs, b"last words\n")

    one.close()
    os.write(theirs, b"another's")

    assert (one.read(), one.last_lines()) == (b"", ["last words"])


def test_last_lines_cannot_take_over_a_terminal(console):
    """Blank lines and escapes are left out, and what cannot be printed is replaced."""
    one, theirs = console
    os.write(theirs, b"\x1b[31mred\x1b[0m\r\n\r\n  \r\nbell\x07\xff\r\n")
    one.read()

    assert one.last_lines() == ["red", "bell\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"]
    assert one.last_lines(1) == one.last_lines()[1:]
