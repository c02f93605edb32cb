"""The terminal of a client: one object of pexpect's kind reads it, shows it on a screen, and types.

The pseudo-terminal is the keeper's, in the private network of the program, so `pexpect.spawn`, which starts a program
and opens a terminal by itself, cannot drive it; its base class can, and brings `expect` with it. While a pattern is
waited for, the event loop serves our server and whoever else is in the check, and what comes to the terminal meanwhile
is on the screen, too. What a user sees is decided by the screen, and whether the program waits for a key is decided by
its threads: neither by a pattern.

The terminal echoes, as that of a person does: GNU readline draws what is typed only where it finds that on. So what is
typed stands on the screen once without any doing of the program, and no check takes that for an answer.
"""

from __future__ import annotations

import codecs
import os
import re
import select
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from pexpect.exceptions import EOF, TIMEOUT
from pexpect.spawnbase import SpawnBase

from batepapo.under_test.console import read_available
from batepapo.under_test.screen import COLUMNS, ROWS, Screen, Stream

if TYPE_CHECKING:
    _SpawnOfText = SpawnBase[str]
else:
    _SpawnOfText = SpawnBase

# A program that prints without end costs half a second of emulation for so much; what it said first says enough.
KEPT_BYTES = 128 << 10
_READ_AT_MOST = 64 << 10  # a program that floods must not keep us reading; the caller comes again
_BLANK_LINES = re.compile(r"(?:\r*\n){50,}")

_DEFAULT = -1  # pexpect's way to say so
_END_OF_INPUT = "D"
_CONTROL = 0x40  # what Ctrl takes from the code of a capital letter


class Running(Protocol):
    """A program of which it can be asked how it is."""

    def alive(self) -> bool:
        """Return whether any process of it is left."""

    def exit_status(self) -> int | None:
        """Return None while the program itself runs, then its exit status; negative when a signal ended it."""


@dataclass(frozen=True)
class SpawnHooks:
    """What a testbed does for the terminal of a client.

    Args:
        until: Serves everything until a condition holds, for at most so many seconds.
        types: Is told, right before, what will be typed.
        presses: Is told, right before, which key will be pressed together with Ctrl.
        fail: Ends the attempt: which patterns did not come, within how many seconds; None: within the check's time.
        limit_s: How long something may take to come, where the caller does not say.
    """

    until: Callable[[Callable[[], bool], float], bool]
    types: Callable[[str], None]
    presses: Callable[[str], None]
    fail: Callable[[str, float | None], NoReturn]
    limit_s: float


class ClientSpawn(_SpawnOfText):
    """The only reader and writer of a client's terminal.

    A check may use it as pexpect documents it: `ana.spawn.expect("Sala:")`. A pattern that does not come fails the
    check, unless TIMEOUT or EOF is among those that are expected.

    Attributes:
        printed: Every byte that the program wrote, up to a bound.
        printed_bytes: How many it wrote.
        lines: How many line feeds it wrote.
        typed: Every line that was typed.
        rows_before: What stood on the screen when the last of them was begun.
        hung_up: Whether no process has the terminal open any more.

    Args:
        console: Our side of the terminal, non-blocking. It stays the caller's.
        keyboard: The program's own side, open so that what was typed and is unread can be seen. The caller's, too.
        program: The program at it.
    """

    def __init__(self, console: int, keyboard: int, program: Running) -> None:
        super().__init__(maxread=KEPT_BYTES, searchwindowsize=KEPT_BYTES, encoding="utf-8", codec_errors="replace")
        self.delaybeforesend = self.delayafterread = None
        self.delayafterclose = self.delayafterterminate = None  # type: ignore[assignment]
        self.child_fd = console
        self.closed = self.terminated = False
        self.printed = bytearray()
        self.printed_bytes = 0
        self.lines = 0
        self.typed: list[str] = []
        self.rows_before: list[str] = []
        self.hung_up = False
        self._keyboard = keyboard
        self._program = program
        self._hooks: SpawnHooks | None = None
        self._screen = Screen(COLUMNS, ROWS)
        self._stream = Stream(self._screen)
        self._text = codecs.getincrementaldecoder("utf-8")("replace")
        self._kept = ""  # what `expect` has not asked for yet
        self._half_line = ""

    def is_driven(self, hooks: SpawnHooks) -> None:
        """Take what a testbed does for this terminal; nothing can be typed or expected before."""
        self._hooks = hooks
        self.timeout = hooks.limit_s

    @property
    def _driven(self) -> SpawnHooks:
        if self._hooks is None:
            raise RuntimeError("nobody sits at this terminal yet")
        return self._hooks

    # ---- reading -----------------------------------------------------------------------------

    def take_output(self) -> bytes:
        """Return what the program printed since the last call, 64 KiB at most; never waits."""
        new, self.hung_up = read_available(self.child_fd, _READ_AT_MOST)
        self.printed_bytes += len(new)
        self.lines += new.count(b"\n")
        drawn = new[: max(0, KEPT_BYTES - len(self.printed))]
        if drawn:
            self.printed += drawn
            text = self._text.decode(drawn)
            self._stream.feed(_BLANK_LINES.sub("\r\n" * 50, text))
            self._kept += text
            self._answers_what_it_was_asked()
        return new

    def _answers_what_it_was_asked(self) -> None:
        """Answer as terminals do, at once, or a line editor that asks where its cursor is waits a second for it."""
        answers, self._screen.answers = self._screen.answers, ""
        if answers:
            # A program that never reads what it asked for fills the queue, one that has ended has none: theirs to lose.
            with suppress(OSError):
                os.write(self.child_fd, answers.encode())
            self.unread()  # wakes the program

    @property
    def overfull(self) -> bool:
        """Whether the program has printed more than is drawn and kept."""
        return self.printed_bytes > KEPT_BYTES

    def rows(self) -> list[str]:
        """Return what a user sees, scrolled back to the beginning."""
        return self._screen.rows()

    def read_nonblocking(self, size: int = 1, timeout: float | None = _DEFAULT) -> str:
        """Return text that the program printed: what was read meanwhile or, for want of that, what comes in time.

        Raises:
            TIMEOUT: Nothing came, and as far as can be seen nothing will.
            EOF: The program has ended, and all that it printed was returned.
        """
        limit_s = self.timeout if timeout == _DEFAULT else timeout
        if not self._kept:
            self._driven.until(self._has_text, float("inf") if limit_s is None else limit_s)
        ended = not self._kept and (self.hung_up or not self.isalive())
        if ended:
            self._driven.until(self._has_text, 0.0)  # its last words, printed right before
        if self._kept:
            text, self._kept = self._kept[:size], self._kept[size:]
            return text
        if ended:
            self.flag_eof = True
            raise EOF("the program has ended")
        raise TIMEOUT("nothing came")

    def _has_text(self) -> bool:
        return bool(self._kept) or self.hung_up

    def isalive(self) -> bool:
        """Return whether any process of the program is left."""
        alive = self._program.alive()
        status = None if alive else self._program.exit_status()
        if status is not None:
            self.exitstatus, self.signalstatus = (status, None) if status >= 0 else (None, -status)
        self.terminated = not alive
        return alive

    # ---- expecting ---------------------------------------------------------------------------

    def expect_list(
        self,
        pattern_list: Any,
        timeout: float | None = _DEFAULT,
        searchwindowsize: int | None = _DEFAULT,
        async_: bool = False,
    ) -> Any:
        """As in pexpect, which calls this in `expect`, too; but what does not come fails the check."""
        with self._failing(pattern_list, timeout, async_):
            return super().expect_list(pattern_list, timeout, searchwindowsize)

    def expect_exact(
        self,
        pattern_list: Any,
        timeout: float | None = _DEFAULT,
        searchwindowsize: int | None = _DEFAULT,
        async_: bool = False,
    ) -> Any:
        """As in pexpect; but what does not come fails the check."""
        several = isinstance(pattern_list, Sequence) and not isinstance(pattern_list, str)
        with self._failing(pattern_list if several else [pattern_list], timeout, async_):
            return super().expect_exact(pattern_list, timeout, searchwindowsize)

    def expect_loop(
        self, searcher: Any, timeout: float | None = _DEFAULT, searchwindowsize: int | None = _DEFAULT
    ) -> int:
        """As in pexpect; but what does not come fails the check, and the default timeout is that of `expect`."""
        with self._failing([searcher], timeout):
            return super().expect_loop(searcher, self.timeout if timeout == _DEFAULT else timeout, searchwindowsize)

    @contextmanager
    def _failing(self, patterns: Sequence[Any], timeout: float | None, async_: bool = False) -> Iterator[None]:
        """Let a TIMEOUT or EOF that was not expected fail the check, and nothing else."""
        if async_:
            raise TypeError("a check awaits nothing: the event loop runs while a pattern is expected")
        try:
            yield
        except (TIMEOUT, EOF):
            pass
        else:
            return
        self._driven.fail(_in_words(patterns), self.timeout if timeout == _DEFAULT else timeout)

    # ---- typing ------------------------------------------------------------------------------

    def send(self, text: str) -> int:
        """Type a text, without Enter; return how many bytes were written."""
        self._driven.types(text)
        if not self._half_line:
            self.rows_before = self.rows()
        *lines, self._half_line = (self._half_line + text).split("\n")
        self.typed += lines
        return self._write(text.encode())

    def sendline(self, text: str = "") -> int:
        """Type a line and Enter; return how many bytes were written."""
        return self.send(f"{text}\n")

    def sendcontrol(self, char: str) -> int:
        """Press a key together with Ctrl, such as "c"; what was typed of a line is taken for forgotten.

        Raises:
            ValueError: There is no such key.
        """
        key = char.upper()
        if len(key) != 1 or not "@" <= key <= "_":
            raise ValueError(f"{char!r} is no key that is pressed together with Ctrl")
        self._driven.presses(key)
        self._half_line = ""
        return self._write(bytes([ord(key) - _CONTROL]))

    def sendeof(self) -> int:
        """Press Ctrl-D: the end of input or, behind half a line, the end of that."""
        self.typed += [self._half_line] if self._half_line else []
        return self.sendcontrol(_END_OF_INPUT)

    def _write(self, data: bytes) -> int:
        written = os.write(self.child_fd, data)
        self.unread()  # wakes the program
        return written

    def unread(self) -> bool:
        """Return whether the program has not read yet what was typed; half a line counts only where it reads keys.

        Polling the program's side flushes the queue between the two sides (Linux, n_tty_poll), and so wakes the
        program, which the kernel else does in its own time.
        """
        poll = select.poll()
        poll.register(self._keyboard, select.POLLIN)
        return bool(poll.poll(0))

    def close(self, force: bool = True) -> None:
        """Type and read no more; the descriptors are the caller's to close."""
        self.child_fd = self._keyboard = -1
        self.closed = True


def _in_words(patterns: Sequence[Any]) -> str:
    """Return what was waited for: "'a' or 'b'". A searcher of pexpect's says by itself what it looks for."""
    texts = [getattr(one, "pattern", one) for one in patterns if one not in (TIMEOUT, EOF)]
    words = [repr(text) if isinstance(text, str) else " ".join(str(text).split()) for text in texts]
    return " or ".join([*words, *["its end"] * (EOF in patterns)])
