"""`python -m selftests.mutants --matrix`: every clause against every mutant, and the page of common mistakes."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from batepapo.verdict import BLOCKED, FAIL, NOT_APPLICABLE, PASS, Verdict
from selftests import judging
from selftests.mutants import MUTANTS, Mutant, judge
from selftests.mutants.page import PAGE, page

AREAS = "LISTEN,LOGIN,JOIN,CAST,ECHO,EXIT,LEAVE,DROP"
SIDE_BY_SIDE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the matrix, write the page, and return 1 if a cell has no explanation."""
    parser = argparse.ArgumentParser(prog="python -m selftests.mutants", description=__doc__)
    parser.add_argument("--matrix", action="store_true", help="run all clauses on each mutant")
    parser.add_argument("--only", default="", metavar="NAME[,NAME]", help="a few mutants, or clauses that they break")
    options = parser.parse_args(arguments)
    PAGE.write_text(page(MUTANTS), "utf-8")
    wanted = options.only.split(",") if options.only else []
    rows = [mutant for mutant in MUTANTS if not wanted or mutant.name in wanted or mutant.breaks in wanted]
    if not options.matrix:
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


def row(mutant: Mutant) -> list[str]:
    """Judge a mutant by all clauses, and return the cells that nothing explains, in words."""
    verdicts: dict[str, Verdict] = {}
    for areas in (AREAS, "IDLE") if judging.dialect_of(mutant.of) in judging.IDLE else (AREAS,):
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
        return f"{words} (but it stands in `also`)" if verdict.word == PASS else ""
    if verdict.word in (PASS, NOT_APPLICABLE):
        return ""
    named = [verdicts[need].word for need in verdict.needs if need in verdicts]
    return "" if verdict.word == BLOCKED and FAIL in named else words


if __name__ == "__main__":
    sys.exit(main())
