"""Where known names and texts stand in a stream, byte for byte, and where terminal escapes do."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Collection
from dataclasses import dataclass

from batepapo.protocol.templates import WORD, folded

NAME_KIND, SHORT_KIND, TEXT_KIND, ESCAPE_KIND = "name", "short", "text", "escape"

# A control sequence: colours, places of the cursor (ECMA-48, 5.4).
CONTROL_SEQUENCE = r"\x1b\[[0-?]*[ -/]*[@-~]"
# The same; OSC with its end; any other two-byte escape (5.3).
_ESCAPES = re.compile(CONTROL_SEQUENCE + r"|\x1b\][^\x07\x1b\r\n]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]")

# A text that is one word of at most so many letters ("x", "TCHAU") stands by chance in longer ones ("next"). The exit
# words of all dialects are shorter; the fresh words that checks put into their texts are not.
_SHORT_LETTERS = 6


@dataclass(frozen=True)
class ExpectedWords:
    """What is known to stand in a stream: the names that were given and the texts that were said."""

    names: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Occurrence:
    """One place where something known stands, in characters of the decoded stream.

    Attributes:
        kind: NAME_KIND; TEXT_KIND; SHORT_KIND, a text that needs an edge on both sides, as names do; or ESCAPE_KIND.
    """

    start: int
    end: int
    kind: str
    value: str


def is_short(text: str) -> bool:
    """Say whether a text could stand inside a longer word by chance."""
    return len(text) <= _SHORT_LETTERS and text.isalnum()


def without_escapes(text: str, instead: str = " ") -> str:
    """Return a text with a blank, or what else is given, for each terminal escape."""
    return _ESCAPES.sub(instead, text)


def belongs_to_a_word(char: str) -> bool:
    """Say whether a character beside a name makes it another name: a letter, a digit, or an accent set on one.

    Variation selectors follow emoji: no accents, though Unicode files them there.
    """
    category = unicodedata.category(char)
    if category in ("Mn", "Mc"):
        return not "\ufe00" <= char <= "\ufe0f"
    return category[0] == "L" or category == "Nd"


class Occurrences:
    """All candidates of one stream, by where they start, the longest first.

    Each has the edge that it needs on its right. The one on its left depends on what was recognised before it.

    Args:
        line: The decoded stream.
        expected: What to look for.
        openers: Folded words with which a template begins; they make an edge, as a known name does.
    """

    def __init__(self, line: str, expected: ExpectedWords, openers: Collection[str] = ()) -> None:
        self._line = line
        self._openers = openers
        found = {Occurrence(match.start(), match.end(), ESCAPE_KIND, "") for match in _ESCAPES.finditer(line)}
        wanted = [(name, NAME_KIND) for name in expected.names]
        wanted += [(text, SHORT_KIND if is_short(text) else TEXT_KIND) for text in expected.texts]
        for value, kind in dict.fromkeys(wanted):
            start = line.find(value) if value else -1
            while start >= 0:
                found.add(Occurrence(start, start + len(value), kind, value))
                start = line.find(value, start + 1)
        self._by_start: dict[int, list[Occurrence]] = {}
        # From the end backwards: whether a place ends at an edge depends on what begins there.
        for occurrence in sorted(
            found, key=lambda occurrence: (-occurrence.start, occurrence.end, occurrence.kind == NAME_KIND)
        ):
            if occurrence.kind in (TEXT_KIND, ESCAPE_KIND) or self._edge_at(occurrence.end):
                self._by_start.setdefault(occurrence.start, []).insert(0, occurrence)
        self._drop_escapes_that_cut_a_place()
        self._free_starts = sorted(
            start for start, occurrences in self._by_start.items() if any(map(self._free, occurrences))
        )

    def at(self, position: int, *, edge: bool) -> Occurrence | None:
        """Return the longest place that begins here; `edge` says that something recognised ends here."""
        for occurrence in self._by_start.get(position, ()):
            if edge or self._free(occurrence):
                return occurrence
        return None

    def next_start(self, position: int) -> int:
        """Return where the next place begins that needs nothing recognised before it, or the end of the stream."""
        index = bisect_left(self._free_starts, position)
        return self._free_starts[index] if index < len(self._free_starts) else len(self._line)

    def begins_at(self, position: int) -> bool:
        """Say whether a known name or text, or the first word of a template, begins here."""
        if position in self._by_start:
            return True
        word = WORD.match(self._line, position) if self._openers else None
        return word is not None and folded(word.group()) in self._openers

    def _edge_at(self, position: int) -> bool:
        if position >= len(self._line) or not belongs_to_a_word(self._line[position]):
            return True
        return self.begins_at(position)

    def _free(self, occurrence: Occurrence) -> bool:
        if occurrence.kind in (TEXT_KIND, ESCAPE_KIND) or occurrence.start == 0:
            return True
        return not belongs_to_a_word(self._line[occurrence.start - 1])

    def _drop_escapes_that_cut_a_place(self) -> None:
        # A stray ESC that somebody said, right before a name: "\x1bbia" is no reason to lose bia. The longest such
        # escape that cuts anything is a CSI whose last letter is the name's first, so a short look is enough.
        for occurrences in list(self._by_start.values()):
            for escape in [occurrence for occurrence in occurrences if occurrence.kind == ESCAPE_KIND]:
                if any(
                    occurrence.kind != ESCAPE_KIND and occurrence.end > escape.end and self._free(occurrence)
                    for occurrence in self._by_start.get(escape.end - 1, ())
                ):
                    occurrences.remove(escape)
