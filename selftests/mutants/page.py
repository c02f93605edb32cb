"""The table of mutants as a page: which mistakes batepapo is known to find, clause by clause."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from selftests.mutants.mutant import Mutant
from selftests.tree import ROOT

PAGE = ROOT / "docs" / "mutants.md"
HEAD = """\
# Common mistakes

Each row is one of our reference servers or clients with one bug put in on purpose, and the clause that must fail of it.
`selftests/test_mutants.py` sees to it that the clause does fail, twice, and that its message says what is wrong.
This page is written by `python -m selftests.mutants`; the bugs themselves are in `selftests/mutants/`.

| clause | mutant | of | what it does | fails with it |
|---|---|---|---|---|
"""


def page(mutants: Sequence[Mutant]) -> str:
    """Return the page."""
    rows = []
    for mutant in mutants:
        also = "; ".join(
            f"{clause}{' (at times)' if clause in mutant.at_times else ''}: {reason}"
            for clause, reason in mutant.also.items()
        )
        rows.append(f"| {mutant.breaks} | `{mutant.name}` | `{_file(mutant)}` | {mutant.story} | {also} |\n")
    return HEAD + "".join(rows)


def _file(mutant: Mutant) -> str:
    return mutant.file if mutant.client else Path(mutant.file).name
