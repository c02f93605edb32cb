"""What our server gets of the lines that a user types."""

from __future__ import annotations

import re
from collections.abc import Sequence

from batepapo.protocol.dialect import Dialect
from batepapo.protocol.events import Said
from batepapo.protocol.occurrences import ExpectedWords
from batepapo.protocol.stream_parser import events
from batepapo.protocol.templates import TEXT, USER
from batepapo.testbed.client.keyboard_and_screen import KeyboardAndScreen
from batepapo.testbed.transcript import shown

LINES_OF_A_FAILURE = 8  # more than any check types
_BYTES_OF_A_READ = 4096  # of a client that sends without end, the newest


class Delivery(KeyboardAndScreen):
    """A user whose lines are looked for at our server."""

    def is_heard(self, text: str) -> None:
        """Wait until our server has got a line, byte for byte, with the name where the client writes it."""
        limit_s = self._testbed.limit_s
        heard = self.event_loop.until(lambda: self._was_heard(text), limit_s)
        self.name = self._name_with(text)
        if not heard:
            self._testbed.fail(f"the server gets {self._form(text)} from {self} within {limit_s:g} s", self.sent())

    def _form(self, text: str) -> str:
        return repr(self.server.form(self.name, text) if self._testbed.dialect.names == "client" else text)

    def _was_heard(self, text: str) -> bool:
        name, dialect = self._name_with(text), self._testbed.dialect
        streams = [bytes(connection.stream) for connection in self.server.connections]
        return any(has_line(stream, text, name, self.typed, dialect) for stream in streams)

    def _name_with(self, text: str) -> str:
        """Return the name with which a line came: a client that asks for none has one from its command line."""
        if self._testbed.dialect.names != "client" or self.name in self.typed:
            return self.name
        streams = [bytes(connection.stream) for connection in self.server.connections]
        whole = [stream for stream in streams if _has_text(stream, text)]
        names = (name_before(stream, text, self._testbed.dialect) for stream in whole)
        return next(filter(None, names), self.name)

    def sent(self, last: int = LINES_OF_A_FAILURE) -> list[str]:
        """Return what our server got, for a failure."""
        reads = [read for connection in self.server.connections for read in connection.reads()]
        lines = [shown(line) for read in reads for line in read[-_BYTES_OF_A_READ:].splitlines(keepends=True)]
        if not self.server.connections:
            lines = ["no connection"]
        return lines[-last:] or ["the connection, and nothing on it"]


def has_line(stream: bytes, text: str, name: str, typed: Sequence[str], dialect: Dialect) -> bool:
    """Return whether a text stands whole in a stream and, where the client writes the name, in the dialect's form.

    Args:
        stream: What the server got.
        text: The line.
        name: Who typed it.
        typed: All that they typed.
        dialect: Says whether the client writes the name, and how.
    """
    if not _has_text(stream, text):
        return False
    if dialect.names != "client":
        return True
    # Its own words decide, as for servers: the name, then the text, in the dialect's form.
    names = tuple(dict.fromkeys((name, name.upper(), name.title())))
    said = {Said(text, each) for each in names}
    known = ExpectedWords(names, tuple(line for line in typed if line not in names))
    return not said.isdisjoint(events(stream, dialect, known))


def _has_text(stream: bytes, text: str) -> bool:
    """Return whether a text ends where it should: at a message's end, or at a character that belongs to no word."""
    at = stream.find(text.encode())
    behind = stream[at + len(text.encode()) :]
    return at >= 0 and not behind[:1].isalnum() and not behind[:1] >= b"\x80"


def name_before(stream: bytes, text: str, dialect: Dialect) -> str:
    """Return the name in whose form a text stands in a stream, or "" if it stands in none."""
    decoded = stream.decode("utf-8", "replace")
    patterns = {USER: r"(\S[^\n]*?)", TEXT: re.escape(text)}
    for form in dialect.said:
        pieces = re.split(r"(\{user\}|\{text\})", form)
        pattern = r"\s*".join(patterns.get(piece) or re.escape(piece.strip()) for piece in pieces if piece)
        if USER in form and (found := re.search(pattern, decoded)):
            return found[1]
    return ""
