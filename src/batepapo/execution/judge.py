"""The way from a check to its verdict: what is decided in advance, the attempts, and what they come to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from batepapo.detection.survey import Asked, survey
from batepapo.execution.attempt import run_check
from batepapo.isolation.runner import Runner
from batepapo.protocol.dialect import FEATURES
from batepapo.protocol.framing import Framing
from batepapo.testbed.base import Testbed
from batepapo.testbed.factory import Factory
from batepapo.under_test import reference_programs
from batepapo.under_test.target import Target
from batepapo.verdicts.clause import CLIENT, PAIR, SERVER, Clause
from batepapo.verdicts.exit_status import LISTENS, connects
from batepapo.verdicts.facts import Facts, StartFailure
from batepapo.verdicts.verdict import (
    BLOCKED,
    FAIL,
    HARNESS_ERROR,
    NOT_APPLICABLE,
    PASS,
    UNSTABLE,
    Attempt,
    Program,
    Verdict,
    Word,
    another_is_needed,
    combine,
    decisive,
    in_turn,
)

Check = Callable[[Any], None]


def _ignored(testbed: Testbed) -> None:
    """Nobody wants to know of an attempt."""


class Judge:
    """Decides clauses; one for each pytest process.

    Args:
        runner: Where programs run; closed with the judge.
        facts: What is true of the whole run.
        factory: Furnishes the testbeds.
    """

    def __init__(self, runner: Runner, facts: Facts, factory: Factory) -> None:
        self.facts = facts
        self.factory = factory
        self._runner = runner

    @classmethod
    def open(cls, target: Target, asked: Asked, run_dir: Path) -> Judge:
        """Find out once what is judged and where, and return who judges it.

        Raises:
            UsageError: What was asked for is not possible.
        """
        runner = Runner()
        try:
            return cls(runner, *survey(runner, target, asked, run_dir))
        except BaseException:
            runner.close()
            raise

    def close(self) -> None:
        """End what is left running."""
        self._runner.close()

    @property
    def one_at_a_time(self) -> bool:
        """Whether two servers cannot run beside each other."""
        return self.attached or self.facts.network == "shared"

    @property
    def attached(self) -> bool:
        """Whether the server under test was not started by us."""
        return self.factory.target.address is not None

    # ---- without an attempt ------------------------------------------------------------------

    def decided_in_advance(self, clause: Clause) -> Verdict | None:
        """Return the verdict of a clause that needs no attempt, or None."""
        dialect, facts = self.factory.dialect, self.facts
        missing = [feature for feature in clause.applies if feature not in dialect.features]
        if missing:
            return self._not_applicable(clause, f"the dialect {dialect.name} has {self._lacks(missing[0])}")
        if why := clause.ruled_out.get(dialect.name):
            return self._not_applicable(clause, f"not asked of the dialect {dialect.name}: {why}")
        if clause.of != CLIENT and facts.start_error is not None:
            return self._never_came(clause, facts.start_error, SERVER)
        if clause.of != SERVER and facts.client_error is not None:
            return self._never_came(clause, facts.client_error, CLIENT)
        if clause.of == PAIR and not clause.process and (alone := self._without_reference()):
            return self._not_applicable(clause, alone)
        if clause.process and self.attached:
            return self._not_applicable(clause, "it needs the server's process, and this server already ran")
        if clause.framed and self.factory.framing is Framing.RAW:
            return self._not_applicable(clause, "over raw framing a message is what one send carries")
        return None

    def _without_reference(self) -> str:
        """Return why no reference program can be the other half of a pair, or ""."""
        dialect = self.factory.dialect
        if not reference_programs.speak(dialect):
            return f"no reference program speaks the dialect {dialect.name} as it is described"
        if self.factory.target.server is None and not self.factory.dials_ipv4:
            return "the client dials IPv6, and the reference servers speak IPv4"
        return ""

    def _never_came(self, clause: Clause, failure: StartFailure, program: Program) -> Verdict:
        """Return fail for the clause that says it, and blocked by that for all others; blocked where nobody can say."""
        if failure.unseen:
            return self._verdict(clause, BLOCKED, failure.what)
        first, expected, why = {
            SERVER: (LISTENS, "the server listens on TCP", "the server did not start"),
            CLIENT: (connects(self.factory.dialect.features), "the client connects", "the client did not connect"),
        }[program]
        if clause.id != first:
            return replace(self._verdict(clause, BLOCKED, why), needs=(first,))
        attempt = Attempt(FAIL, expected, (failure.what,), output=failure.seen, program=program, started=False)
        return replace(self._verdict(clause, FAIL, failure.what), attempts=(attempt,))

    def _lacks(self, feature: str) -> str:
        return f"no {FEATURES[feature]}" + (" (not offered)" if self.facts.not_offered else "")

    # ---- by attempts -------------------------------------------------------------------------

    def judge(
        self,
        clause: Clause,
        check: Check,
        opened: Callable[[Testbed], None] = _ignored,
        first: Testbed | None = None,
    ) -> Verdict:
        """Attempt a check, on a fresh testbed each time, until that decides it.

        Args:
            clause: Which.
            check: Its function.
            opened: Is given the testbed of each attempt, so that another thread can cancel it.
            first: The testbed of the first attempt, if there is one already.
        """
        attempts: list[Attempt] = []
        while another_is_needed(attempts):
            testbed = first if first is not None and not attempts else self.factory.testbed(clause, len(attempts) + 1)
            opened(testbed)
            attempts.append(run_check(check, testbed))
        return self.decide(clause, attempts)

    def decide(self, clause: Clause, attempts: list[Attempt]) -> Verdict:
        """Return the verdict of a clause from its attempts."""
        word = combine(attempts)
        why = decisive(word, attempts)
        needs = clause.needs_in(self.factory.dialect.features)
        reason = why.expected
        if word == BLOCKED:
            reason = f"blocked: needs {' '.join(needs)}: {reason}" if needs else f"blocked: {reason}"
        elif word != PASS:
            reason = f"{reason}; instead: {', '.join(why.heard[:4]) or 'nothing'}"
        if len(attempts) > 1 and word in (UNSTABLE, HARNESS_ERROR):
            reason = f"{in_turn(attempts)}: {reason}"
        seconds = sum(attempt.seconds for attempt in attempts)
        return replace(self._verdict(clause, word, reason), needs=needs, seconds=seconds, attempts=tuple(attempts))

    def _not_applicable(self, clause: Clause, why: str) -> Verdict:
        return self._verdict(clause, NOT_APPLICABLE, why)

    def _verdict(self, clause: Clause, word: Word, reason: str) -> Verdict:
        level = clause.level_in(self.factory.dialect.features)
        return Verdict(clause.id, word, level=level, reason=reason, title=clause.title, advice=clause.advice)
