"""The six verdicts, and how the attempts of a check make one (protocol.md, section 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

Word = Literal["pass", "fail", "unstable", "blocked", "not_applicable", "harness_error"]
PASS: Final = "pass"
FAIL: Final = "fail"
UNSTABLE: Final = "unstable"
BLOCKED: Final = "blocked"
NOT_APPLICABLE: Final = "not_applicable"
HARNESS_ERROR: Final = "harness_error"
WORDS: tuple[Word, ...] = get_args(Word)

Level = Literal["must", "should", "may"]
MUST: Final = "must"
SHOULD: Final = "should"
MAY: Final = "may"
LEVELS: tuple[Level, ...] = get_args(Level)

Program = Literal["server", "client"]

MOST_ATTEMPTS: Final = 3


@dataclass(frozen=True)
class Attempt:
    """What one run of a check on one fresh server found.

    `rate` says how many seconds of the server's clock passed in one of ours: 1 on the real clock. `program` is what
    was judged. `started` says whether the program under test ran at all: where it never did, the check was not run.
    `spent` says which part of the seconds went into starting servers ("start"), settling ("settle") and ending servers
    ("stop"); a client's attempts do not say that.
    """

    word: Word
    expected: str = ""
    heard: tuple[str, ...] = ()
    conversation: tuple[str, ...] = ()
    output: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    seconds: float = 0.0
    rate: float = 1.0
    program: Program = "server"
    started: bool = True
    spent: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What is said of a clause, and the attempts that it rests on."""

    id: str
    word: Word
    level: Level = MUST
    needs: tuple[str, ...] = ()
    reason: str = ""
    seconds: float = 0.0
    title: str = ""
    advice: str = ""
    attempts: tuple[Attempt, ...] = field(default=(), repr=False)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is worth saying although it costs nothing, each once."""
        remarks = [remark for attempt in self.attempts for remark in attempt.remarks]
        if self.word == PASS:
            blocked = (attempt.expected for attempt in self.attempts if attempt.word == BLOCKED)
            remarks += [f"passed twice, and was blocked once: {what}" for what in blocked]
        return tuple(dict.fromkeys(remarks))


def another_is_needed(attempts: Sequence[Attempt]) -> bool:
    """Return whether these attempts decide nothing yet.

    Whatever does not pass is attempted once more; where one of the two was blocked and the other was not, a third time.
    """
    words = [attempt.word for attempt in attempts]
    if HARNESS_ERROR in words or len(words) >= MOST_ATTEMPTS:
        return False
    if len(words) < 2:
        return words != [PASS]
    return BLOCKED in words and len(set(words)) > 1


def combine(attempts: Sequence[Attempt]) -> Word:
    """Return the verdict of attempts of which no other is needed; where the run was ended before, no better one.

    No other attempt turns a fail into a pass. One that was blocked decides nothing, but two of them are *blocked*.
    """
    words = [attempt.word for attempt in attempts]
    passes, fails, blocked = words.count(PASS), words.count(FAIL), words.count(BLOCKED)
    if HARNESS_ERROR in words:
        return HARNESS_ERROR
    if not fails:
        return PASS if passes > blocked else BLOCKED
    return FAIL if not passes and fails > blocked else UNSTABLE


def in_turn(attempts: Sequence[Attempt]) -> str:
    """Return what they came to, in their order: "fail, then pass"."""
    return ", then ".join(attempt.word for attempt in attempts)


def decisive(word: Word, attempts: Sequence[Attempt]) -> Attempt:
    """Return the attempt that says why the verdict is this: the first fail, or the last that was blocked."""
    if word == BLOCKED:
        return next(attempt for attempt in reversed(attempts) if attempt.word == BLOCKED)
    sought = FAIL if word == UNSTABLE else word
    return next(attempt for attempt in attempts if attempt.word == sought)
