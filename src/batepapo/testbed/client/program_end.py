"""How a client ends, whether it goes on, and whether it keeps calm meanwhile."""

from __future__ import annotations

import signal
import time

from batepapo.isolation import process_tree
from batepapo.observation import resource_usage
from batepapo.observation.quiescence import RESTS
from batepapo.observation.resource_usage import AFTERMATH_S, BUSY_LOOP_SHARE, MEASURED_FOR_S
from batepapo.testbed.client.keyboard_and_screen import FEWER_ROWS, KeyboardAndScreen
from batepapo.under_test import tracebacks

# Lines in MEASURED_FOR_S. A loop over a dead socket prints tens of thousands; one with a pause of 50 ms prints six. A
# client that tries again every second, and says so, prints one.
ENDLESS_LINES = 4
_ROWS_BESIDE_A_COUNT = 4  # they all say the same
# The end of a program ends no nap, and asking for it wakes the keeper.
_LOOK_FOR_THE_END_EVERY_S = 0.005
# Ends that are no decision of the program's own.
_CRASHES = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL}
_SHELL_ADDS = 128  # to the number of the signal that ended a command


class ProgramEnd(KeyboardAndScreen):
    """A user who waits for the program to end, or to go on."""

    def goes_on(self, when: str) -> None:
        """Check that the program still runs."""
        self._testbed.expect(self.program.alive(), f"the program goes on running {when}", self.end_and_rows())

    def ends(self, how: str = "the program") -> None:
        """Wait for the end of every process of the program."""
        limit_s = self._testbed.limit_s
        if not self.has_ended(limit_s):
            self._testbed.fail(f"{how} ends within {limit_s:g} s", [self._what_is_left(), *self.seen(FEWER_ROWS)])

    def has_ended(self, limit_s: float) -> bool:
        """Wait for the end of every process; return whether it came. A reader of the terminal ends in its own time."""
        return self.event_loop.until(
            lambda: not self.program.alive(), limit_s, early=False, look_every_s=_LOOK_FOR_THE_END_EVERY_S
        )

    def _what_is_left(self) -> str:
        status = self.program.exit_status()
        if status is None:
            return self.end()
        left = len(process_tree.descendants(self.program.running.keeper_pid))
        return f"{self.end()}, and left {left} process{'es' * (left > 1)} behind"

    def has_given_up(self) -> None:
        """Wait for the end of a program that may try for a while to connect."""
        limit_s = self._start_timeout_s
        if not self.event_loop.until(lambda: not self.program.alive(), limit_s):
            self._testbed.fail(f"the program, without a server, ends within {limit_s:g} s", self.seen())

    def left_no_trace(self) -> None:
        """Check that no traceback and no stack trace stands on the screen, a thread's included."""
        self.event_loop.drain()
        trace = tracebacks.trace(self.rows())
        self._testbed.expect(not trace, f"{self}'s screen shows no traceback", [*map(repr, trace), self.end()])
        crashed = is_a_crash(self.program.exit_status())
        self._testbed.expect(not crashed, "the program does not crash", self.end_and_rows())

    def ended_badly(self) -> None:
        """Check for an exit status that says that something was wrong."""
        status = self.program.exit_status()
        self._testbed.expect(status != 0, "the program ends with a status other than 0", self.end_and_rows())

    def ended_well(self) -> None:
        """Check for exit status 0."""
        status = self.program.exit_status()
        self._testbed.expect(status == 0, "the program ends with status 0", self.end_and_rows())

    def let_the_server_go(self) -> None:
        """Wait until our server has seen the end of every connection."""
        limit_s = self._testbed.limit_s
        if not self.event_loop.until(lambda: not self.server.connected, limit_s, early=False):
            self._testbed.fail(f"the server sees the end of the connection within {limit_s:g} s", ["it is still open"])

    def stays_calm(self) -> None:
        """Check that the program neither spins nor prints on without end."""
        if not self.program.alive():
            return
        printed_before = self.spawn.lines
        settled = self.event_loop.settle()
        # A loop that prints at every turn of a timer rests between them, which the proof allows for timers.
        prints = self.spawn.lines - printed_before >= ENDLESS_LINES
        if settled.kind in RESTS and not prints:
            return
        self._passes(AFTERMATH_S)
        keeper = self.program.running.keeper_pid
        before, lines_before = resource_usage.read(keeper), self.spawn.lines
        self._passes(MEASURED_FOR_S)
        share = resource_usage.busy_share(before, resource_usage.read(keeper))
        lines = self.spawn.lines - lines_before
        if not self.program.alive():
            return
        printed = [f"{lines} lines in {MEASURED_FOR_S:g} s", *self.seen(_ROWS_BESIDE_A_COUNT)]
        self._testbed.expect(lines < ENDLESS_LINES, "the program prints on no more", printed)
        busy = f"{100 * share:.0f} % of a processor, over {MEASURED_FOR_S:g} s"
        self._testbed.expect(share < BUSY_LOOP_SHARE, "the program does not burn processor time", [busy])

    def _passes(self, seconds: float) -> None:
        end_s = time.monotonic() + seconds
        while (left_s := end_s - time.monotonic()) > 0 and self.program.alive():
            self.event_loop.pump(left_s)


def is_a_crash(status: int | None) -> bool:
    """Return whether an exit status is that of a program that crashed, in a shell or not; None: it still runs."""
    status = status or 0
    return (-status if status < 0 else status - _SHELL_ADDS) in _CRASHES
