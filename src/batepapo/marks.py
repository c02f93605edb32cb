"""The mark that ties a check to its clause."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    from batepapo.applicability import Row

Check = TypeVar("Check", bound=Callable[..., Any])


def clause(id: str, *, applies: str = "", needs: str = "", watch: bool = False, process: bool = False) -> Any:
    """Mark a function as the check of one clause.

    Args:
        id: The clause of SPEC.md, such as "CAST-1".
        applies: Features that the dialect must have, separated by blanks (`Dialect.features`).
        needs: Clauses behind the tools that the check relies on; they are named when it is blocked.
        watch: It waits for the idle limit, so it runs beside all others in a thread of its own.
        process: It needs the server's process, so it cannot be asked of a server that already runs.
    """
    return pytest.mark.clause(
        id=id, applies=tuple(applies.split()), needs=tuple(needs.split()), watch=watch, process=process
    )


@dataclass(frozen=True)
class Clause:
    """What a check says of itself.

    `title` is the first line of its docstring: the requirement. `advice` is the rest: where to look. `row` says how
    strongly it is asked where.
    """

    id: str
    applies: tuple[str, ...]
    needs: tuple[str, ...]
    watch: bool
    process: bool
    title: str
    advice: str
    row: Row

    @property
    def area(self) -> str:
        """The section of the clause: CAST of CAST-1."""
        return self.id.rpartition("-")[0]


def clause_of(item: pytest.Item) -> Clause | None:
    """Return the clause that an item decides, or None for an item that is no check."""
    mark = item.get_closest_marker("clause")
    if mark is None:
        return None
    title, _, advice = inspect.cleandoc(getattr(item, "obj", None).__doc__ or "").partition("\n")
    from batepapo.applicability import Row, rows  # reads TOML, which no other project's pytest has to load

    row = rows(item.path.parent).get(mark.kwargs["id"], Row())
    return Clause(**mark.kwargs, title=title, advice=" ".join(advice.split()), row=row)
