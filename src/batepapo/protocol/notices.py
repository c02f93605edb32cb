"""Notices of coming and going, in the dialect's words or others, and what is relayed but is no message. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from batepapo.protocol.dialect import Dialect
from batepapo.protocol.events import Event, Joined, Left, Said
from batepapo.protocol.occurrences import NAME_KIND, ExpectedWords, Occurrence, is_short
from batepapo.protocol.stream_parser import Scan, patterns, scan, scan_for
from batepapo.protocol.template_matcher import Pattern
from batepapo.protocol.templates import USER, WORD, template, words

__all__ = [
    "Notices",
    "name_relayed",
    "notice_words",
    "notices",
    "own_notice",
    "word_relayed",
]

# What programs write around a name or a text when they relay it. Others ("+ bia", "*** bia ***") may be a notice.
_AROUND_A_MESSAGE = set(" \t<>[](){}:;,.\"'|«»“”‘’")


@dataclass(frozen=True)
class Notices:
    """The notices of one arrival or departure.

    Attributes:
        template: How often the dialect's own words came.
        other: Texts in other words that hold the name, in order.
    """

    template: int = 0
    other: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Return how many notices these are; two in other words are the same text twice."""
        if self.template or not self.other:
            return self.template
        return max(_times(text) * times for text, times in Counter(self.other).items())

    @property
    def reworded(self) -> str:
        """Return the text in other words where the dialect's own did not come, else nothing."""
        return self.other[0] if self.other and not self.template else ""


def notices(
    stream: bytes, dialect: Dialect, expected: ExpectedWords, name: str, kind: str, said: tuple[str, ...] = ()
) -> Notices:
    """Return the notices about `name` in what its coming or going caused.

    Args:
        stream: What came because of it; the caller cuts it, from one settled room to the next.
        expected: The names and texts that can stand in it.
        kind: "joined" or "left".
        said: What clients said in this check, the exit words included: no notice.
    """
    heard = scan(stream, dialect, _with(expected, name, *said))
    wanted: Event = Joined(name) if kind == "joined" else Left(name)
    # An exit word may as well be a word of a sentence: "bia resolveu sair".
    kept = tuple(event for event in heard.events if not (isinstance(event, Said) and is_short(event.text)))
    texts = _texts_about(name, replace(heard, events=kept), {words(text) for text in (*expected.texts, *said)})
    # A list of members is other text, but what speaks of nobody else is more of a notice.
    others = [other for other in expected.names if other != name and name not in other]
    alone = tuple(text for text in texts if not any(other in text for other in others))
    return Notices(heard.events.count(wanted), alone or tuple(texts))


def own_notice(newcomers: bytes, others: bytes, dialect: Dialect, expected: ExpectedWords, name: str) -> bool:
    """Say whether a newcomer was told of itself: by the template, or by the very text that another member got.

    A welcome is no notice, and neither is a list of those who are there.
    """
    own = notices(newcomers, dialect, expected, name, "joined")
    told = notices(others, dialect, expected, name, "joined")
    return own.template > 0 or (bool(told.reworded) and told.reworded in own.other)


def notice_words(stream: bytes, dialect: Dialect) -> bool:
    """Say whether the words of either notice template stand anywhere, whatever name or none is with them."""
    nameless = [
        Pattern(each.template, tuple(part for part in each.parts if part != USER), each.event)
        for each in patterns(dialect)
        if USER in each.parts
    ]
    return bool(scan_for(stream.decode("utf-8", "surrogateescape"), nameless).events)


def nameless_notice(stream: bytes, dialect: Dialect) -> bool:
    """Say whether a notice of coming stands in the stream with nothing at all in the place of the name."""
    own = tuple(part for part in template(dialect.joined).parts if part != USER)
    text = stream.decode("utf-8", "replace")
    return bool(own) and any(words(piece) == own for piece in (text, *text.splitlines()))


def name_relayed(stream: bytes, dialect: Dialect, expected: ExpectedWords, name: str) -> bool:
    """Say whether a login name was relayed as a message: it stands alone, or as what somebody of that name said.

    A text with other words (a welcome), or with other people's names (a list of members), is none.
    """
    heard = scan(stream, dialect, _with(expected, name))
    return any(
        occurrence.value == name and _stands_alone(heard, occurrence.start, occurrence.end, {name}, is_name=True)
        for occurrence in _names_outside_events(heard)
    )


def word_relayed(stream: bytes, dialect: Dialect, expected: ExpectedWords, word: str) -> bool:
    """Say whether an exit word was relayed as a message: alone, or behind a name.

    The word in a sentence ("bia resolveu sair") or in the decoration of a notice ("(x) bia saiu do chat.") is none.
    """
    heard = scan(stream, dialect, _with(expected, None, word))
    return any(
        isinstance(event, Said)
        and event.text == word
        and _stands_alone(_without(heard, event), event.end - len(word), event.end, set(expected.names), is_name=False)
        for event in heard.events
    )


def _with(expected: ExpectedWords, name: str | None, *texts: str) -> ExpectedWords:
    return ExpectedWords(expected.names if name is None else (*expected.names, name), (*expected.texts, *texts))


def _without(heard: Scan, event: Event) -> Scan:
    return replace(heard, events=tuple(other for other in heard.events if other is not event))


def _names_outside_events(heard: Scan) -> Iterator[Occurrence]:
    ends = [event.end for event in heard.events]
    for occurrence in heard.taken:
        index = bisect_right(ends, occurrence.start)
        inside = index < len(ends) and heard.events[index].start <= occurrence.start
        if occurrence.kind == NAME_KIND and not inside:
            yield occurrence


def _texts_about(name: str, heard: Scan, said: set[tuple[str, ...]]) -> list[str]:
    """Return the texts outside all events that hold the name and more than a message would."""
    occurrences = list(_names_outside_events(heard))
    found = []
    for start, end in heard.leftovers():
        names = [occurrence for occurrence in occurrences if start <= occurrence.start and occurrence.end <= end]
        own = [occurrence for occurrence in names if occurrence.value == name]
        if not own:
            continue
        rest = _rest(heard, start, end)
        letters = tuple(word for word in words(rest) if not word.isdecimal())
        if letters:
            is_notice = letters not in said
        else:  # "+ bia", "👋 bia"; not "bia: ?"
            prefix = heard.text[own[0].end : end].lstrip().startswith((":", ">"))
            is_notice = len(names) == 1 and not prefix and not _is_plain(rest)
        if is_notice:
            found.append(heard.text[start:end])
    return found


def _stands_alone(heard: Scan, start: int, end: int, speakers: set[str], *, is_name: bool) -> bool:
    """Say whether nothing but what a message has around it stands here, up to the next event or the line's end."""
    text = heard.text
    line_start = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    line_end = min((at for at in (text.find("\n", end), text.find("\r", end)) if at >= 0), default=len(text))
    before = max((event.end for event in heard.events if event.end <= start), default=-1)
    after = min((event.start for event in heard.events if event.start >= end), default=len(text) + 1)
    left, right = max(line_start, before), min(line_end, after)
    names = [
        occurrence
        for occurrence in heard.taken
        if occurrence.kind == NAME_KIND and left <= occurrence.start and occurrence.end <= right
    ]
    if any(occurrence.value not in speakers for occurrence in names if not start <= occurrence.start < end):
        return False
    # On one line with an event it has to touch it, as raw servers do it; else it is decoration: "[bia] bia entrou".
    if before >= line_start and left < start and not any(occurrence.start == left for occurrence in names):
        return False
    if after <= line_end and right > end:
        return False
    around = _rest(heard, left, start), _rest(heard, end, right)
    if is_name and ":" in around[1]:
        return False  # "bia: ", an empty message
    return all(map(_is_plain, around))


def _rest(heard: Scan, start: int, end: int) -> str:
    """Return a piece of the stream without the names and terminal escapes in it."""
    kept, position = [], start
    for occurrence in heard.taken:
        if start <= occurrence.start and occurrence.end <= end:
            kept.append(heard.text[position : occurrence.start])
            position = occurrence.end
    return " ".join([*kept, heard.text[position:end]])


def _is_plain(text: str) -> bool:
    """Say whether a text is only what stands around messages: punctuation, digits of a clock."""
    return all(char in _AROUND_A_MESSAGE or char.isdecimal() for char in text)


def _times(text: str) -> int:
    """Return 2 for a text that is the same text twice, as raw servers join them, else 1."""
    for blanks in range(3):
        half, odd = divmod(len(text) - blanks, 2)
        if not odd and half > 0 and text[:half] == text[half + blanks :] and not text[half : half + blanks].strip():
            return 2 if WORD.search(text[:half]) else 1
    return 1
