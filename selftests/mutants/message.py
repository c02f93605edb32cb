"""What a mutant's failure says, and the golden part of it: less what differs from run to run.

Said are the first line, `expected`, `heard` and `look at`: what was asked, of whom, what came, and where to look.
The conversation and the server's output are left out. They hold the same bytes as `heard`, but their lines come from
several sockets and threads: two of them change places, or are joined, whenever the machine is busy, and each begins
with a time. `selftests/testbed/test_transcript.py` holds what they must look like.

Golden is what was said with N and «word» for times, ports and random words, although the seed is fixed: bounds grow
with the machine factor, and a room that must be settled by a fence takes words of its own. Where the bug itself is a
race, the row of the mutant says with `varies` which fields it changes; what they must hold, its `tells` say alone.
"""

from __future__ import annotations

import re

from selftests.mutants.mutant import Mutant
from selftests.tree import ROOT

FOLDER = ROOT / "selftests" / "messages"
SEED = "golden"  # so that a difference can be had again; `--matrix` takes a fresh seed each time
LEFT_OUT = ("conversation", "your server", "your client")
FIXED = ("FAIL  ", "  look at ")  # of the check's docstring: a time in there is part of the requirement
NORMALISED = (
    (r"\d+(\.\d+)? s\b", "N s"),
    (r"\bport \d+", "port N"),
    (r"(?<=0\.0\.0\.0:)\d+", "N"),
    (r"[A-Za-z0-9]{40,}", "«letters»"),  # of a long text
    (r"[bcdfghjklmnpqrtvwz]{7}", "«word»"),  # as room.word() makes them; no name and no notice has seven in a row
)


def said(output: str, clause: str) -> list[str]:
    """Return the lines of a clause's failure in a run's output, without the fields of `LEFT_OUT`.

    A server that did not start is told of once, at the end of the run. Nothing is returned if the clause did not fail.
    """
    never_started = clause == "LISTEN-1"
    begin = "the server did not start: " if never_started else f"FAIL  {clause}  "
    kept: list[str] = []
    keeping = True
    for line in output.splitlines():
        if not kept:
            kept += [line] if line.startswith(begin) else []
        elif line.startswith("batepapo: ") if never_started else not line.startswith("  "):
            break
        else:
            name = line[2:16].strip()  # "" in the further lines of a field
            keeping = name not in LEFT_OUT if name and not never_started else keeping
            kept += [line] if keeping else []
    return kept


def golden(output: str, mutant: Mutant) -> str:
    """Return what must be the same in every run of a mutant, as its file in `FOLDER` has it."""
    lines: list[str] = []
    varying = False
    for line in said(output, mutant.breaks):
        name = line[2:16].strip() if line.startswith("  ") else line
        if name:
            varying = name in mutant.varies
            lines.append(f"  {name:<14}(differs from run to run)" if varying else line)
        elif not varying:
            lines.append(line)
    return "".join(f"{line if line.startswith(FIXED) else normalised(line)}\n" for line in lines)


def normalised(line: str) -> str:
    """Return a line with N and «word» for what no two runs share."""
    for pattern, instead in NORMALISED:
        line = re.sub(pattern, instead, line)
    return line
