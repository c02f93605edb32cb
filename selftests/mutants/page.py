"""The table of mutants as a page: which mistakes batepapo is known to find, clause by clause."""

from __future__ import annotations

from collections.abc import Sequence

from selftests.judging import ROOT, file_of
from selftests.mutants.mutant import Mutant

PAGE = ROOT / "docs" / "mutants.md"
HEAD = """\
# Common mistakes

Each row is one of our reference servers with one bug put in on purpose, and the clause that must fail because of it.
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
        rows.append(f"| {mutant.breaks} | `{mutant.name}` | `{file_of(mutant.of)}` | {mutant.story} | {also} |\n")
    return HEAD + "".join(rows)
