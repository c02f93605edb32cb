"""What a run's verdicts mean as an exit status: the one place of the engine that knows clauses, as data."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Final

from batepapo.verdicts.facts import Facts
from batepapo.verdicts.verdict import BLOCKED, FAIL, HARNESS_ERROR, MUST, PASS, SHOULD, UNSTABLE, Level, Verdict

# The exit statuses (design.md, section 6); 2, 4 and 5 are pytest's own.
OK: Final = 0
BROKEN: Final = 1
INTERRUPTED: Final = 2
INVALID: Final = 3
USAGE: Final = 4
NOTHING: Final = 5
NOT_STARTED: Final = 10

LISTENS = "LISTEN-1"  # fails where the server under test never started
DECIDES_THE_RUN = frozenset({"CAST-1", "ECHO-1"})  # without one of them, nothing was seen to work
DECIDES_A_CLIENT = frozenset({"CLIENT-2"})  # the same, where a client is judged


def connects(features: Container[str]) -> str:
    """Return which clause fails where the client under test never connected.

    Args:
        features: Of the dialect; the client of a server that echoes is not asked what the first clause states.
    """
    return "CLIENT-1" if "broadcast" in features else "CLIENT-2"


def red_levels(should: str | None) -> frozenset[Level]:
    """Return the levels whose breach makes a run red; `should` is the value of the option of that name."""
    return frozenset({MUST, SHOULD}) if should == "fail" else frozenset({MUST})


def exit_status(verdicts: Iterable[Verdict], facts: Facts, red: Container[str] = frozenset({MUST})) -> int:
    """Return the exit status of a run that reached its end.

    Args:
        verdicts: One for each selected clause.
        facts: What is true of the whole run.
        red: The levels of clauses whose breach makes the run red.
    """
    verdicts = list(verdicts)
    if any(verdict.word == HARNESS_ERROR for verdict in verdicts):
        return INVALID
    if facts.nothing_started:
        return NOT_STARTED
    if any(verdict.level in red and verdict.word in (FAIL, UNSTABLE, BLOCKED) for verdict in verdicts):
        return BROKEN
    selected = {verdict.id for verdict in verdicts}
    decided = {verdict.id for verdict in verdicts if verdict.word in (PASS, FAIL)}
    if facts.nobody_heard or (selected & DECIDES_A_CLIENT and not decided & DECIDES_A_CLIENT):
        return BROKEN
    # Where nothing narrowed the selection, a message must have been seen to arrive.
    whole = selected >= DECIDES_THE_RUN
    return BROKEN if whole and not decided & DECIDES_THE_RUN else OK
