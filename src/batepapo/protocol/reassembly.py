"""A long text, whole: in one piece, or in the pieces that a raw server makes of it, prefixed or not. Pure."""

from __future__ import annotations

import re

from batepapo.protocol.dialect import Dialect
from batepapo.protocol.occurrences import CONTROL_SEQUENCE, ExpectedWords
from batepapo.protocol.templates import TEXT, USER, WORD

_ESCAPE = CONTROL_SEQUENCE.encode()
_MOST_DECORATION = 200  # bytes between two pieces: a prefix with a clock, colours and a long name
_MOST_CHANCE = 32  # bytes of a joint that can be the text's next by chance
_FIRST_PIECE = 16  # bytes; no read is that short


def reassembles(stream: bytes, text: str, dialect: Dialect, expected: ExpectedWords) -> bool:
    """Say whether pieces of a text, in order, join to all of it.

    Between two pieces may stand a line end and what the dialect puts around a message: names, its own words, digits
    of a clock, punctuation, colours. Not a single byte of the text may be missing or damaged.
    """
    whole = text.encode("utf-8", "surrogateescape")
    joint = _Joint(dialect, expected)
    beginning = whole[:_FIRST_PIECE]
    start = stream.find(beginning) if whole else -1
    while start >= 0:
        if _continues(whole, stream, start, joint):
            return True
        start = stream.find(beginning, start + 1)
    return False


class _Joint:
    """What may stand between two pieces."""

    def __init__(self, dialect: Dialect, expected: ExpectedWords) -> None:
        own = {word for form in dialect.said for word in WORD.findall(form.replace(USER, " ").replace(TEXT, " "))}
        names = [re.escape(name.encode("utf-8", "surrogateescape")) for name in expected.names if name]
        words = sorted({*names, *(re.escape(word.encode()) for word in own)}, key=len, reverse=True)
        atoms = b"|".join([*words, _ESCAPE, rb"[^A-Za-z\x80-\xff]"])
        self._first = re.compile(atoms)
        self._later = re.compile(atoms + rb"|[\xc2-\xf4][\x80-\xbf]{1,3}")  # "»", "✨"
        self._divides = re.compile(b"|".join([rb"[\r\n]", *names]))

    def ends(self, stream: bytes, at: int) -> list[int]:
        """Return where a joint that begins at `at` can end; it has a line end or a name in it, or it were damage."""
        ends, end, atom = [], at, self._first.match(stream, at)
        if atom and atom.group().isdigit():
            return []  # at either edge it would be one that was put into the text, not one of a clock
        while atom and end - at < _MOST_DECORATION:
            end = atom.end()
            if self._divides.search(stream, at, end) and not atom.group().isdigit():
                ends.append(end)
            atom = self._later.match(stream, end)
        return ends

    def begins(self, stream: bytes, at: int) -> bool:
        """Say whether a joint can begin here."""
        return bool(self.ends(stream, at))


def _continues(whole: bytes, stream: bytes, start: int, joint: _Joint) -> bool:
    """Follow the pieces from `start`; where one ends is tried at each place where a joint can begin."""
    todo, seen = [(0, start)], set()
    while todo:
        done, position = todo.pop()
        if (done, position) in seen:
            continue
        seen.add((done, position))
        length = _agrees(whole, done, stream, position)
        if done + length == len(whole):
            after = position + length
            # "b" of "bia: ..." is not a text's lost last letter.
            if not stream[after : after + 1].isalnum() or joint.begins(stream, after):
                return True
            length -= 1
        # The joint's first bytes may agree with the text by chance: it may begin a little earlier.
        for back in range(min(length, _MOST_CHANCE)):
            left = done + length - back
            for end in joint.ends(stream, position + length - back):
                if stream[end : end + 1] == whole[left : left + 1]:
                    todo.append((left, end))
    return False


def _agrees(whole: bytes, done: int, stream: bytes, position: int) -> int:
    """Return how many bytes of the text, from `done` on, stand in the stream from `position` on."""
    low, high = 0, min(len(whole) - done, len(stream) - position) + 1
    while high - low > 1:
        middle = (low + high) // 2
        if whole[done : done + middle] == stream[position : position + middle]:
            low = middle
        else:
            high = middle
    return low
