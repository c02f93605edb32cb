"""Streams that tests write down, and what is heard in them."""

from __future__ import annotations

from batepapo.protocol.dialect_file import load
from batepapo.protocol.events import Event, Other
from batepapo.protocol.occurrences import ExpectedWords
from batepapo.protocol.stream_parser import events

SAIR, COMPLETO, TCHAU = (load(name) for name in ("sair", "completo", "tchau"))
PEOPLE = ExpectedWords(
    names=("ana", "bia", "caio", "ana1", "ana10", "Ana Maria", "José 🎉", "D'Ávila"),
    texts=("oi kfgwzqp", "oi kfgwzqp bis", "sair", "x", "TCHAU", "sair daqui", "olá, ana: %s {}"),
)


def heard(text: str | bytes, dialect: str = "completo", known: ExpectedWords = PEOPLE) -> list[Event]:
    return events(text if isinstance(text, bytes) else text.encode(), load(dialect), known)


def told(text: str | bytes, dialect: str = "completo") -> list[Event]:
    """What was heard, other text left out."""
    return [event for event in heard(text, dialect) if not isinstance(event, Other)]
