"""`python -m selftests.mutants --matrix`: every clause against every mutant, and the page of common mistakes.

`--only` and `--since` take some of the mutants; without any option, the page is written and nobody is judged.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from batepapo.verdicts.verdict import BLOCKED, FAIL, NOT_APPLICABLE, PASS, Verdict
from bench.readme import known
from selftests import judging
from selftests.mutants import MUTANTS, TABLES, Mutant, judge
from selftests.mutants.page import PAGE, page
from selftests.mutants.since import changed_files, why
from selftests.mutants.table import faults

SIDE_BY_SIDE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the matrix, write the page, and return 1 if a cell has no explanation."""
    parser = argparse.ArgumentParser(prog="python -m selftests.mutants", description=__doc__)
    parser.add_argument("--matrix", action="store_true", help="run all clauses on each mutant")
    parser.add_argument("--only", default="", metavar="NAME[,NAME]", help="a few mutants, or clauses that they break")
    parser.add_argument("--since", metavar="COMMIT", help="those whose row, server or check changed since a commit")
    options = parser.parse_args(arguments)
    try:
        rows = chosen(options.only, options.since)
    except ValueError as error:
        parser.error(str(error))
    wrong = faults(MUTANTS, known())
    if wrong:
        print(*wrong, sep="\n")
        return 1
    PAGE.write_text(page(MUTANTS), "utf-8")
    if not (options.matrix or options.only or options.since):
        return 0
    unexplained = 0
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        for mutant, cells in zip(rows, pool.map(row, rows), strict=True):
            also = f" also {' '.join(mutant.also)}" if mutant.also else ""
            print(f"{mutant.breaks:9s} {mutant.name} ({mutant.of}){also}: {len(cells)} unexplained", flush=True)
            for cell in cells:
                print(f"          {cell}", flush=True)
            unexplained += len(cells)
    print(f"{len(rows)} mutants, {unexplained} unexplained cells")
    return int(unexplained > 0)


def chosen(only: str, since: str | None) -> list[Mutant]:
    """Return the rows that two options name, and print why a change chose them.

    Raises:
        ValueError: There is no such mutant, clause or commit.
    """
    names = [name for name in only.split(",") if name]
    unknown = [name for name in names if not any(name in (mutant.name, mutant.breaks) for mutant in MUTANTS)]
    if unknown:
        raise ValueError(f"--only: no mutant has the name, or breaks the clause, {' '.join(unknown)}")
    rows = [mutant for mutant in MUTANTS if not names or mutant.name in names or mutant.breaks in names]
    if since is None:
        return rows
    try:
        changed = changed_files(since)
    except ValueError as error:
        raise ValueError(f"--since: {error}") from error
    reasons = {mutant.name: why(mutant, file, changed) for file, table in TABLES.items() for mutant in table}
    rows = [mutant for mutant in rows if reasons[mutant.name]]
    for mutant in rows:
        print(f"{mutant.breaks:9s} {mutant.name}: {reasons[mutant.name]} changed")
    return rows


def row(mutant: Mutant) -> list[str]:
    """Judge a mutant by all clauses, and return the cells that nothing explains, in words."""
    verdicts: dict[str, Verdict] = {}
    has_idle = judging.dialect_of(mutant.of) in judging.IDLE
    of_servers = (judging.BUT_IDLE, "IDLE") if has_idle else (judging.BUT_IDLE,)
    for areas in ("CLIENT,PAIR",) if mutant.client else of_servers:
        with tempfile.TemporaryDirectory() as folder:
            try:
                verdicts |= {verdict.id: verdict for verdict in judge(mutant, Path(folder), areas).verdicts}
            except subprocess.TimeoutExpired:
                return [f"{areas}: the run took more than {judging.LIMIT_S} s"]
    return [words for verdict in verdicts.values() if (words := unexplained_cell(mutant, verdict, verdicts))]


def unexplained_cell(mutant: Mutant, verdict: Verdict, verdicts: dict[str, Verdict]) -> str:
    """Return what is odd about one verdict, or nothing."""
    words = f"{verdict.word} {verdict.id}: {verdict.reason[:150]}"
    if verdict.id == mutant.breaks:
        return "" if verdict.word == FAIL else words
    if verdict.id in mutant.also:
        stale = verdict.word == PASS and verdict.id not in mutant.at_times
        return f"{words} (but it stands in `also`)" if stale else ""
    if verdict.word in (PASS, NOT_APPLICABLE):
        return ""
    named = [verdicts[need].word for need in verdict.needs if need in verdicts]
    return "" if verdict.word == BLOCKED and FAIL in named else words


if __name__ == "__main__":
    sys.exit(main())
