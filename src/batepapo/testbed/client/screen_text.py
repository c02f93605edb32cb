"""Whether a line stands on a screen, how often, and where. Pure: rows of a screen in, numbers out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from batepapo.under_test.screen import COLUMNS


class Line(str):
    """What somebody else said, in the form of the dialect.

    A client may draw it in a form of its own, with a time in front or another mark behind the name: it shows where its
    text shows, beside the name or below it.

    Attributes:
        name: Who said it.
        text: What they said.
    """

    name: str
    text: str

    def __new__(cls, form: str, name: str, text: str) -> Line:
        """Keep the parts beside the whole."""
        line = super().__new__(cls, form)
        line.name, line.text = name, text
        return line


def copies(rows: Sequence[str], text: str) -> int:
    """Return how often a text stands on the screen, in one row, or in a full one and the next."""
    whole = "".join(row if len(row) >= COLUMNS - 1 else f"{row}\n" for row in rows).split("\n")
    return sum(_in_row(row, above, text) for above, row in pairwise(["", *whole]))


def _in_row(row: str, above: str, text: str) -> int:
    if not isinstance(text, Line):
        return row.count(text)
    return row.count(text.text) if text.name in row or text.name in above else 0


def in_order(rows: Sequence[str], texts: Sequence[str]) -> tuple[list[str], bool]:
    """Return which texts stand in no row, and whether the others stand in their order."""
    places = [place(rows, text) for text in texts]
    missing = [text for text, where in zip(texts, places, strict=True) if where < 0]
    found = [where for where in places if where >= 0]
    return missing, found == sorted(found)


def place(rows: Sequence[str], text: str) -> int:
    """Return the row in which a text stands, or begins where a read cut it; -1 if none.

    What was cut goes on in the next row that is not blank: many clients print a newline behind what each read brought.
    """
    for at, (above, row) in enumerate(pairwise(["", *rows])):
        if _in_row(row, above, text):
            return at
    for (at, row), (_, behind) in pairwise((at, row) for at, row in enumerate(rows) if row.strip()):
        # A row ends before its last blanks, where the cut may be.
        if any(row.endswith(text[:cut].rstrip()) and text[cut:] in behind for cut in range(1, len(text))):
            return at
    return -1
