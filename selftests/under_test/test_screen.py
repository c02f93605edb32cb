"""What a user sees of what a program writes."""

import codecs

import pytest

from batepapo.under_test.screen import COLUMNS, ROWS, Screen, Stream

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


ANSWERED = {
    "where the cursor is": ("oi\r\nola\x1b[6n", "\x1b[2;4R"),
    "whether it works": ("\x1b[5n", "\x1b[0n"),
    "what it is": ("\x1b[c", "\x1b[?6c"),
    "how large it is": ("\x1b[18t", f"\x1b[8;{ROWS};{COLUMNS}t"),
    "two things at once": ("\x1b[5n\x1b[6n", "\x1b[0n\x1b[1;1R"),
    "what no terminal need know": ("\x1b[14t\x1b[t\x1b[22;0;0t\x1b[?996n", ""),
    "its own answers, echoed": ("\x1b[2;4R\x1b[0n\x1b[?6c\x1b[8;24;80t", ""),
}


def screen_of(*pieces):
    """A screen after some pieces of text."""
    screen = Screen(COLUMNS, ROWS)
    stream = Stream(screen)
    for piece in pieces:
        stream.feed(piece)
    return screen


def rows_of(*pieces):
    """What stands on it."""
    return screen_of(*pieces).rows()


@pytest.mark.parametrize("what", ANSWERED)
def test_the_terminal_answers_what_it_is_asked(what):
    """A query draws nothing, also when it comes in pieces."""
    asked, answer = ANSWERED[what]
    screen = screen_of(*asked)

    assert screen.answers == answer
    assert screen.rows() == screen_of("oi\r\nola" if "oi" in asked else "").rows()


@pytest.mark.parametrize("what", SEEN)
def test_the_screen_shows_what_a_user_sees(what):
    """Also when it comes byte by byte."""
    written, rows = SEEN[what]
    decoder = codecs.getincrementaldecoder("utf-8")("replace")

    assert rows_of(*(decoder.decode(bytes([byte])) for byte in written.encode())) == rows


def test_what_scrolled_away_is_still_there():
    lines = [f"linha {number}" for number in range(2 * ROWS)]

    assert rows_of("\r\n".join(lines)) == lines


def test_blank_lines_without_end_push_out_no_text():
    assert rows_of("tchau\r\n", *["\r\n" * 40 + " " + "\r\n" * 40] * 60)[:1] == ["tchau"]


def test_a_row_is_wide_enough_for_what_checks_say():
    assert rows_of("x" * (COLUMNS - 1)) == ["x" * (COLUMNS - 1)]
