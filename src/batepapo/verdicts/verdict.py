"""The six verdicts, and how two attempts make one."""

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
        return tuple(dict.fromkeys(remark for attempt in self.attempts for remark in attempt.remarks))


def combine(attempts: Sequence[Attempt]) -> Word:
    """Return the verdict of one attempt that passed, or of two.

    The second attempt never turns red into green: whatever differs is *unstable*.
    """
    words = [attempt.word for attempt in attempts]
    if HARNESS_ERROR in words:
        return HARNESS_ERROR
    return words[0] if len(set(words)) == 1 else UNSTABLE
