"""What a person sees of what a program writes."""

import os
import pty
import termios
import time

import pytest

from batepapo.under_test.terminal import COLUMNS, ROWS, Terminal


@pytest.fixture
def terminal():
    """A terminal with echo, and both its sides."""
    console, keyboard = pty.openpty()
    attributes = termios.tcgetattr(keyboard)
    attributes[3] |= termios.ECHO
    termios.tcsetattr(keyboard, termios.TCSANOW, attributes)
    one = Terminal(console, keyboard)
    yield one
    one.close()
    os.close(console)


SEEN = {
    "a redrawn prompt": ("você> oi\r\x1b[Kbia: olá\r\nvocê> oi", ["bia: olá", "você> oi"]),
    "colours": ("\x1b[1;31mbia\x1b[0m: oi", ["bia: oi"]),
    "wide characters": ("bia: 日本 🎉 fim", ["bia: 日本 🎉 fim"]),
    "a variation selector": ("\u26a0\ufe0f o servidor caiu", ["\u26a0 o servidor caiu"]),
    "an accent that combines": ("acao\u0303", ["acaõ"]),
    "a carriage return": ("esperando...\rpronto      ", ["pronto"]),
    "sequences that pyte does not know": ("\x1b[?1;2;3mo\x1b[1;2;3;4Ai\x1b[>4;1m!", ["oi!"]),
    "a line erased above": ("oi\r\n\x1b[A\x1b[Kvocê: oi\r\n", ["você: oi"]),
}


@pytest.mark.parametrize("what", SEEN)
def test_the_screen_shows_what_a_person_sees(terminal, what):
    """Also when it comes byte by byte."""
    written, rows = SEEN[what]
    for byte in written.encode():
        terminal.takes(bytes([byte]))

    assert terminal.rows() == rows


def test_what_scrolled_away_is_still_there(terminal):
    lines = [f"linha {number}" for number in range(2 * ROWS)]
    terminal.takes("\r\n".join(lines).encode())

    assert terminal.rows() == lines


def test_what_is_typed_shows_by_the_echo_of_the_terminal(terminal):
    """Before the call returns, so that what the program answers stands behind it."""
    terminal.takes(b"nome: ")
    terminal.types("ana")
    terminal.takes(os.read(terminal._console, 100))
    terminal.takes("olá".encode())

    assert terminal.rows() == ["nome: ana", "olá"]


def test_blank_lines_without_end_push_out_no_text(terminal):
    terminal.takes(b"tchau\r\n")
    for _ in range(20):
        terminal.takes(b"\r\n" * 40 + b" " + b"\r\n" * 40)

    assert terminal.rows()[:1] == ["tchau"]


def test_a_typed_line_costs_less_than_two_milliseconds(terminal):
    """The median of many; it is waiting for at the other side when the call returns."""
    times = []
    for number in range(50):
        began_s = time.perf_counter()
        terminal.types(f"oi {number}")
        times.append(time.perf_counter() - began_s)
        assert terminal.unread()
        os.read(terminal._keyboard, 100)

    assert sorted(times)[25] < 0.002


def test_a_flood_is_cut_and_said_to_be_one(terminal):
    for _ in range(40):
        terminal.takes(b"\r\n" * 4000)

    assert terminal.overfull
    assert terminal.lines == 160_000


def test_a_row_is_wide_enough_for_what_checks_say(terminal):
    terminal.takes(b"x" * (COLUMNS - 1))

    assert terminal.rows() == ["x" * (COLUMNS - 1)]
