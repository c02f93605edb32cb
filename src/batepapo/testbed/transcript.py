"""Who did what when, on one clock: the evidence behind a verdict."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

KEPT_ENTRIES = 4000  # a flood must not grow our memory; a check of 20 s needs a few hundred
_MORE_THAN_ENOUGH = 100  # times what is shown: more is not looked at whole
KEPT_BYTES = 400  # of one entry: enough to see its beginning and its end


@dataclass(frozen=True)
class Entry:
    """One line of the conversation."""

    at_s: float
    who: str
    sign: str
    what: str

    def __str__(self) -> str:
        return f"{self.at_s:8.3f}  {self.who:<6} {self.sign}  {self.what}"


class Transcript:
    """What was said and heard, in order, in seconds since the room opened."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()
        self._entries: deque[Entry] = deque(maxlen=KEPT_ENTRIES)
        self._total = 0

    def said(self, who: str, data: bytes) -> None:
        """Note bytes that a client sent."""
        self._add(who, "→", shown(data))

    def heard(self, who: str, data: bytes) -> None:
        """Note bytes that a client received."""
        self._add(who, "←", shown(data))

    def printed(self, data: bytes, who: str = "server") -> None:
        """Note output of a program at its terminal."""
        self._add(who, "#", shown(data))

    def note(self, who: str, what: str) -> None:
        """Note anything else: an arrival, an end, how silence was found."""
        self._add(who, "·", what)

    def _add(self, who: str, sign: str, what: str) -> None:
        self._total += 1
        self._entries.append(Entry(time.monotonic() - self._began_s, who, sign, what))

    def lines(self, last: int = 60) -> list[str]:
        """Return the newest entries as text, with a line that says how many were left out."""
        entries = list(self._entries)[-last:]
        left_out = self._total - len(entries)
        head = [f"({left_out} earlier entries left out)"] if left_out else []
        return head + [str(entry) for entry in entries]


def shown(data: bytes, limit: int = KEPT_BYTES) -> str:
    """Return bytes as a person reads them: text where it is UTF-8, with every control character visible."""
    count = len(data)
    if count > _MORE_THAN_ENOUGH * limit:  # a flood of megabytes must not take long to write down
        data = data[: 4 * limit] + data[-4 * limit :]
    text = repr(data.decode()) if _is_utf8(data) else repr(data)
    if len(text) <= limit and len(data) == count:
        return text
    half = limit // 2
    return f"{text[:half]} … {text[-half:]} ({count} bytes)"


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
