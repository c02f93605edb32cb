"""What a stream can hold, and from where on it is looked at: names, the texts spoken, offsets before events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from batepapo.protocol.dialect import Dialect
from batepapo.protocol.events import Event
from batepapo.protocol.occurrences import ExpectedWords
from batepapo.testbed.connection import Connection

EVIDENCE_BYTES = 1 << 17  # how much of what one event caused is looked at: a flood must not take minutes to read

Offsets = Mapping[Connection, int]


class Named(Protocol):
    """Somebody whose name can stand in a stream."""

    name: str
    logged_in: bool
    connection: Connection


@dataclass(frozen=True)
class SpokenText:
    """Who said a text first, and where everybody's stream was then."""

    speaker: str
    offsets: Offsets


class Evidence:
    """What is known of the streams of one room.

    Args:
        dialect: Whether there are names, and which words end a connection.
        users: Everybody who ever came; the room adds to it.
        strict_text: Whether a notice in other words than the dialect's is a failure.
    """

    def __init__(self, dialect: Dialect, users: Sequence[Named], *, strict_text: bool = False) -> None:
        self.spoken: list[str] = []
        self.strict_text = strict_text
        self._dialect = dialect
        self._users = users
        self._offsets_before: dict[Event, Offsets] = {}
        self._first_said: dict[str, SpokenText] = {}

    def offsets(self) -> Offsets:
        """Return where everybody's stream is now."""
        return {user.connection: len(user.connection.stream) for user in self._users}

    # ---- events ------------------------------------------------------------------------------

    def mark_before(self, event: Event, offsets: Offsets | None = None) -> None:
        """Remember for everybody what had come before an event: now, or where their streams were at some time."""
        self._offsets_before[event] = self.offsets() if offsets is None else offsets

    def offset_before(self, event: Event, connection: Connection) -> int:
        """Return where a stream was before an event; 0 for who came later, or where nobody marked it."""
        return self._offsets_before.get(event, {}).get(connection, 0)

    # ---- texts -------------------------------------------------------------------------------

    def is_spoken(self, text: str, speaker: str = "") -> None:
        """Call right before a text is said: from then on it can stand in a stream."""
        self.spoken.append(text)
        if text not in self._first_said:
            self._first_said[text] = SpokenText(speaker, self.offsets())

    def first_said(self, text: str) -> SpokenText | None:
        """Return who said a text first, and where everybody's stream was; None if nobody did."""
        return self._first_said.get(text)

    def offset_when_said(self, text: str, connection: Connection) -> int:
        """Return before which offset of a stream a text cannot stand, because nobody had said it."""
        said = self._first_said.get(text)
        return said.offsets.get(connection, 0) if said else 0

    def expected_words(self) -> ExpectedWords:
        """Return the names and texts that can stand in a stream."""
        named = self._dialect.login != "none"
        return ExpectedWords(
            names=tuple(user.name for user in self._users if named and user.logged_in), texts=tuple(self.spoken)
        )

    def words_said(self) -> tuple[str, ...]:
        """Return everything that a client said, the exit words included."""
        return (*self.spoken, *self._dialect.exit.words)
