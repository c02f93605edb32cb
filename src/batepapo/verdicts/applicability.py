"""Which clauses a dialect is not asked although it has every feature for them: the table beside the checks rules it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = "applicability.toml"
NOT_ASKED = "-"


@lru_cache(maxsize=8)
def rows(folder: Path) -> Mapping[str, Mapping[str, str]]:
    """Return what the table of a folder of checks rules out: clause id to dialect to the reason."""
    path = folder / FILE
    if not path.exists():
        return {}
    table: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    return {clause: row["ruled"] for clause, row in table["clauses"].items() if "ruled" in row}
