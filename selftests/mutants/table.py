"""What the table of mutants must be, so that no clause is decoration and no row says nothing."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Collection, Sequence

from selftests.mutants import TABLES
from selftests.mutants.mutant import Mutant, source

ON_TWO_SERVERS = tuple(  # what is easily broken: two causes, on two reference servers (issue 14)
    f"{area}-{number}"
    for area, numbers in {
        "CAST": (1, 2, 3, 4, 7, 8),
        "DROP": (1, 2, 6, 7, 9, 10),
        "EXIT": (1, 2, 4),
        "LEAVE": (1, 2),
        "IDLE": (1, 2, 3, 4, 5),
    }.items()
    for number in numbers
)
WHO = re.compile(r"ana|bia|caio|davi|the server|the program|the client|\\w\+")


def faults(mutants: Sequence[Mutant], clauses: Collection[str]) -> list[str]:
    """Return everything that is wrong with a table, a line each, and nothing for a good one.

    Args:
        mutants: The rows.
        clauses: The ids that the specification has.
    """
    found = [line for mutant in mutants for line in _of_one(mutant, clauses)]
    for what, values in (("name", [one.name for one in mutants]), ("story", [one.story for one in mutants])):
        found += [f"two rows have the {what} {value!r}" for value, count in Counter(values).items() if count > 1]
    broken = {mutant.breaks for mutant in mutants}
    found += [
        f"{clause}: no mutant breaks it; add a row to {_file_for(clause)}" for clause in clauses if clause not in broken
    ]
    for clause in ON_TWO_SERVERS:
        servers = {mutant.of for mutant in mutants if mutant.breaks == clause}
        if clause in clauses and len(servers) == 1:
            found.append(f"{clause}: wants two mutants with different causes on two servers, has {' '.join(servers)}")
    if mutants and statistics.median(len(mutant.also) for mutant in mutants) > 0:
        found.append("most mutants break more than their clause: they are no single defects")
    return found


def _file_for(clause: str) -> str:
    """Return the file that has the rows of a clause's area: the one with most of them."""
    area = clause.partition("-")[0]
    files = Counter(file for file, rows in TABLES.items() for row in rows if row.breaks.startswith(f"{area}-"))
    return files.most_common(1)[0][0] if files else f"selftests/mutants/{area.lower()}.py"


def _of_one(mutant: Mutant, clauses: Collection[str]) -> list[str]:
    found = []
    try:
        source(mutant)
    except (ValueError, SyntaxError) as error:
        found.append(str(error) if isinstance(error, ValueError) else f"{mutant.name}: no Python: {error}")
    if not re.fullmatch(r"[A-Z].+\.", mutant.story):
        found.append(f"{mutant.name}: its story is no sentence: {mutant.story!r}")
    found += [
        f"{mutant.name}: there is no clause {clause}"
        for clause in (mutant.breaks, *mutant.also)
        if clause not in clauses
    ]
    found += [
        f"{mutant.name}: {clause} fails at times, but does not stand in `also`"
        for clause in mutant.at_times
        if clause not in mutant.also
    ]
    if mutant.breaks in mutant.also:
        found.append(f"{mutant.name}: {mutant.breaks} is what it breaks, and stands in `also`, too")
    found += [f"{mutant.name}: no reason why {clause} fails with it" for clause, why in mutant.also.items() if not why]
    return found + _untold(mutant)


def _untold(mutant: Mutant) -> list[str]:
    """Return what the patterns of a row leave open: who, what was expected, what came."""
    if mutant.breaks == "LISTEN-1":  # nobody gets so far as to be told anything: what happened, and what was seen
        asked = {"what happened": lambda tell: tell.startswith("the server did not start: ")}
    else:
        asked = {
            "what was expected": lambda tell: tell.startswith("expected +"),
            "who": lambda tell: tell.startswith("expected +") and WHO.search(tell),
        }
    missing = [what for what, told in asked.items() if not any(map(told, mutant.tells))]
    if all(tell.startswith(("expected +", "the server did not start: ")) for tell in mutant.tells):
        missing.append("what came")
    return [f"{mutant.name}: its `tells` leave open {what}" for what in missing]
