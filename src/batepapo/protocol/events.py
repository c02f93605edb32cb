"""What a client can hear: the events of a stream."""

from __future__ import annotations

from dataclasses import dataclass, field, fields


@dataclass(frozen=True, repr=False)
class Event:
    """Something that a client can hear; where it stood, in bytes of the stream, does not count in comparisons."""

    start: int = field(default=0, compare=False, kw_only=True)
    end: int = field(default=0, compare=False, kw_only=True)

    def __repr__(self) -> str:
        values = [getattr(self, each.name) for each in fields(self) if each.compare]
        return f"{type(self).__name__}({', '.join(repr(value) for value in values if value is not None)})"


@dataclass(frozen=True, repr=False)
class Joined(Event):
    """Somebody came, in the words of the dialect."""

    name: str


@dataclass(frozen=True, repr=False)
class Left(Event):
    """Somebody went, in the words of the dialect."""

    name: str


@dataclass(frozen=True, repr=False)
class Said(Event):
    """A text that somebody said; `name` where one stands with it as the dialect has it."""

    text: str
    name: str | None = None


@dataclass(frozen=True, repr=False)
class IdleNotice(Event):
    """The word that a client gets for saying nothing too long."""


@dataclass(frozen=True, repr=False)
class Other(Event):
    """A text that fits nothing. It accuses nobody."""

    text: str
