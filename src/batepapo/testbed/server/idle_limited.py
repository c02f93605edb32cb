"""What a user of the room sees of the limit on silence. All seconds in arguments here are the server's."""

from __future__ import annotations

import time
from collections.abc import Callable

from batepapo.protocol.events import IdleNotice
from batepapo.protocol.stream_parser import events
from batepapo.testbed.server.evidence import EVIDENCE_BYTES
from batepapo.testbed.server.hearer import Hearer


class IdleLimited(Hearer):
    """Somebody who may be silent for too long."""

    def rests(self, until: float, unless: Callable[[], bool] | None = None) -> None:
        """Say nothing until `until` seconds after the last byte (or the connect), unless something happens before."""
        until_s = self.connection.last_stimulus_s + self._clock.ours_s(until)
        self._clock.is_relied_on(until_s)
        self._event_loop.until(unless or (lambda: False), until_s - time.monotonic(), early=False)

    def was_timed_out(self) -> bool:
        """Return whether the idle text has come in time."""
        offset = self._idle_offset()
        return offset >= 0 and self.connection.arrived_at_s(offset) <= self._clock.in_time_until_s

    def is_not_timed_out(self) -> None:
        """Check that the idle text has not come."""
        self._testbed.expect(not self.was_timed_out(), f"{self} gets no idle text", self.heard_lines())

    def was_timed_out_or_let_go(self) -> bool:
        """Return whether the idle text or the end of the connection has come in time."""
        return self._ended_in_time() or self.was_timed_out()

    def _ended_in_time(self) -> bool:
        return not self.connection.alive and self.connection.ended_at_s <= self._clock.in_time_until_s

    def _idle_offset(self) -> int:
        stream = bytes(self.connection.stream[:EVIDENCE_BYTES])
        found = events(stream, self._testbed.dialect, self._evidence.expected_words())
        return next((event.start for event in found if isinstance(event, IdleNotice)), -1)

    def is_not_gone_before(self, seconds: float) -> None:
        """Check that neither the idle text nor the end came earlier than `seconds` after the last byte sent."""
        began_s = self.connection.stimulus_began_s  # the server may have had it while we were not let run
        offset = self._idle_offset()
        times = [] if offset < 0 else [("the idle text", self.connection.arrived_at_s(offset))]
        if not self.connection.alive:
            times.append(("the end of the connection", self.connection.ended_at_s))
        for what, at_s in times:
            after_s = self._clock.theirs_s(at_s - began_s)
            self._testbed.expect(
                after_s >= seconds,
                f"{self} is left alone for {seconds:.4g} s after the last byte",
                [f"{what} after {after_s:.2f} s"],
            )

    def is_let_go_by_the_idle_rule(self) -> None:
        """Check that the connection ends: soon after the idle text, or by now without one."""
        if self.was_timed_out():
            self.is_let_go(self._clock.ours_s(self._testbed.limit_s))
            return
        waited_s = self._clock.theirs_s(time.monotonic() - self.connection.last_stimulus_s)
        self._testbed.expect(
            self._ended_in_time(),
            f"the server ends {self}'s connection within {waited_s:.4g} s of silence",
            ["the connection is still open" if self.connection.alive else "it ended later"],
        )
