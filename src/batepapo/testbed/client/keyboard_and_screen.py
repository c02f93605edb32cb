"""Somebody at the terminal of a client: what they type, and what they see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NoReturn

from batepapo.observation.input_wait import InputWait
from batepapo.testbed.base import Testbed
from batepapo.testbed.client import prompts, screen_text
from batepapo.testbed.client.client_event_loop import ClientEventLoop
from batepapo.testbed.client.scripted_server import ScriptedServer
from batepapo.testbed.transcript import shown
from batepapo.under_test.client import ClientUnderTest
from batepapo.under_test.ending import how_it_ended
from batepapo.under_test.terminal import KEPT_BYTES, ClientSpawn, SpawnHooks

TYPED_AND_CAME = 2  # copies of a line that was typed and came back
LOOK_EVERY_S = 0.02  # what comes to the terminal ends a nap at once; the end of the program does not
ROWS_OF_A_FAILURE = 12  # of the screen: a help text of a client and what was said behind it
FEWER_ROWS = 6  # where another sentence says already what is wrong


class KeyboardAndScreen:
    """One start of the client under test, and the user who sits at its terminal.

    Attributes:
        who: The user, as a failure names them.
        name: What they type where the client asks for a name.
        program: The client.
        server: Ours, to which it talks.
        event_loop: What reads both.
        asked: Every question of the program that was answered.

    Args:
        testbed: Limits, evidence, fresh words, and what ends the attempt.
        port: What is typed where the client asks for a port.
        start_timeout_s: How long the client may take to connect, or to ask.
    """

    def __init__(
        self,
        who: str,
        name: str,
        program: ClientUnderTest,
        server: ScriptedServer,
        event_loop: ClientEventLoop,
        *,
        testbed: Testbed,
        port: int,
        start_timeout_s: float,
    ) -> None:
        self.who = who
        self.name = name
        self.program = program
        self.server = server
        self.event_loop = event_loop
        self.asked: list[prompts.Question] = []
        self._testbed = testbed
        self._port = port
        self._start_timeout_s = start_timeout_s
        self._input_wait = InputWait(program.running.keeper_pid, float("inf"))
        self.spawn.is_driven(
            SpawnHooks(self._serves_until, self._will_type, self._will_press, self._missed, testbed.limit_s)
        )

    def __repr__(self) -> str:
        return self.who

    @property
    def spawn(self) -> ClientSpawn:
        """The terminal, for what pexpect can do: `ana.spawn.expect("Sala:")`."""
        return self.program.spawn

    @property
    def typed(self) -> list[str]:
        """Every line that was typed."""
        return self.spawn.typed

    # ---- typing ------------------------------------------------------------------------------

    def types(self, text: str = "oi") -> str:
        """Type a line with a fresh random word in it, once the program has dealt with the last; return it."""
        return self.types_exactly(f"{text} {self._testbed.word()}")

    def types_exactly(self, text: str) -> str:
        """Type a line as it is; return it."""
        self.settles()
        self.spawn.sendline(text)
        return text

    def presses_ctrl_c(self) -> None:
        """Press Ctrl-C."""
        self.settles()
        self.spawn.sendcontrol("c")

    def presses_ctrl_d(self) -> None:
        """Press Ctrl-D: the end of input."""
        self.settles()
        self.spawn.sendeof()

    def _will_type(self, text: str) -> None:
        self.event_loop.stimulus()
        self._testbed.transcript.said("keys", text.encode())

    def _will_press(self, key: str) -> None:
        self.event_loop.stimulus()
        self._testbed.transcript.note("keys", f"Ctrl-{key}")

    def settles(self) -> None:
        """Wait until the program has finished reacting to all that was done."""
        self.event_loop.settle()

    def waits_for_a_key(self) -> bool:
        """Return whether some thread of the program reads the keyboard now; also where that cannot be seen."""
        return self._input_wait.asks()

    # ---- seeing ------------------------------------------------------------------------------

    def rows(self) -> list[str]:
        """Return what stands on the screen, scrolled back to the beginning."""
        return self.spawn.rows()

    def copies(self, text: str) -> int:
        """Return how often a text stands on the screen."""
        return screen_text.copies(self.rows(), text)

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
        if not self.event_loop.until(lambda: self.copies(text) > 0, limit_s, early=False, look_every_s=LOOK_EVERY_S):
            self._testbed.fail(f"{self}'s screen shows {text!r} within {limit_s:g} s", self.seen())

    def sees_back(self, text: str) -> None:
        """Wait until a line that was typed shows a second time: the first is that of the typing itself."""
        limit_s, line = self._testbed.limit_s, text.encode()
        if not self.event_loop.until(
            lambda: self.spawn.printed.count(line) >= TYPED_AND_CAME,
            limit_s,
            early=False,
            look_every_s=LOOK_EVERY_S,
        ):
            self._testbed.fail(f"{self}'s screen shows {text!r}, which came back, within {limit_s:g} s", self.seen())

    def sees_all(self, texts: Sequence[str]) -> None:
        """Wait until the last of many texts stands on the screen, and check that all do, in their order."""
        limit_s = self._testbed.limit_s
        self.event_loop.until(lambda: not screen_text.in_order(self.rows(), texts)[0], limit_s)
        missing, ordered = screen_text.in_order(self.rows(), texts)
        if missing:
            expected = f"{self}'s screen shows all {len(texts)} lines within {limit_s:g} s"
            lost = f"{len(missing)} are missing, the first is {missing[0]!r}"
            self._testbed.fail(expected, [lost, *self.seen(FEWER_ROWS)])
        self._testbed.expect(ordered, f"{self}'s screen shows the {len(texts)} lines in their order", self.seen())

    def terminal_is_untouched(self, strange: str) -> None:
        """Check that no escape sequence of somebody else's text came to the terminal, and that the program lives."""
        self.settles()
        printed = bytes(self.spawn.printed)
        sequences = [b"\x1b" + rest for rest in strange.encode().split(b"\x1b")[1:]]
        came = [shown(sequence) for sequence in sequences if sequence in printed]
        self._testbed.expect(not came, f"no escape sequence of another user comes to {self}'s terminal", came)
        self._testbed.expect(self.program.alive(), "the program goes on running", self.end_and_rows())

    # ---- expecting ---------------------------------------------------------------------------

    def _serves_until(self, condition: Callable[[], bool], limit_s: float) -> bool:
        early = not self.event_loop.others_speak
        return self.event_loop.until(condition, limit_s, early=early, look_every_s=LOOK_EVERY_S)

    def _missed(self, patterns: str, limit_s: float | None) -> NoReturn:
        """Fail for a pattern that did not come to the terminal."""
        within = "" if limit_s is None else f" within {limit_s:g} s"
        flood = [f"it printed more than {KEPT_BYTES >> 10} KiB: the rest was not looked at"] * self.spawn.overfull
        self._testbed.fail(f"{self}'s terminal gets {patterns}{within}", [*flood, *self.seen()])

    # ---- evidence ----------------------------------------------------------------------------

    def seen(self, last: int = ROWS_OF_A_FAILURE) -> list[str]:
        """Return the newest rows of the screen, for a failure."""
        return self._newest(last) + ([] if self.program.alive() else [self.end()])

    def end(self) -> str:
        """Say how the program ended."""
        return f"it {how_it_ended(self.program.exit_status())}"

    def end_and_rows(self) -> list[str]:
        """Say how the program ended, and below that what stood on the screen, for a failure."""
        return [self.end(), *self._newest(FEWER_ROWS)]

    def _newest(self, last: int) -> list[str]:
        return [repr(row) for row in self.rows() if row.strip()][-last:]

    def close(self) -> None:
        """End everything."""
        self.server.close()
        self.event_loop.close()
        self._input_wait.close()
        self.program.stop()
