"""The names that a server gives to people itself, read from its notices of coming. Pure."""

from __future__ import annotations

import re

from batepapo.protocol.dialect import Dialect
from batepapo.protocol.occurrences import without_escapes
from batepapo.protocol.templates import USER, WORD, folded, template, words

# A name that a program makes up: letters and digits, and what may stand inside ("user5", "guest-12", "127.0.0.1").
_ASSIGNED = re.compile(r"\w(?:[\w.-]*\w)?")


def assigned_names(stream: bytes | bytearray, dialect: Dialect) -> list[str]:
    """Return the names in the notices of coming of a stream, in order; the words are matched loosely, as all are."""
    if not dialect.joined:
        return []
    parts = template(dialect.joined).parts
    before, after = parts[: parts.index(USER)], parts[parts.index(USER) + 1 :]
    text = without_escapes(stream.decode("utf-8", "replace"))
    found = (_assigned_name(line, before, after) for line in re.split(r"[\r\n]", text))
    return [name for name in found if name]


def _assigned_name(line: str, before: tuple[str, ...], after: tuple[str, ...]) -> str:
    """Return the name next to the words that stand before it on a line, or else next to those behind it."""
    position = 0
    for part in before:
        match = next((match for match in WORD.finditer(line, position) if folded(match.group()) == part), None)
        if match is None:
            return ""
        position = match.end()
    if before:
        given = _ASSIGNED.search(line, position)
        return given.group() if given and _in_order(after, words(line[given.end() :])) else ""
    for match in WORD.finditer(line):
        if folded(match.group()) == after[0] and _in_order(after, words(line[match.start() :])):
            names = _ASSIGNED.findall(line[: match.start()])
            return names[-1] if names else ""
    return ""


def _in_order(parts: tuple[str, ...], found: tuple[str, ...]) -> bool:
    rest = iter(found)
    return all(part in rest for part in parts)


def asks(stream: bytes | bytearray, prompt: str) -> bool:
    """Say whether a stream holds the words of a prompt, in order, whatever stands between."""
    return _in_order(words(prompt), words(without_escapes(stream.decode("utf-8", "replace"))))
