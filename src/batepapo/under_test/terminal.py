"""One program in a terminal, as a person sees it: the screen after carriage returns, erasures and colours.

Bytes are no evidence here: a line editor writes the half-typed line again with each message that comes, and the
screen holds it once. So the output goes through a terminal emulator (pyte), and only its rows are looked at.

The terminal echoes, as that of a person does: GNU readline draws what is typed only where it finds that on. So what is
typed stands on the screen once without any doing of the program, and no check takes that for an answer.

The pseudo-terminal is the keeper's, in the private network of the program. pexpect would add regular expressions over
raw bytes, and a pause before each line and each close; reading and writing a descriptor needs neither.
"""

from __future__ import annotations

import codecs
import os
import re
import select
import unicodedata
from collections import deque
from collections.abc import Callable
from typing import Any

import pyte
from wcwidth import wcwidth

# Taller than the one people have, so that what a full-screen program shows is not gone with the next line; and wide
# enough that no message of a check is cut in two by it.
ROWS, COLUMNS = 120, 160

_KEPT_ROWS = 2000
# A program that prints without end costs half a second of emulation for so much; what it said first says enough.
_DRAWN_BYTES = 128 << 10
_BLANK_LINES = re.compile(r"(?:\r*\n){50,}")

CTRL_C, CTRL_D = b"\x03", b"\x04"


class Screen(pyte.Screen):
    """pyte's screen, with the rows that scrolled away, and with patience for sequences that it does not know."""

    def __init__(self, columns: int, rows: int) -> None:
        super().__init__(columns, rows)
        self.gone: deque[str] = deque(maxlen=_KEPT_ROWS)
        for name in set(pyte.Stream.csi.values()):
            setattr(self, name, _patient(getattr(self, name)))

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


class Terminal:
    """The terminal of one program.

    Attributes:
        printed: Every byte that the program wrote, up to a bound.
        printed_bytes: How many it wrote.
        lines: How many line feeds it wrote.

    Args:
        keyboard: The program's own side of it. Kept open here, so that what was typed and is unread can be seen.
    """

    def __init__(self, console: int, keyboard: int) -> None:
        self._console = console
        self._keyboard = keyboard
        self._screen = Screen(COLUMNS, ROWS)
        self._stream = pyte.Stream(self._screen, strict=False)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.printed = bytearray()
        self.printed_bytes = 0
        self.lines = 0

    def takes(self, data: bytes) -> None:
        """Draw what the program wrote."""
        self.printed_bytes += len(data)
        self.lines += data.count(b"\n")
        room = _DRAWN_BYTES - len(self.printed)
        self.printed += data[: max(0, room)]
        if room > 0:
            self._stream.feed(_BLANK_LINES.sub("\r\n" * 50, self._decoder.decode(data[:room])))

    @property
    def overfull(self) -> bool:
        """Whether the program has printed more than is drawn."""
        return self.printed_bytes > _DRAWN_BYTES

    def types(self, text: str) -> None:
        """Type a line and Enter."""
        self._write(text.encode() + b"\n")

    def presses(self, key: bytes) -> None:
        """Press one key."""
        self._write(key)

    def _write(self, data: bytes) -> None:
        os.write(self._console, data)
        self.hands_over()

    def hands_over(self) -> None:
        """Let the kernel bring what was typed to the program, and wake it: it does so in its own time, else.

        Polling the program's side flushes the queue between the two sides (Linux, n_tty_poll).
        """
        poll = select.poll()
        poll.register(self._keyboard, select.POLLIN)
        poll.poll(0)

    def unread(self) -> bool:
        """Return whether the program has not read yet what was typed; half a line counts only where it reads keys."""
        poll = select.poll()
        poll.register(self._keyboard, select.POLLIN)
        return bool(poll.poll(0))

    def rows(self) -> list[str]:
        """Return what a person sees, scrolled back to the beginning."""
        return self._screen.rows()

    def close(self) -> None:
        """Let go of the program's side."""
        if self._keyboard != -1:
            os.close(self._keyboard)
            self._keyboard = -1
