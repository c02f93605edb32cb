"""What a user of the room hears of what is said."""

from __future__ import annotations

from batepapo.protocol.events import Event, Said
from batepapo.protocol.framing import Framing
from batepapo.protocol.reassembly import reassembles
from batepapo.protocol.stream_parser import events
from batepapo.testbed.base import Testbed
from batepapo.testbed.connection import Connection
from batepapo.testbed.event_loop import EventLoop
from batepapo.testbed.server.clock import ServerClock
from batepapo.testbed.server.evidence import EVIDENCE_BYTES, Evidence
from batepapo.testbed.transcript import shown


class Hearer:
    """Somebody with a connection of their own, who listens.

    Every verb that waits ends early when the room is settled, and fails with who, what and within how long.

    Args:
        name: The name to log in with; the server may give another.
        connection: To the server.
        testbed: Limits, fresh words, and what is held against the server.
        event_loop: What reads the connection.
        evidence: What can stand in the stream.
        clock: The server's.
    """

    def __init__(
        self,
        name: str,
        connection: Connection,
        testbed: Testbed,
        event_loop: EventLoop,
        evidence: Evidence,
        clock: ServerClock,
    ) -> None:
        self.name = name
        self.connection = connection
        self.logged_in = False
        self.departed = False
        self._testbed = testbed
        self._event_loop = event_loop
        self._evidence = evidence
        self._clock = clock

    def __repr__(self) -> str:
        return self.connection.name  # its own, where the server gives others

    # ---- waiting for a text ------------------------------------------------------------------

    def hears(self, text: str) -> None:
        """Wait for a text, byte for byte."""
        wanted = text.encode()
        stream, start = self.connection.stream, self._evidence.offset_when_said(text, self.connection)
        limit_s = self._testbed.limit_s
        if not self._event_loop.until(lambda: stream.find(wanted, start) >= 0, limit_s):
            self._testbed.fail(f"{self} hears {shown(wanted)} within {limit_s:g} s", self.heard_lines())

    def hears_once(self, text: str) -> None:
        """Wait for a text, and check that it came once."""
        self.hears(text)
        self._testbed.settle()
        copies = self.copies(text)
        self._testbed.expect(
            copies == 1, f"{self} hears {shown(text.encode())} once", [f"{copies} times", *self.heard_lines()]
        )

    def hears_in_the_end(self, text: str) -> None:
        """Wait for a text that comes in its own time, so that silence ends nothing."""
        limit_s = self._testbed.limit_s
        if not self._event_loop.until(lambda: self.copies(text) > 0, limit_s, early=False):
            self._testbed.fail(f"{self} hears {shown(text.encode())} within {limit_s:g} s", self.heard_lines())

    def hears_whole(self, text: str, speaker: Hearer) -> None:
        """Wait for a long text: in one piece or, over raw, in pieces that join to it, a name before each or not."""
        limit_s = self._testbed.limit_s

        def whole() -> bool:
            if self.copies(text) or self.connection.framing is not Framing.RAW:  # over line a message is one line
                return self.copies(text) > 0
            expected = self._evidence.expected_words()
            return reassembles(bytes(self.connection.stream), text, self._testbed.dialect, expected)

        if not self._event_loop.until(whole, limit_s):
            self._testbed.fail(
                f"{self} hears all {len(text)} letters that {speaker} said, in order, within {limit_s:g} s",
                [f"{self.heard_bytes} bytes in all", *self.heard_lines(3)],
            )

    def does_not_hear(self, text: str) -> None:
        """Settle the room, and check that a text which was said did not come."""
        self._testbed.settle()
        said = self._evidence.first_said(text)
        what = f"what {said.speaker} said" if said and said.speaker else shown(text.encode())
        if said and self.connection not in said.offsets:
            what += " before"
        expected = f"{self} hears nothing after leaving" if self.departed else f"{self} does not hear {what}"
        self._testbed.expect(self.copies(text) == 0, expected, self.heard_lines())

    def heard_exactly(self, text: str, times: int) -> None:
        """Check that a text has come so often, once or never; the caller has settled the room."""
        copies = self.copies(text)
        self._testbed.expect(
            copies == times,
            f"{self} hears {text!r} once" if times else f"{self} does not hear {text!r}",
            [f"{copies} times", *self.heard_lines()],
        )

    # ---- the end of the connection -----------------------------------------------------------

    def is_let_go(self, limit_s: float | None = None) -> None:
        """Wait for the end of the connection, FIN or RST."""
        limit_s = self._testbed.limit_s if limit_s is None else limit_s
        if not self._event_loop.until(self.is_gone, limit_s):
            expected = f"the server ends {self}'s connection within {limit_s:g} s"
            self._testbed.fail(expected, ["the connection is still open"])

    def is_gone(self) -> bool:
        """Return whether the connection has ended, whoever ended it."""
        return not self.connection.alive

    def is_still_connected(self) -> None:
        """Check that the server has not ended the connection."""
        if self.is_gone():
            self._testbed.fail(f"{self} stays connected", self.heard_lines())

    # ---- what came so far --------------------------------------------------------------------

    def heard_from(self, speaker: Hearer, text: str) -> bool:
        """Return whether a text came with its sender's name before it, as the dialect writes it."""
        end = max(0, self.offset(text)) + len(text.encode())
        stream = bytes(self.connection.stream[max(0, end - EVIDENCE_BYTES) : end])
        found = events(stream, self._testbed.dialect, self._evidence.expected_words())
        return any(event == Said(text, speaker.name) for event in found)

    def copies(self, text: str) -> int:
        """Return how often a text stands, byte for byte, in what this user heard so far."""
        return self.connection.stream.count(text.encode())

    def offset(self, text: str) -> int:
        """Return where a text stands in what this user heard, or -1."""
        return self.connection.stream.find(text.encode())

    @property
    def heard_bytes(self) -> int:
        """How many bytes this user heard so far."""
        return len(self.connection.stream)

    def heard_after(self, offset: int) -> bytes:
        """Return what this user heard from an offset on."""
        return bytes(self.connection.stream[offset:])

    def heard_before_on_its_line(self, text: str) -> bytes:
        """Return what stands before a text on its line."""
        stream, start = self.connection.stream, self.offset(text)
        return bytes(stream[stream.rfind(b"\n", 0, start) + 1 : start])

    def heard_since(self, event: Event) -> bytes:
        """Return what came because of an event, from the settled room before it on."""
        start = self._evidence.offset_before(event, self.connection)
        return bytes(self.connection.stream[start : start + EVIDENCE_BYTES])

    def heard_lines(self, last: int = 12) -> list[str]:
        """Return what this user heard so far, a line each, for a failure."""
        lines = [shown(line) for line in bytes(self.connection.stream[-8192:]).splitlines(keepends=True)]
        return lines[-last:] + ([f"the end of the connection ({self.connection.end})"] if self.connection.end else [])
