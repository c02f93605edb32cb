"""Templates such as "{user} entrou no chat!", and when two wordings are the same: loosely, word by word."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

USER = "{user}"
TEXT = "{text}"

_PLACEHOLDER = re.compile(r"(\{[^{}]*\})")

# Letters and digits with the combining marks that sit on them; everything else separates words.
WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*")


def folded(word: str) -> str:
    """Return a word without case, accents and compatibility forms: 'SAIU', 'saíu' and 'ｓａｉｕ' are one."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", word).casefold())
    return "".join(char for char in decomposed if char.isalnum())


def words(text: str) -> tuple[str, ...]:
    """Return the folded words of a text, in order."""
    return tuple(folded(match.group()) for match in WORD.finditer(text))


def contains_words(text: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Return whether folded words stand in a text side by side, in their order; no words stand nowhere."""
    return bool(wanted) and any(text[at : at + len(wanted)] == wanted for at in range(len(text)))


@dataclass(frozen=True)
class Template:
    """A wording with places for a name and a text, used in both directions: to recognise and to produce.

    Args:
        text: As the dialect file has it.
        parts: Folded words, USER and TEXT in their order.
        head: What stands before the first part, such as "<".
        tail: What stands after the last part, such as "!".
    """

    text: str
    parts: tuple[str, ...]
    head: str
    tail: str

    def filled(self, *, user: str = "", text: str = "") -> str:
        """Return the wording with the placeholders replaced, in one pass: a text may itself contain "{user}"."""
        values = {USER: user, TEXT: text}
        return "".join(values.get(piece, piece) for piece in _PLACEHOLDER.split(self.text))

    @property
    def placeholders(self) -> tuple[str, ...]:
        """Return the placeholders in their order, unknown ones included."""
        return tuple(_PLACEHOLDER.findall(self.text))


@lru_cache(maxsize=256)
def template(text: str) -> Template:
    """Return the template that a dialect file wrote as `text`."""
    parts: list[str] = []
    spans: list[tuple[int, int]] = []
    position = 0
    for piece in _PLACEHOLDER.split(text):
        if piece in (USER, TEXT):
            parts.append(piece)
            spans.append((position, position + len(piece)))
        else:
            for match in WORD.finditer(piece):
                parts.append(folded(match.group()))
                spans.append((position + match.start(), position + match.end()))
        position += len(piece)
    if not spans:
        return Template(text, (), text, "")
    return Template(text, tuple(parts), text[: spans[0][0]], text[spans[-1][1] :])
