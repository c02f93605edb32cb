"""Whether a line stands on a screen, how often, and in which order."""

import pytest

from batepapo.testbed.client.screen_text import Line, copies, in_order
from batepapo.under_test.screen import COLUMNS


def test_lines_in_order_may_be_cut_by_a_read():
    """What a read cut goes on in the next row; what was thrown away is missing."""
    assert in_order(["> bia: um", "bia: d", "ois", "bia: três"], ["bia: um", "bia: dois", "bia: três"]) == ([], True)
    assert in_order(["bia: dois", "bia: um"], ["bia: um", "bia: dois"]) == ([], False)
    assert in_order(["bia: um", "bia: d", "bia: três"], ["bia: dois"]) == (["bia: dois"], True)
    assert in_order(["bia: um", " e dois"], ["bia: um e dois"]) == ([], True)
    assert in_order(["bia: d", "", "", "ois", ""], ["bia: dois"]) == ([], True), "a newline behind each read"
    assert in_order(["bia: d", "", "bia: três"], ["bia: dois"]) == (["bia: dois"], True)
    assert in_order(["bia: um", "e dois"], ["bia: um e dois"]) == ([], True), "a row ends before its last blanks"


BIA = Line("bia: oi um", "bia", "oi um")


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        (["bia: oi um"], 1),
        (["12:30 <bia> oi um"], 1),
        (["bia says:", "  oi um"], 1),
        (["bia: oi um", "bia: oi um"], 2),
        (["oi um"], 0),
        (["bia: oi dois"], 0),
        ([], 0),
    ],
)
def test_a_line_of_others_shows_in_any_form(rows, count):
    """A client may draw it as it likes; who said it must be there, too."""
    assert copies(rows, BIA) == count


def test_a_line_that_fills_its_row_goes_on_in_the_next():
    """A terminal breaks it there."""
    text = "x" * COLUMNS + "fim"

    assert copies([text[:COLUMNS], text[COLUMNS:]], text) == 1
    assert copies(["oi", "fim"], "oifim") == 0
