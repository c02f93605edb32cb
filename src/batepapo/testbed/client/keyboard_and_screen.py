"""Somebody at the terminal of a client: what they type, what they see, and what our server hears of them."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from batepapo.isolation import process_tree
from batepapo.observation import resource_usage
from batepapo.observation.input_wait import InputWait
from batepapo.protocol.events import Said
from batepapo.protocol.occurrences import ExpectedWords
from batepapo.protocol.stream_parser import events
from batepapo.protocol.templates import TEXT, USER
from batepapo.testbed.client import prompts, screen_text
from batepapo.testbed.client.client_event_loop import ClientEventLoop
from batepapo.testbed.client.scripted_server import ScriptedServer
from batepapo.testbed.transcript import shown
from batepapo.under_test import tracebacks
from batepapo.under_test.client import ClientUnderTest
from batepapo.under_test.ending import how_it_ended
from batepapo.under_test.terminal import CTRL_C, CTRL_D

if TYPE_CHECKING:
    from batepapo.protocol.dialect import Dialect
    from batepapo.testbed.client.terminals import Terminals

MOST_ANSWERS = 8  # a program that asks more than this asks in a circle
ENTERS = 2  # "at the latest at the second Enter"
CALM_FROM_S, CALM_FOR_S = 0.1, 0.3  # as for servers (feasibility.md, f)
SPINS = 0.5
# Lines in CALM_FOR_S. A loop over a dead socket prints tens of thousands; one with a pause of 50 ms prints six. A
# client that tries again every second, and says so, prints one.
ENDLESS_LINES = 4
TYPED_AND_CAME = 2
_CHOICE = re.compile(r"[(\[]\w/\w[)\]]$")  # (s/n), [y/N]
# Ends that are no decision of the program's own.
_CRASHES = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL}
_DIGITS = re.compile(r"\d+")


class TerminalUser:
    """One start of the client under test, and the person who uses it.

    Attributes:
        who: The person, as a failure names them.
        name: What they type where the client asks for a name.
        program: The client.
        server: Ours, to whom it talks.
        event_loop: What reads both.
    """

    def __init__(
        self,
        who: str,
        name: str,
        program: ClientUnderTest,
        server: ScriptedServer,
        event_loop: ClientEventLoop,
        terminals: Terminals,
    ) -> None:
        self.who = who
        self.name = name
        self.program = program
        self.server = server
        self.event_loop = event_loop
        self.typed: list[str] = []
        self.asked: list[prompts.Question] = []
        self._testbed = terminals
        self._before: list[str] = []
        self._input_wait = InputWait(program.running.keeper_pid, float("inf"))

    def __repr__(self) -> str:
        return self.who

    # ---- arriving ----------------------------------------------------------------------------

    def begins(self) -> None:
        """Start the client."""
        self._testbed.transcript.note(self.who, "starts the client")
        self.event_loop.stimulus()
        self.program.run()

    def answers_until(self, goal: Callable[[], bool]) -> bool:
        """Answer what the program asks, until something holds; return whether it came to that."""
        end_s = time.monotonic() + self._testbed.start_timeout_s
        while not goal() and len(self.asked) < MOST_ANSWERS and self._waits_for_its_person(goal, end_s):
            self._answers()
        self.event_loop.drain()  # one that ended may have said why right before
        return goal()

    def _waits_for_its_person(self, goal: Callable[[], bool], end_s: float) -> bool:
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
            if self._input_wait.asks():
                return True
            if self.event_loop.at_rest() and not self.event_loop.pump(min(left_s, 0.02)):
                return self._input_wait.asks()
        return False

    def _answers(self) -> None:
        question = prompts.question(self._fresh_rows(), self._testbed.dialect.client_answers)
        self.asked.append(question)
        self.types_exactly(self._answer(question))

    def _answer(self, question: prompts.Question) -> str:
        values = {"host": "127.0.0.1", "port": str(self._testbed.port), "name": self.name}
        if question.answer is not None:
            return prompts.filled(question.answer, values)
        if question.kind == prompts.MENU:
            return "1"
        if not self.server.connections and question.kind in (prompts.HOST, prompts.PORT):
            return values[question.kind]
        return self.name

    def is_prompting(self) -> bool:
        """Return whether the newest row is new, and looks like a question."""
        rows = [row.rstrip() for row in self._fresh_rows() if row.strip()]
        return bool(rows) and (rows[-1].endswith((":", "?", ">")) or bool(_CHOICE.search(rows[-1])))

    def _has_been_told_all(self) -> bool:
        """Return whether it has connected, got the name as an answer, and does not ask for it again."""
        return bool(self.server.connections) and self.name in self.typed and not self.prompts_for_a_name()

    def prompts_for_a_name(self) -> bool:
        """Return whether the newest row asks for the name, and is no sentence that merely speaks of it."""
        return self.asks_for_a_name() and self.is_prompting()

    def wants_a_name(self) -> bool:
        """Return whether the program asks for a name that it has not got, or asks again."""
        return self.prompts_for_a_name() if self.name in self.typed else self.asks_for_a_name()

    def asks_for_a_name(self) -> bool:
        """Return whether what stands on the screen now asks for the name."""
        question = prompts.question(self._fresh_rows(), self._testbed.dialect.client_answers)
        return question.kind == prompts.NAME or (question.answer or "") == "{name}"

    def _fresh_rows(self) -> list[str]:
        """Return the rows that have changed since the last answer, but for the answer itself."""
        answer = self.typed[-1] if self.typed else ""
        rows = self.rows()
        before = [*self._before[: len(rows)], *[""] * (len(rows) - len(self._before))]
        return [
            row
            for stood, row in zip(before, rows, strict=True)
            if row not in (stood, f"{stood}{answer}", f"{stood} {answer}")
        ]

    # ---- typing ------------------------------------------------------------------------------

    def types(self, text: str = "oi") -> str:
        """Type a line with a fresh random word in it, once the program has dealt with the last; return it."""
        return self.types_exactly(f"{text} {self._testbed.word()}")

    def types_exactly(self, text: str) -> str:
        """Type a line as it is; return it."""
        self.settles()
        self.event_loop.stimulus()
        self._testbed.transcript.said("keys", f"{text}\n".encode())
        self.typed.append(text)
        self._before = self.rows()
        self.program.terminal.types(text)
        return text

    def presses_ctrl_c(self) -> None:
        """Press Ctrl-C."""
        self._presses("Ctrl-C", CTRL_C)

    def presses_ctrl_d(self) -> None:
        """Press Ctrl-D: the end of input."""
        self._presses("Ctrl-D", CTRL_D)

    def _presses(self, name: str, key: bytes) -> None:
        self.settles()
        self.event_loop.stimulus()
        self._testbed.transcript.note("keys", name)
        self.program.terminal.presses(key)

    def settles(self) -> None:
        """Wait until the program has finished reacting to all that was done."""
        self.event_loop.settle()

    # ---- seeing ------------------------------------------------------------------------------

    def rows(self) -> list[str]:
        """Return what stands on the screen, scrolled back to the beginning."""
        return self.program.terminal.rows()

    def sees(self, text: str) -> None:
        """Wait until a text stands on the screen."""
        limit_s = self._testbed.limit_s
        if not self.event_loop.until(lambda: self.copies(text) > 0, limit_s):
            self._testbed.fail(f"{self}'s screen shows {text!r} within {limit_s:g} s", self.seen())

    def sees_once(self, text: str) -> None:
        """Wait until a text stands on the screen, and check that it stands there once."""
        self.sees(text)
        self.settles()
        copies = self.copies(text)
        self._testbed.expect(copies == 1, f"{self}'s screen shows {text!r} once", [f"{copies} times", *self.seen()])

    def sees_in_time(self, text: str) -> None:
        """Wait for a text to stand on the screen; others bring it, so that this program's silence ends nothing."""
        limit_s = self._testbed.limit_s
        if not self.event_loop.until(lambda: self.copies(text) > 0, limit_s, early=False, look_every_s=0.02):
            self._testbed.fail(f"{self}'s screen shows {text!r} within {limit_s:g} s", self.seen())

    def sees_back(self, text: str) -> None:
        """Wait until a line that was typed shows a second time: the first is that of the typing itself."""
        limit_s, terminal = self._testbed.limit_s, self.program.terminal
        if not self.event_loop.until(
            lambda: terminal.printed.count(text.encode()) >= TYPED_AND_CAME, limit_s, early=False, look_every_s=0.02
        ):
            self._testbed.fail(f"{self}'s screen shows {text!r}, which came back, within {limit_s:g} s", self.seen())

    def copies(self, text: str) -> int:
        """Return how often a text stands on the screen."""
        return screen_text.copies(self.rows(), text)

    def seen(self, last: int = 12) -> list[str]:
        """Return the newest rows of the screen, for a failure."""
        return self._newest(last) + ([] if self.program.alive() else [self.end()])

    def _newest(self, last: int) -> list[str]:
        return [repr(row) for row in self.rows() if row.strip()][-last:]

    def end(self) -> str:
        """Say how the program ended."""
        return f"it {how_it_ended(self.program.exit_status())}"

    def sees_all(self, texts: Sequence[str]) -> None:
        """Wait until the last of many texts stands on the screen, and check that all do, in their order."""
        limit_s = self._testbed.limit_s
        self.event_loop.until(lambda: not screen_text.in_order(self.rows(), texts)[0], limit_s)
        missing, ordered = screen_text.in_order(self.rows(), texts)
        if missing:
            expected = f"{self}'s screen shows all {len(texts)} lines within {limit_s:g} s"
            self._testbed.fail(expected, [f"{len(missing)} are missing, the first is {missing[0]!r}", *self.seen(6)])
        self._testbed.expect(ordered, f"{self}'s screen shows the {len(texts)} lines in their order", self.seen())

    def terminal_is_untouched(self, strange: str) -> None:
        """Check that no escape sequence of somebody else's text came to the terminal, and that the program lives."""
        self.settles()
        printed = bytes(self.program.terminal.printed)
        sequences = [b"\x1b" + rest for rest in strange.encode().split(b"\x1b")[1:]]
        came = [shown(sequence) for sequence in sequences if sequence in printed]
        self._testbed.expect(not came, f"no escape sequence of another user comes to {self}'s terminal", came)
        self._testbed.expect(self.program.alive(), "the program goes on running", [self.end(), *self._newest(6)])

    # ---- what the server hears ---------------------------------------------------------------

    def is_heard(self, text: str) -> None:
        """Wait until our server has got a line, byte for byte, with the name where the client writes it."""
        limit_s = self._testbed.limit_s
        if not self.event_loop.until(lambda: self._was_heard(text), limit_s):
            self._testbed.fail(f"the server gets {self._form(text)} from {self} within {limit_s:g} s", self.sent())

    def _form(self, text: str) -> str:
        return repr(self.server.form(self.name, text) if self._testbed.dialect.names == "client" else text)

    def _was_heard(self, text: str) -> bool:
        for connection in self.server.connections:
            stream = bytes(connection.stream)
            at = stream.find(text.encode())
            if at < 0 or not _is_whole(stream[at + len(text.encode()) :]):
                continue
            if self._testbed.dialect.names != "client":
                return True
            if self.name not in self.typed:  # it has one from its command line
                self.name = name_before(stream, text, self._testbed.dialect) or self.name
            # Its own words decide, as for servers: the name, then the text, in the dialect's form.
            names = tuple(dict.fromkeys((self.name, self.name.upper(), self.name.title())))
            said = {Said(text, name) for name in names}
            known = ExpectedWords(names, tuple(typed for typed in self.typed if typed not in names))
            return not said.isdisjoint(events(stream, self._testbed.dialect, known))
        return False

    def sent(self, last: int = 8) -> list[str]:
        """Return what our server got, for a failure."""
        reads = [read for connection in self.server.connections for read in connection.reads()]
        lines = [shown(line) for read in reads for line in read[-4096:].splitlines(keepends=True)]
        if not self.server.connections:
            lines = ["no connection"]
        return lines[-last:] or ["the connection, and nothing on it"]

    # ---- ending ------------------------------------------------------------------------------

    def goes_on(self, when: str) -> None:
        """Check that the program still runs."""
        self._testbed.expect(
            self.program.alive(), f"the program goes on running {when}", [self.end(), *self._newest(6)]
        )

    def ends(self, how: str = "the program") -> None:
        """Wait for the end of every process of the program."""
        limit_s = self._testbed.limit_s
        if not self.has_ended(limit_s):
            self._testbed.fail(f"{how} ends within {limit_s:g} s", [self._what_is_left(), *self.seen(6)])

    def has_ended(self, limit_s: float) -> bool:
        """Wait for the end of every process; return whether it came. A reader of the terminal ends in its own time."""
        return self.event_loop.until(lambda: not self.program.alive(), limit_s, early=False, look_every_s=0.005)

    def _what_is_left(self) -> str:
        status = self.program.exit_status()
        if status is None:
            return self.end()
        left = len(process_tree.descendants(self.program.running.keeper_pid))
        return f"{self.end()}, and left {left} process{'es' * (left > 1)} behind"

    def left_no_trace(self) -> None:
        """Check that no traceback and no stack trace stands on the screen, a thread's included."""
        self.event_loop.drain()
        trace = tracebacks.trace(self.rows())
        heard = [*map(repr, trace), self.end()]
        self._testbed.expect(not trace, f"{self}'s screen shows no traceback", heard)
        status = self.program.exit_status() or 0
        killed_by = -status if status < 0 else status - 128  # a shell adds that
        self._testbed.expect(killed_by not in _CRASHES, "the program does not crash", [self.end(), *self._newest(6)])

    def has_given_up(self) -> None:
        """Wait for the end of a program that may try for a while to connect."""
        limit_s = self._testbed.start_timeout_s
        if not self.event_loop.until(lambda: not self.program.alive(), limit_s):
            self._testbed.fail(f"the program, without a server, ends within {limit_s:g} s", self.seen())

    def ended_badly(self) -> None:
        """Check for an exit status that says that something was wrong."""
        status = self.program.exit_status()
        self._testbed.expect(status != 0, "the program ends with a status other than 0", [self.end(), *self._newest(6)])

    def ended_well(self) -> None:
        """Check for exit status 0."""
        status = self.program.exit_status()
        self._testbed.expect(status == 0, "the program ends with status 0", [self.end(), *self._newest(6)])

    def let_the_server_go(self) -> None:
        """Wait until our server has seen the end of every connection."""
        limit_s = self._testbed.limit_s
        if not self.event_loop.until(lambda: not self.server.connected, limit_s, early=False):
            self._testbed.fail(f"the server sees the end of the connection within {limit_s:g} s", ["it is still open"])

    # ---- learning that something happened ----------------------------------------------------

    def notes(self) -> set[str]:
        """Return the rows that stand on the screen, as far as they tell anything: see `told_since`."""
        return {self._gist(row) for row in self.rows()}

    def _gist(self, row: str) -> str:
        """Return a row without what the person typed and without numbers: a prompt or a clock is no news."""
        for text in sorted(self.typed, key=len, reverse=True):
            row = row.replace(text, "")
        return _DIGITS.sub("0", row).strip()

    def told_since(self, before: set[str]) -> list[str]:
        """Return the rows that are news: with words, not there before, and no traceback."""
        rows = tracebacks.without_traces(self.rows())
        return [row for row in rows if self._gist(row) not in before and re.search(r"\w", self._gist(row))]

    def learns(self, what: str, before: set[str], *, must_end: bool = False) -> None:
        """Check that the person learns of something, by words or by the end, at the latest at the second Enter."""
        for enters in range(ENTERS + 1):
            if enters and self.program.alive():
                self.types()
            self._waits_for_news(before, must_end)
            ended = not self.program.alive()
            if ended or (not must_end and self.told_since(before)):
                return
        wanted = "the program ends" if must_end else f"{self} is told, or the program ends,"
        self._testbed.fail(f"{wanted} when {what}, at the latest at the second Enter", [self.end(), *self.seen()])

    def _waits_for_news(self, before: set[str], must_end: bool) -> None:
        def news() -> bool:
            return not self.program.alive() or (not must_end and bool(self.told_since(before)))

        self.event_loop.until(news, self._testbed.limit_s)

    def is_told_something(self, what: str, before: set[str]) -> None:
        """Check that there are words on the screen that were not there before."""
        self.event_loop.drain()
        self._testbed.expect(bool(self.told_since(before)), f"{self}'s screen says in any words {what}", self.seen())

    def stays_calm(self) -> None:
        """Check that the program neither spins nor prints on without end."""
        if not self.program.alive():
            return
        settled = self.event_loop.settle()
        if settled.kind in ("proof", "listen", "cycle"):
            return
        self._passes(CALM_FROM_S)
        keeper = self.program.running.keeper_pid
        before, lines = resource_usage.read(keeper), self.program.terminal.lines
        self._passes(CALM_FOR_S)
        share, lines = (
            resource_usage.busy_share(before, resource_usage.read(keeper)),
            self.program.terminal.lines - lines,
        )
        if not self.program.alive():
            return
        printed = f"{lines} lines in {CALM_FOR_S:g} s"
        self._testbed.expect(lines < ENDLESS_LINES, "the program prints on no more", [printed, *self.seen(4)])
        busy = f"{100 * share:.0f} % of a processor, over {CALM_FOR_S:g} s"
        self._testbed.expect(share < SPINS, "the program does not burn processor time", [busy])

    def _passes(self, seconds: float) -> None:
        end_s = time.monotonic() + seconds
        while (left_s := end_s - time.monotonic()) > 0 and self.program.alive():
            self.event_loop.pump(left_s)

    def close(self) -> None:
        """End everything."""
        self.server.close()
        self.event_loop.close()
        self._input_wait.close()
        self.program.stop()


def _is_whole(behind: bytes) -> bool:
    """Return whether a text ends where it should: a message's end, or a character that belongs to no word."""
    return not behind[:1].isalnum() and not behind[:1] >= b"\x80"


def name_before(stream: bytes, text: str, dialect: Dialect) -> str:
    """Return the name in whose form a text stands in a stream, or "" if it stands in none."""
    decoded = stream.decode("utf-8", "replace")
    places = {USER: r"(\S[^\n]*?)", TEXT: re.escape(text)}
    for form in dialect.said:
        pieces = re.split(r"(\{user\}|\{text\})", form)
        pattern = r"\s*".join(places.get(piece) or re.escape(piece.strip()) for piece in pieces if piece)
        if USER in form and (found := re.search(pattern, decoded)):
            return found[1]
    return ""
