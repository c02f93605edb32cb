"""How strongly a clause is asked in which dialect: the table beside the checks, for what no feature can tell."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = "applicability.toml"
LEVELS = {"A": "must", "S": "should", "M": "may"}
NOT_ASKED = "-"


@dataclass(frozen=True)
class Row:
    """One clause of the table.

    Attributes:
        letters: Dialect to A, S, M or -.
        ruled: Dialect to the reason for a letter that does not follow from the dialect's features.
    """

    letters: Mapping[str, str] = field(default_factory=dict)
    ruled: Mapping[str, str] = field(default_factory=dict)

    def level(self, dialect: str) -> str:
        """Return "must", "should" or "may".

        A dialect that is not in the table, or that was changed to have what its namesake lacks, is asked as strongly
        as most dialects are, and rather less than more.
        """
        letter = self.letters.get(dialect, NOT_ASKED)
        if letter == NOT_ASKED:
            counts = Counter(each for each in self.letters.values() if each != NOT_ASKED)
            letter = max(reversed(LEVELS), key=lambda each: counts[each]) if counts else "A"
        return LEVELS[letter]

    def why_not(self, dialect: str) -> str:
        """Return why a clause is not asked in a dialect that has all the features for it, or nothing if it is asked."""
        return self.ruled.get(dialect, "") if self.letters.get(dialect) == NOT_ASKED else ""


@lru_cache(maxsize=8)
def rows(folder: Path) -> Mapping[str, Row]:
    """Return the table of a folder of checks, by clause id; without a table every clause is a must everywhere."""
    path = folder / FILE
    if not path.exists():
        return {}
    table: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    return {
        clause: Row(dict(zip(table["dialects"], row["applies"].split(), strict=True)), row.get("ruled", {}))
        for clause, row in table["clauses"].items()
    }
