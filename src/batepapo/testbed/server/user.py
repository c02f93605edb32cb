"""What a person in the room does and hears: the verbs of the checks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from batepapo.errors import Undecided
from batepapo.protocol.dialect import Dialect
from batepapo.protocol.events import Event, IdleNotice, Joined, Left, Said
from batepapo.protocol.framing import Framing
from batepapo.protocol.notices import Notices, name_relayed, notices, word_relayed
from batepapo.protocol.reassembly import reassembles
from batepapo.protocol.stream_parser import events
from batepapo.testbed.connection import Connection
from batepapo.testbed.transcript import shown

if TYPE_CHECKING:
    from batepapo.testbed.server.room_base import RoomBase


EVIDENCE_BYTES = 1 << 17  # how much of what one event caused is looked at: a flood must not take minutes to read


class User:
    """Somebody with a connection of their own.

    Every verb that waits ends early when the room is settled, and fails with who, what and within how long.
    """

    def __init__(self, name: str, connection: Connection, room: RoomBase) -> None:
        self.name = name
        self.connection = connection
        self.logged_in = False
        self.departed = False
        self._room = room
        self._counted: tuple[object, Notices] | None = None

    def __repr__(self) -> str:
        return self.connection.name  # its own, where the server gives others

    # ---- speaking ----------------------------------------------------------------------------

    def says(self, text: str = "oi") -> str:
        """Say a text with a fresh random word behind it, so that no server can know it; return what was said."""
        return self.says_exactly(f"{text} {self._room.word()}")

    def says_exactly(self, text: str) -> str:
        """Say a text as it is, once the last one was taken; return it."""
        room = self._room
        self.is_taken()
        room.spoken.append(text)
        self.sends(room.framing.encode(text))
        return text

    def sends(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._room.event_loop.stimulus()
        self.connection.send(data)

    def stops_reading(self) -> None:
        """Read nothing any more: what the server sends stays where it is."""
        self.connection.deaf = True
        self._room.event_loop.ignore(self.connection)

    def is_taken(self) -> None:
        """Wait until the server has read everything that this person said."""
        room = self._room
        if not room.event_loop.taken(self.connection, room.limit_s):
            room.fail(f"the server reads what {self} said within {room.limit_s:g} s", [room.unread(self)])

    # ---- what is heard ----------------------------------------------------------------------

    def hears(self, text: str) -> None:
        """Wait for a text, byte for byte."""
        room = self._room
        wanted = text.encode()
        start = max(0, self._searched(wanted))
        if not room.event_loop.until(lambda: self.connection.stream.find(wanted, start) >= 0, room.limit_s):
            room.fail(f"{self} hears {shown(wanted)} within {room.limit_s:g} s", self.heard_lines())

    def hears_once(self, text: str) -> None:
        """Wait for a text, and check that it came once."""
        self.hears(text)
        self._room.settle()
        copies = self.copies(text)
        self._room.expect(
            copies == 1, f"{self} hears {shown(text.encode())} once", [f"{copies} times", *self.heard_lines()]
        )

    def hears_whole(self, text: str, speaker: User) -> None:
        """Wait for a long text: in one piece or, over raw, in pieces that join to it, a name before each or not."""
        room = self._room

        def whole() -> bool:
            if self.copies(text) or room.framing is not Framing.RAW:  # over line a message is one line
                return self.copies(text) > 0
            return reassembles(bytes(self.connection.stream), text, room.dialect, room.expected_words())

        if not room.event_loop.until(whole, room.limit_s):
            count = len(self.connection.stream)
            room.fail(
                f"{self} hears all {len(text)} letters that {speaker} said, in order, within {room.limit_s:g} s",
                [f"{count} bytes in all", *self.heard_lines(3)],
            )

    def heard_from(self, speaker: User, text: str) -> bool:
        """Return whether a text came with its sender's name before it, as the dialect writes it."""
        room = self._room
        end = max(0, self.offset(text)) + len(text.encode())
        stream = bytes(self.connection.stream[max(0, end - EVIDENCE_BYTES) : end])
        return any(event == Said(text, speaker.name) for event in events(stream, room.dialect, room.expected_words()))

    def _searched(self, wanted: bytes) -> int:
        # Every text holds a fresh word: it cannot have come before, and the newest 64 KiB and its length will do.
        return len(self.connection.stream) - (1 << 16) - len(wanted) if len(self.connection.stream) > (1 << 20) else 0

    def copies(self, text: str) -> int:
        """Return how often a text stands, byte for byte, in what this person heard so far."""
        return self.connection.stream.count(text.encode())

    def offset(self, text: str) -> int:
        """Return where a text stands in what this person heard, or -1."""
        return self.connection.stream.find(text.encode())

    def heard_since(self, event: Event) -> bytes:
        """Return what came because of an event, from the settled room before it on."""
        start = self._room.offsets_before(event).get(self, 0)
        return bytes(self.connection.stream[start : start + EVIDENCE_BYTES])

    def heard_lines(self, last: int = 12) -> list[str]:
        """Return what this person heard so far, a line each, for a failure."""
        lines = [shown(line) for line in bytes(self.connection.stream[-8192:]).splitlines(keepends=True)]
        return lines[-last:] + ([f"the end of the connection ({self.connection.end})"] if self.connection.end else [])

    # ---- notices -----------------------------------------------------------------------------

    def notices(self, event: Joined | Left, dialect: Dialect | None = None, *, upto: int | None = None) -> Notices:
        """Return the notices of an event among what it caused, up to an offset of the stream."""
        room = self._room
        start = room.offsets_before(event).get(self, 0)
        stream = bytes(self.connection.stream[start:upto])[:EVIDENCE_BYTES]
        key = (event, stream, dialect, len(room.spoken))
        if self._counted is None or self._counted[0] != key:  # a wait asks again and again, mostly of the same bytes
            kind = "joined" if isinstance(event, Joined) else "left"
            found = notices(stream, dialect or room.dialect, room.expected_words(), event.name, kind, room.words_said())
            self._counted = key, found
        return self._counted[1]

    def is_told(self, event: Joined | Left, limit_s: float | None = None) -> None:
        """Wait for the notice of an event, in the dialect's words or in others."""
        room = self._room
        limit_s = room.limit_s if limit_s is None else limit_s
        if not room.event_loop.until(lambda: self.notices(event).count > 0, limit_s):
            room.fail(
                f"{self} is told {event} within {limit_s:g} s",
                [shown(line) for line in self.heard_since(event).splitlines(keepends=True)],
            )
        room.settle()
        room.remark_other_words(self, event, self.notices(event).reworded)

    def is_told_once(self, event: Joined | Left) -> None:
        """Check that the notice of an event came, and not twice."""
        room = self._room
        room.settle()
        count = self.notices(event).count
        if count == 0:
            raise Undecided(f"{self} was not told {event}")
        lines = [shown(line) for line in self.heard_since(event).splitlines(keepends=True)]
        room.expect(count == 1, f"{self} is told {event} once", [f"{count} times", *lines])

    def was_given_the_name_as_message(self, who: User) -> bool:
        """Return whether the bare login name of `who` was relayed to this person as a message."""
        room = self._room
        return name_relayed(self.heard_since(Joined(who.name)), room.dialect, room.expected_words(), who.name)

    def was_given_the_word(self, word: str, leaver: User) -> bool:
        """Return whether an exit word was relayed to this person as a message."""
        room = self._room
        return word_relayed(self.heard_since(Left(leaver.name)), room.dialect, room.expected_words(), word)

    # ---- the idle limit ----------------------------------------------------------------------

    def rests(self, until: float, unless: Callable[[], bool] = lambda: False) -> None:
        """Say nothing until `until` seconds after the last byte (or the connect), unless something happens before.

        These seconds, and those below, are the server's.
        """
        until_s = self.connection.last_stimulus_s + self._room.ours_s(until)
        self._room.relies_on_the_clock(until_s)
        self._room.event_loop.until(unless, until_s - time.monotonic(), early=False)

    def was_timed_out(self) -> bool:
        """Return whether the idle text has come in time."""
        offset = self._idle_offset()
        return offset >= 0 and self.connection.arrived_at_s(offset) <= self._room.in_time_until_s

    def is_not_timed_out(self) -> None:
        """Check that the idle text has not come."""
        self._room.expect(not self.was_timed_out(), f"{self} gets no idle text", self.heard_lines())

    def was_timed_out_or_let_go(self) -> bool:
        """Return whether the idle text or the end of the connection has come in time."""
        return self._ended_in_time() or self.was_timed_out()

    def _ended_in_time(self) -> bool:
        return not self.connection.alive and self.connection.ended_at_s <= self._room.in_time_until_s

    def _idle_offset(self) -> int:
        room = self._room
        found = events(bytes(self.connection.stream[:EVIDENCE_BYTES]), room.dialect, room.expected_words())
        return next((event.start for event in found if isinstance(event, IdleNotice)), -1)

    def is_not_gone_before(self, seconds: float) -> None:
        """Check that neither the idle text nor the end came earlier than `seconds` after the last byte sent."""
        began_s = self.connection.stimulus_began_s  # the server may have had it while we were not let run
        offset = self._idle_offset()
        times = [] if offset < 0 else [("the idle text", self.connection.arrived_at_s(offset))]
        if not self.connection.alive:
            times.append(("the end of the connection", self.connection.ended_at_s))
        for what, at_s in times:
            after_s = self._room.theirs_s(at_s - began_s)
            self._room.expect(
                after_s >= seconds,
                f"{self} is left alone for {seconds:.4g} s after the last byte",
                [f"{what} after {after_s:.2f} s"],
            )

    def is_let_go_by_the_idle_rule(self) -> None:
        """Check that the connection ends: soon after the idle text, or by now without one."""
        if self.was_timed_out():
            self.is_let_go(self._room.ours_s(self._room.limit_s))
        else:
            waited_s = self._room.theirs_s(time.monotonic() - self.connection.last_stimulus_s)
            self._room.expect(
                self._ended_in_time(),
                f"the server ends {self}'s connection within {waited_s:.4g} s of silence",
                ["the connection is still open" if self.connection.alive else "it ended later"],
            )

    # ---- leaving -----------------------------------------------------------------------------

    def leaves(self, word: str | None = None) -> None:
        """Leave as the dialect has it: by the exit word (its first, if none is given), else by closing."""
        words = self._room.dialect.exit.words if "exit" in self._room.dialect.features else ()
        if not words:
            self.closes()
            return
        self._departs()
        self.says_exactly(word or words[0])

    def says_and_leaves(self) -> str:
        """Say something and the exit word right after it, as soon as the server has read the first; return the text."""
        self._departs()
        text = self.says()
        self.says_exactly(self._room.dialect.exit.words[0])
        return text

    def closes(self) -> None:
        """Close the connection without a word: end-of-stream at the server."""
        self._departs()
        self.connection.close()

    def resets(self) -> None:
        """Reset the connection, after the last message was taken."""
        self._departs()
        self.connection.reset()

    def half_closes(self) -> None:
        """Shut the sending side only."""
        self._departs()
        self.connection.half_close()

    def goes(self, *, reset: bool = False) -> None:
        """Be gone at once, without a look at what comes of it."""
        self._room.event_loop.stimulus()
        if reset:
            self.connection.reset()
        else:
            self.connection.close()

    def _departs(self) -> None:
        if not self.connection.alive:
            return
        self.is_taken()
        self._room.mark_before(Left(self.name))
        self.departed = True
        self._room.event_loop.stimulus()

    def is_let_go(self, limit_s: float | None = None) -> None:
        """Wait for the end of the connection, FIN or RST."""
        room = self._room
        limit_s = room.limit_s if limit_s is None else limit_s
        if not room.event_loop.until(lambda: not self.connection.alive, limit_s):
            room.fail(f"the server ends {self}'s connection within {limit_s:g} s", ["the connection is still open"])

    def is_still_connected(self) -> None:
        """Check that the server has not ended the connection."""
        if not self.connection.alive:
            self._room.fail(f"{self} stays connected", self.heard_lines())
