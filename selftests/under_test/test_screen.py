"""What a user sees of what a program writes."""

import codecs

import pyte
import pytest

from batepapo.under_test.screen import COLUMNS, ROWS, Screen

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


def rows_of(*pieces):
    """The screen after some pieces of text."""
    screen = Screen(COLUMNS, ROWS)
    stream = pyte.Stream(screen, strict=False)
    for piece in pieces:
        stream.feed(piece)
    return screen.rows()


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
