"""What a user sees of what a program writes: the screen after carriage returns, erasures and colours (pyte).

Bytes are no evidence of it: a line editor writes the half-typed line again with each message that comes, and the screen
holds it once.
"""

from __future__ import annotations

import unicodedata
from collections import deque
from collections.abc import Callable
from typing import Any

import pyte
from wcwidth import wcwidth

# Taller than the one people have, so that what a full-screen program shows is not gone with the next line; and wide
# enough that no message of a check is cut in two by it.
ROWS, COLUMNS = 120, 160

_KEPT_ROWS = 2000  # ten times what a check brings; a loop that prints must not grow our memory
_CSI = {**pyte.Stream.csi, "t": "report_window"}  # the one query that line editors send and pyte does not know
_TEXT_AREA_IN_CHARACTERS = 18


class Stream(pyte.Stream):
    """pyte's parser, with a query more."""

    def __init__(self, screen: Screen) -> None:
        self.csi = _CSI
        self.events = pyte.Stream.events | frozenset(_CSI.values())
        super().__init__(screen, strict=False)


class Screen(pyte.Screen):
    """pyte's screen, with the rows that scrolled away, and with patience for sequences that it does not know.

    Attributes:
        answers: What it was asked for meanwhile (where the cursor is, what it is, how large), and nobody took yet.
    """

    def __init__(self, columns: int, rows: int) -> None:
        super().__init__(columns, rows)
        self.gone: deque[str] = deque(maxlen=_KEPT_ROWS)
        self.answers = ""
        for name in set(_CSI.values()):
            setattr(self, name, _patient(getattr(self, name)))

    def write_process_input(self, data: str) -> None:
        """Keep what the terminal answers; pyte calls this for the queries that it knows."""
        self.answers += data

    def report_window(self, query: int = 0) -> None:
        """Answer how many rows and columns there are, if that is what is asked."""
        if query == _TEXT_AREA_IN_CHARACTERS:
            self.write_process_input(f"\x1b[8;{self.lines};{self.columns}t")

    def draw(self, data: str) -> None:
        """Draw text; pyte drops the rest of it after a character without a width, such as a variation selector."""
        super().draw("".join(char for char in data if wcwidth(char) > 0 or _combines(char)))

    def index(self) -> None:
        """Go down a row, and keep the one that leaves at the top."""
        top, bottom = self.margins or (0, self.lines - 1)
        if self.cursor.y == bottom:
            leaving = self.line(top)
            if leaving or not self.gone or self.gone[-1]:  # blank rows without end push out no text
                self.gone.append(leaving)
        super().index()

    def rows(self) -> list[str]:
        """Return every row, from the first that scrolled away to the last that is not blank."""
        rows = [*self.gone, *(self.line(number) for number in range(self.lines))]
        while rows and not rows[-1]:
            rows.pop()
        return rows

    def line(self, number: int) -> str:
        """Return one of the lines that have not scrolled away."""
        row = self.buffer.get(number)
        if not row:
            return ""
        return "".join(row[x].data if x in row else " " for x in range(max(row) + 1)).rstrip()


def _combines(char: str) -> bool:
    return wcwidth(char) == 0 and unicodedata.combining(char) > 0


def _patient(handler: Callable[..., None]) -> Callable[..., None]:
    """Let a sequence with parameters that pyte has no place for do nothing, as terminals do."""

    def handle(*parameters: Any, **private: Any) -> None:
        try:
            handler(*parameters, **private)
        except TypeError:
            return

    return handle
