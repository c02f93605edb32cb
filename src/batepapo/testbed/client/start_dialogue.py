"""What a client asks between its start and its first line, and what it is answered."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from batepapo.testbed.client import prompts
from batepapo.testbed.client.keyboard_and_screen import KeyboardAndScreen

MOST_ANSWERS = 8  # a program that asks more than this asks in a circle
# A program at rest that reads no key yet may be about to: it is looked at once more. What it prints ends this nap.
_ONE_MORE_LOOK_AFTER_S = 0.02
_CHOICE = re.compile(r"[(\[]\w/\w[)\]]$")  # (s/n), [y/N]


class StartDialogue(KeyboardAndScreen):
    """A user who answers what the client asks at its start."""

    def begins(self) -> None:
        """Start the client."""
        self._testbed.transcript.note(self.who, "starts the client")
        self.event_loop.stimulus()
        self.program.run()

    def answers_until(self, goal: Callable[[], bool]) -> bool:
        """Answer what the program asks, until something holds; return whether it came to that."""
        end_s = time.monotonic() + self._start_timeout_s
        while not goal() and len(self.asked) < MOST_ANSWERS and self._is_asked(goal, end_s):
            self._answers()
        self.event_loop.drain()  # one that ended may have said why right before
        return goal()

    def _is_asked(self, goal: Callable[[], bool], end_s: float) -> bool:
        """Wait until the program reads the keyboard and nothing else goes on; False if it ended, or never does."""
        while time.monotonic() < end_s:
            left_s = end_s - time.monotonic()
            if self.event_loop.until(lambda: goal() or not self.program.alive(), left_s):
                return not goal() and self.program.alive()
            if self.event_loop.overdue:
                return False
            if self.server.ends_the_prompt():
                continue
            if self._has_been_told_all():
                return False
            if self.waits_for_a_key():
                return True
            if self.event_loop.at_rest() and not self.event_loop.pump(min(left_s, _ONE_MORE_LOOK_AFTER_S)):
                return self.waits_for_a_key()
        return False

    def _answers(self) -> None:
        question = prompts.question(self._fresh_rows(), self._testbed.dialect.client_answers)
        self.asked.append(question)
        self.types_exactly(self._answer(question))

    def _answer(self, question: prompts.Question) -> str:
        values = {"host": "127.0.0.1", "port": str(self._port), "name": self.name}
        if question.answer is not None:
            return prompts.filled(question.answer, values)
        if question.kind == prompts.MENU:
            return "1"
        if not self.server.connections and question.kind in (prompts.HOST, prompts.PORT):
            return values[question.kind]
        return self.name

    def _has_been_told_all(self) -> bool:
        """Return whether it has connected, got the name as an answer, and does not ask for it again."""
        return bool(self.server.connections) and self.name in self.typed and not self.prompts_for_a_name()

    def is_prompting(self) -> bool:
        """Return whether the newest row is new, and looks like a question."""
        rows = [row.rstrip() for row in self._fresh_rows() if row.strip()]
        return bool(rows) and (rows[-1].endswith((":", "?", ">")) or bool(_CHOICE.search(rows[-1])))

    def asks_for_a_name(self) -> bool:
        """Return whether what stands on the screen now asks for the name."""
        question = prompts.question(self._fresh_rows(), self._testbed.dialect.client_answers)
        return question.kind == prompts.NAME or (question.answer or "") == "{name}"

    def prompts_for_a_name(self) -> bool:
        """Return whether the newest row asks for the name, and is no sentence that merely speaks of it."""
        return self.asks_for_a_name() and self.is_prompting()

    def wants_a_name(self) -> bool:
        """Return whether the program asks for a name that it has not got, or asks again."""
        return self.prompts_for_a_name() if self.name in self.typed else self.asks_for_a_name()

    def _fresh_rows(self) -> list[str]:
        """Return the rows that have changed since the last answer, but for the answer itself."""
        answer = self.typed[-1] if self.typed else ""
        rows = self.rows()
        before = [*self.spawn.rows_before[: len(rows)], *[""] * (len(rows) - len(self.spawn.rows_before))]
        return [
            row
            for stood, row in zip(before, rows, strict=True)
            if row not in (stood, f"{stood}{answer}", f"{stood} {answer}")
        ]
