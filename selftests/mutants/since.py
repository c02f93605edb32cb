"""Which mutants a change may have changed the verdicts of: for daily work, where the whole matrix takes too long."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Collection
from functools import cache

from selftests.judging import file_of
from selftests.mutants.mutant import Mutant
from selftests.tree import ROOT

ALL = (  # what judges, or writes, every mutant
    "src/batepapo/",
    "conformance/conftest.py",
    "selftests/judging.py",
    "selftests/mutants/__main__.py",
    "selftests/mutants/mutant.py",
    "selftests/mutants/pieces.py",
)


def changed_files(commit: str) -> list[str]:
    """Return the files that differ between a commit and the working tree, new ones included.

    Raises:
        ValueError: git knows no such commit, or this is no clone.
    """
    return sorted(
        {
            *_git("diff", "--name-only", "--no-renames", "-z", "--end-of-options", commit, "--"),
            *_git("ls-files", "--others", "--exclude-standard", "-z"),
        }
    )


def _git(*words: str) -> list[str]:
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    except FileNotFoundError as error:
        raise ValueError("git is not installed") from error
    except subprocess.CalledProcessError as error:
        raise ValueError(error.stderr.strip().splitlines()[0]) from error
    return [name for name in done.stdout.split("\0") if name]


@cache
def files_of_checks(area: str) -> frozenset[str]:
    """Return the file of an area's checks and the steps that it takes, those of its steps too, from the root."""
    found: set[str] = set()
    new = {f"conformance/test_{area.lower()}.py"}
    while new:
        name = new.pop()
        found.add(name)
        if not (ROOT / name).exists():  # selftests/test_forgotten.py says so, once
            continue
        steps = re.findall(r"^from \.(?:steps\.)?(\w+) import", (ROOT / name).read_text("utf-8"), re.M)
        new |= {f"conformance/steps/{step}.py" for step in steps} - found
    return frozenset(found)


def why(mutant: Mutant, table: str, changed: Collection[str]) -> str:
    """Return the changed file that a mutant is to be judged again for, or nothing.

    Args:
        mutant: The row.
        table: The file that the row stands in.
        changed: Paths of files, from the root of the checkout.
    """
    clauses = (mutant.breaks, *mutant.also)
    own = (
        table,
        mutant.file,
        f"reference/{file_of(mutant.of)}",  # a client is judged beside it
        *(name for clause in clauses for name in files_of_checks(clause.partition("-")[0])),
    )
    return next((name for name in changed if name.startswith(ALL) or name in own), "")
