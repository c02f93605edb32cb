"""What a program prints to its terminal: read without waiting, the beginning and the end of it kept."""

from __future__ import annotations

import os

from batepapo.protocol.occurrences import without_escapes

_KEEP_FIRST = 32 * 1024
_KEEP_LAST = 64 * 1024

# A program that floods must not keep us reading; the caller comes again.
_READ_AT_MOST = 256 * 1024
_READ_BYTES = 64 * 1024  # at once; a terminal of Linux holds no more


def read_available(descriptor: int, at_most: int) -> tuple[bytes, bool]:
    """Return what a terminal holds, without waiting, and whether no process has its other side open any more.

    Args:
        descriptor: Its master side, non-blocking.
        at_most: How many bytes, and perhaps the rest of one read more.
    """
    new = bytearray()
    while len(new) < at_most:
        try:
            part = os.read(descriptor, _READ_BYTES)
        except BlockingIOError:
            break
        except OSError:  # EIO
            return bytes(new), True
        if not part:
            break
        new += part
    return bytes(new), False


class Console:
    """The output of one program.

    Args:
        descriptor: The master side of its terminal, non-blocking.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._first = bytearray()
        self._last = bytearray()
        self.dropped = 0
        self.hung_up = False  # no process has the terminal open any more: polling it would return at once, for ever

    def read(self) -> bytes:
        """Return what was printed since the last call, 256 KiB at most; never waits."""
        if self._descriptor == -1:
            return b""
        new, hung_up = read_available(self._descriptor, _READ_AT_MOST)
        self.hung_up = self.hung_up or hung_up
        self._keep(new)
        return new

    def close(self) -> None:
        """Read what is left; the descriptor will not be used again."""
        self.read()
        self._descriptor = -1

    def _keep(self, new: bytes) -> None:
        room = _KEEP_FIRST - len(self._first)
        self._first += new[:room]
        self._last += new[room:]
        too_much = len(self._last) - _KEEP_LAST
        if too_much > 0:
            del self._last[:too_much]
            self.dropped += too_much

    @property
    def output(self) -> bytes:
        """Everything kept, with a line that counts what was left out."""
        gap = f"\r\n... {self.dropped} bytes left out ...\r\n".encode() if self.dropped else b""
        return bytes(self._first + gap + self._last)

    def last_lines(self, count: int = 20) -> list[str]:
        """Return the last lines that are not blank, without what could take over the terminal of who reads them."""
        text = self.output[-_KEEP_LAST:].decode("utf-8", "replace").replace("\r\n", "\n")
        text = without_escapes(text, "")  # as the terminal shows it: a coloured traceback is still one
        text = "".join(char if char.isprintable() or char in "\n\t" else "\N{REPLACEMENT CHARACTER}" for char in text)
        return [line.rstrip() for line in text.split("\n") if line.strip()][-count:]
