"""The six verdicts, how two attempts make one, and what a run's verdicts mean as an exit status."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

PASS = "pass"
FAIL = "fail"
UNSTABLE = "unstable"
BLOCKED = "blocked"
NOT_APPLICABLE = "not_applicable"
HARNESS_ERROR = "harness_error"
WORDS = (PASS, FAIL, UNSTABLE, BLOCKED, NOT_APPLICABLE, HARNESS_ERROR)

OK, BROKEN, INTERRUPTED, INVALID, USAGE, NOTHING, NOT_STARTED = 0, 1, 2, 3, 4, 5, 10
"""The exit statuses (design.md, section 6); 2, 4 and 5 are pytest's own."""

LEVELS = (MUST, SHOULD, MAY) = ("must", "should", "may")

DECIDES_THE_RUN = frozenset({"CAST-1", "ECHO-1"})  # without one of them, nothing was seen to work
DECIDES_A_CLIENT = frozenset({"CLIENT-2"})  # the same, where a client is judged


@dataclass(frozen=True)
class Attempt:
    """What one run of a check on one fresh server found.

    `rate` says how many seconds of the server's clock passed in one of ours: 1 on the real clock. `program` is what
    was judged: "server" or "client". `spent` says which part of the seconds went into starting servers ("start"),
    settling ("settle") and ending servers ("stop"); a client's attempts do not say that.
    """

    word: str
    expected: str = ""
    heard: tuple[str, ...] = ()
    conversation: tuple[str, ...] = ()
    output: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    seconds: float = 0.0
    rate: float = 1.0
    program: str = "server"
    spent: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What is said of a clause, and the attempts that it rests on."""

    id: str
    word: str
    level: str = MUST
    needs: tuple[str, ...] = ()
    reason: str = ""
    seconds: float = 0.0
    title: str = ""
    advice: str = ""
    attempts: tuple[Attempt, ...] = field(default=(), repr=False)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is worth saying although it costs nothing, each once."""
        return tuple(dict.fromkeys(remark for attempt in self.attempts for remark in attempt.remarks))


def red_levels(should: str | None) -> frozenset[str]:
    """Return the levels whose breach makes a run red; `should` is the value of the option of that name."""
    return frozenset({MUST, SHOULD}) if should == "fail" else frozenset({MUST})


def combine(attempts: Sequence[Attempt]) -> str:
    """Return the verdict of one attempt that passed, or of two.

    The second attempt never turns red into green: whatever differs is *unstable*.
    """
    words = [attempt.word for attempt in attempts]
    if HARNESS_ERROR in words:
        return HARNESS_ERROR
    return words[0] if len(set(words)) == 1 else UNSTABLE


def exit_status(
    verdicts: Iterable[Verdict],
    *,
    whole_selection: bool,
    red_levels: Container[str] = frozenset({MUST}),
    client: bool = False,
) -> int:
    """Return the exit status of a run that reached its end.

    Args:
        verdicts: One for each selected clause.
        whole_selection: Nothing narrowed the selection, so that a message must have been seen to arrive.
        red_levels: Of clauses whose breach makes the run red.
        client: Whether a client is judged, so that a typed line must have been seen to arrive.
    """
    verdicts = list(verdicts)
    if any(verdict.word == HARNESS_ERROR for verdict in verdicts):
        return INVALID
    if any(verdict.level in red_levels and verdict.word in (FAIL, UNSTABLE, BLOCKED) for verdict in verdicts):
        return BROKEN
    decided = {verdict.id for verdict in verdicts if verdict.word in (PASS, FAIL)}
    if client and not decided & DECIDES_A_CLIENT:
        return BROKEN
    return BROKEN if whole_selection and not decided & DECIDES_THE_RUN else OK
