"""The mark that ties a check to its clause."""

from __future__ import annotations

import inspect
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import pytest

from batepapo.verdicts.verdict import LEVELS, Level

_ARGUMENTS = {"id", "of", "applies", "needs", "level", "watch", "process", "framed", "long"}
Judged = Literal["server", "client", "pair"]
SERVER: Final = "server"
CLIENT: Final = "client"
PAIR: Final = "pair"
FIXTURES: Mapping[Judged, str] = {SERVER: "room", CLIENT: "terminals", PAIR: "pair"}
"""What is judged, and the fixture in which a check of it plays."""


def clause(
    id: str,
    *,
    of: Judged = SERVER,
    applies: str = "",
    needs: str = "",
    level: str = "must",
    watch: bool = False,
    process: bool = False,
    framed: bool = False,
    long: bool = False,
) -> Any:
    """Mark a function as the check of one clause.

    Args:
        id: The clause of SPEC.md: its area, a hyphen and its number.
        of: What it judges: the "server", the "client", or the "pair" of them.
        applies: Features that the dialect must have, separated by blanks (`Dialect.features`).
        needs: Clauses behind the tools that the check relies on; they are named when it is blocked.
        level: How strongly it is asked: "must", "should" or "may". With features, the first that fits counts:
            "should:idle may" is a should where the dialect has an idle limit, and a may elsewhere.
        watch: It waits for the idle limit, so it runs beside all others in a thread of its own.
        process: It needs the server's process, so it cannot be asked of a server that already runs.
        framed: It is about what ends a message, so it cannot be asked where a message is what one send carries.
        long: It takes longer than most, so that it is begun before them where checks run side by side.
    """
    return pytest.mark.clause(
        id=id,
        of=of,
        applies=tuple(applies.split()),
        needs=tuple(needs.split()),
        level=tuple(level.split()),
        watch=watch,
        process=process,
        framed=framed,
        long=long,
    )


@dataclass(frozen=True)
class Clause:
    """What a check says of itself.

    `title` is the first line of its docstring: the requirement. `advice` is the rest: where to look. `ruled_out` says
    why it is not asked of a dialect, by its name.
    """

    id: str
    applies: tuple[str, ...]
    needs: tuple[str, ...]
    level: tuple[str, ...]
    watch: bool
    process: bool
    framed: bool
    title: str
    advice: str
    ruled_out: Mapping[str, str] = field(default_factory=dict)
    long: bool = False
    of: Judged = SERVER

    def level_in(self, features: Container[str]) -> Level:
        """Return how strongly the clause is asked of a dialect with these features."""
        asked = chosen(self.level, features)[0]
        return next(level for level in LEVELS if level == asked)

    def needs_in(self, features: Container[str]) -> tuple[str, ...]:
        """Return the clauses that the check relies on in a dialect with these features."""
        return chosen(self.needs, features)

    @property
    def area(self) -> str:
        """The section of the clause: what stands before its number."""
        return self.id.rpartition("-")[0]


def chosen(words: Iterable[str], features: Container[str]) -> tuple[str, ...]:
    """Return the words of a mark, `word` or `word:feature`, that hold where these features are."""
    pairs = [word.partition(":") for word in words]
    return tuple(word for word, _, feature in pairs if not feature or feature in features)


def clause_of(item: pytest.Item) -> Clause | None:
    """Return the clause that an item decides, or None for an item that is no check.

    Other people have marks of this name, with arguments of their own.
    """
    mark = item.get_closest_marker("clause")
    if mark is None or mark.args or mark.kwargs.keys() != _ARGUMENTS:
        return None
    from batepapo.verdicts.applicability import rows  # here: every pytest of the environment loads this file

    title, _, advice = inspect.cleandoc(getattr(item, "obj", None).__doc__ or "").partition("\n")
    ruled_out = rows(item.path.parent).get(mark.kwargs["id"], {})
    return Clause(**mark.kwargs, title=title, advice=" ".join(advice.split()), ruled_out=ruled_out)
