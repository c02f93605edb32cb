"""Which clauses a dialect is not asked although it has every feature for them: the table beside the checks rules it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from batepapo.strict_toml import Table

FILE = "applicability.toml"


@lru_cache(maxsize=8)
def rows(folder: Path) -> Mapping[str, Mapping[str, str]]:
    """Return what the table of a folder of checks rules out: clause id to dialect to the reason.

    Raises:
        UsageError: The table cannot be read as one.
    """
    path = folder / FILE
    if not path.exists():
        return {}
    top = Table.parsed(path.read_bytes(), str(path))
    clauses = top.table("clauses")
    top.texts("dialects")
    top.done()
    return {clause: ruled for clause in clauses.names() if (ruled := _ruled(clauses.table(clause)))}


def _ruled(row: Table) -> Mapping[str, str]:
    row.text("applies", filled=True)
    row.text("note", "")
    row.pairs("notes")
    ruled = dict(row.pairs("ruled"))
    row.done()
    return ruled
