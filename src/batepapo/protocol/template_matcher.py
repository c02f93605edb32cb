"""Finding the words of templates on a line, in their order, whatever stands between but a known name or text. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from batepapo.protocol.events import Event
from batepapo.protocol.templates import USER, Template


@dataclass(frozen=True)
class Pattern:
    """A template to watch for, and what its completion means; None stands for words without a name."""

    template: Template
    parts: tuple[str, ...]
    event: Callable[[str | None, int, int], Event]


Completed = tuple[Pattern, int, str | None]  # which, from where, whose name


class TemplateMatcher:
    """How much of each pattern has been seen on this line: for each part, where its latest match began.

    The latest beginning makes the smallest window, and one pass is enough however long the line is.
    """

    def __init__(self, watched: list[Pattern]) -> None:
        self._watched = watched
        self.forget()

    def forget(self) -> None:
        """Begin anew: a line ended, or something known stands between."""
        self._seen: list[list[tuple[int, str | None] | None]] = [[None] * len(each.parts) for each in self._watched]

    def word(self, word: str, start: int) -> Completed | None:
        """Take a word of the stream; return the pattern that it completes, where that began, and whose name it has."""
        for each, seen in zip(self._watched, self._seen, strict=True):
            for index in range(len(each.parts) - 1, -1, -1):
                previous = seen[index - 1] if index else (start, None)
                if previous is not None and each.parts[index] == word:
                    seen[index] = previous
        return self._completed()

    def name(self, name: str, start: int) -> Completed | None:
        """Take a known name: it may be a pattern's own, and ends all others."""
        before = self._seen
        self.forget()
        for seen, old, each in zip(self._seen, before, self._watched, strict=True):
            for index, part in enumerate(each.parts):
                previous = old[index - 1] if index else (start, None)
                if part == USER and previous is not None:
                    seen[index] = (previous[0], name)
        return self._completed()

    def completes(self, word: str) -> bool:
        """Say whether a word would complete a pattern now."""
        return any(
            each.parts[-1] == word and (len(each.parts) == 1 or seen[-2] is not None)
            for each, seen in zip(self._watched, self._seen, strict=True)
        )

    def _completed(self) -> Completed | None:
        for each, seen in zip(self._watched, self._seen, strict=True):
            if seen[-1] is not None:
                start, name = seen[-1]
                self.forget()
                return each, start, name
        return None
