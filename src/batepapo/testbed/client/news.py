"""Whether a user is told that something happened: in any words, on a screen that shows other things, too."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from batepapo.testbed.client.keyboard_and_screen import KeyboardAndScreen
from batepapo.under_test import tracebacks

ENTERS = 2  # "at the latest at the second Enter"
_DIGITS = re.compile(r"\d+")


class News(KeyboardAndScreen):
    """A user who learns of what happened."""

    def notes(self) -> set[str]:
        """Return the rows that stand on the screen, as far as they tell anything: see `told_since`."""
        return {gist(row, self.typed) for row in self.rows()}

    def told_since(self, before: Collection[str]) -> list[str]:
        """Return the rows that are news: with words, not there before, and no traceback."""
        return news(self.rows(), before, self.typed)

    def learns(self, what: str, before: Collection[str], *, must_end: bool = False) -> None:
        """Check that the user learns of something, by words or by the end, at the latest at the second Enter."""
        for enters in range(ENTERS + 1):
            if enters and self.program.alive():
                self.types()
            if self.event_loop.until(lambda: self._has_news(before, must_end), self._testbed.limit_s):
                return
        wanted = "the program ends" if must_end else f"{self} is told, or the program ends,"
        self._testbed.fail(f"{wanted} when {what}, at the latest at the second Enter", [self.end(), *self.seen()])

    def _has_news(self, before: Collection[str], must_end: bool) -> bool:
        return not self.program.alive() or (not must_end and bool(self.told_since(before)))

    def is_told_something(self, what: str, before: Collection[str]) -> None:
        """Check that there are words on the screen that were not there before."""
        self.event_loop.drain()
        self._testbed.expect(bool(self.told_since(before)), f"{self}'s screen says in any words {what}", self.seen())


def gist(row: str, typed: Sequence[str]) -> str:
    """Return a row without what the user typed and without numbers: a prompt or a clock is no news."""
    for text in sorted(typed, key=len, reverse=True):
        row = row.replace(text, "")
    return _DIGITS.sub("0", row).strip()


def news(rows: Sequence[str], before: Collection[str], typed: Sequence[str]) -> list[str]:
    """Return the rows with words, whose gist was not there before, and that belong to no traceback."""
    told = tracebacks.without_traces(list(rows))
    return [row for row in told if gist(row, typed) not in before and re.search(r"\w", gist(row, typed))]
