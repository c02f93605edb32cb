"""What a client can hear: a stream and what we know of it in, events out. Pure: no socket, no clock.

Events are found in the concatenated stream, by the names and texts that we know and by the dialect's words, never by
where a read began or ended. Raw servers put one message right behind another, so that whatever was recognised is
an edge for what follows: b"oi!q7fbia entrou no chat!caio entrou no chat!" holds three events.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from batepapo.protocol.dialect import Dialect
from batepapo.protocol.events import Event, IdleNotice, Joined, Left, Other, Said
from batepapo.protocol.occurrences import (
    ESCAPE_KIND,
    NAME_KIND,
    SHORT_KIND,
    ExpectedWords,
    Occurrence,
    Occurrences,
    without_escapes,
)
from batepapo.protocol.template_matcher import Pattern, TemplateMatcher
from batepapo.protocol.templates import TEXT, USER, WORD, folded, template, words

_LINE_EDGES = ("", "\r", "\n")


def events(stream: bytes, dialect: Dialect, expected: ExpectedWords) -> list[Event]:
    """Return what a stream holds, in order; arbitrary bytes are no error."""
    heard = scan(stream, dialect, expected)
    found = [*heard.events, *(Other(heard.text[start:end], start=start, end=end) for start, end in heard.leftovers())]
    found.sort(key=lambda event: (event.start, event.end))
    if heard.text.isascii():
        return found
    return _in_bytes(found, heard.text)


def render(event: Event, dialect: Dialect) -> list[tuple[str, str]]:
    """Return every wording that a dialect has for an event: each template with it filled in."""
    if isinstance(event, Joined):
        return [(dialect.joined, template(dialect.joined).filled(user=event.name))]
    if isinstance(event, Left):
        return [(dialect.left, template(dialect.left).filled(user=event.name))]
    if isinstance(event, Said):
        return [(form, template(form).filled(user=event.name or "", text=event.text)) for form in dialect.said]
    if isinstance(event, IdleNotice) and dialect.idle is not None:
        return [(dialect.idle.text, dialect.idle.text)]
    return []


@dataclass(frozen=True)
class Scan:
    """What was recognised in a stream, in characters of its decoded text.

    Attributes:
        events: All but Other.
        taken: The names and the terminal escapes, also those that belong to no event.
    """

    text: str
    events: tuple[Event, ...]
    taken: tuple[Occurrence, ...]

    def leftovers(self) -> Iterator[tuple[int, int]]:
        """Yield start and end of what no event explains.

        Around an event only what has a letter is left over: the rest is decoration, a clock for example. A line
        without any event is left over whole unless it is blank.
        """
        position = 0
        for event in [*self.events, Event(start=len(self.text), end=len(self.text))]:
            for line in re.finditer(r"[^\r\n]+", self.text[position : event.start]):
                start, end = position + line.start(), position + line.end()
                piece = line.group()
                whole_line = self.text[start - 1 : start] in _LINE_EDGES and self.text[end : end + 1] in _LINE_EDGES
                if piece.strip() and (whole_line or any(map(str.isalpha, without_escapes(piece)))):
                    yield start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())
            position = max(position, event.end)


def patterns(dialect: Dialect) -> list[Pattern]:
    """Return the templates of a dialect whose words must be there: notices and the idle word."""
    found = []
    if dialect.joined:
        form = template(dialect.joined)
        found.append(Pattern(form, form.parts, lambda name, start, end: Joined(name or "", start=start, end=end)))
    if dialect.left:
        form = template(dialect.left)
        found.append(Pattern(form, form.parts, lambda name, start, end: Left(name or "", start=start, end=end)))
    if dialect.idle is not None:
        form = template(dialect.idle.text)
        found.append(Pattern(form, form.parts, lambda name, start, end: IdleNotice(start=start, end=end)))
    # Two that end on the same word: the longer one says more.
    return sorted(found, key=lambda pattern: -len(pattern.parts))


def scan(stream: bytes, dialect: Dialect, expected: ExpectedWords) -> Scan:
    """Recognise what a stream holds."""
    return _Scanner(stream.decode("utf-8", "surrogateescape"), patterns(dialect), dialect.said, expected).scan()


def scan_for(text: str, watched: list[Pattern]) -> Scan:
    """Recognise patterns alone, whatever names and texts stand around them."""
    return _Scanner(text, watched, (), ExpectedWords()).scan()


_NEXT = re.compile(WORD.pattern + r"|[\r\n]")


def _is_a_sentence(text: str) -> bool:
    return re.search(r"[^\W\d_]{2}", text) is not None and re.search(r"[.!?]", text) is not None


class _Scanner:
    """One pass over the decoded stream, from left to right."""

    def __init__(self, text: str, watched: list[Pattern], said: tuple[str, ...], expected: ExpectedWords) -> None:
        self._text = text
        self._matcher = TemplateMatcher(watched)
        self._vocabulary = {part for each in watched for part in each.parts}
        forms = [template(form) for form in said]
        signed = [form for form in forms if USER in form.parts]
        self._signs_before = [form for form in signed if form.parts.index(USER) < form.parts.index(TEXT)]
        self._signs_after = [form for form in signed if form.parts.index(USER) > form.parts.index(TEXT)]
        self._last_words = tuple({each.parts[-1] for each in watched} - {USER})
        self._longest_last = max(map(len, self._last_words), default=0)
        openers = {form.parts[0] for form in [*forms, *(each.template for each in watched)]} - {USER, TEXT}
        self._occurrences = Occurrences(text, expected, openers)
        self._events: list[Event] = []
        self._taken: list[Occurrence] = []
        self._edge = 0  # where the last recognised thing ended: a name may begin right there
        self._speaker: Occurrence | None = None  # a name on this line, with nothing known behind it yet
        self._unsigned: Occurrence | None = None  # a text on this line, with nothing known behind it yet

    def scan(self) -> Scan:
        position = 0
        while position < len(self._text):
            occurrence = self._occurrences.at(position, edge=position == self._edge)
            position = self._take_occurrence(occurrence) if occurrence is not None else self._take_word(position)
        return Scan(self._text, tuple(self._events), tuple(self._taken))

    def _take_occurrence(self, occurrence: Occurrence) -> int:
        self._edge = occurrence.end
        if occurrence.kind == ESCAPE_KIND:
            self._taken.append(occurrence)
        elif occurrence.kind == NAME_KIND:
            self._taken.append(occurrence)
            self._take_name(occurrence)
        else:
            self._take_text(occurrence)
        return self._edge

    def _take_name(self, occurrence: Occurrence) -> None:
        completed = self._matcher.name(occurrence.value, occurrence.start)
        if completed is not None:
            self._hear(*completed, end=occurrence.end)
        elif not self._signs(occurrence):
            self._speaker, self._unsigned = occurrence, None

    def _take_text(self, occurrence: Occurrence) -> None:
        word = folded(occurrence.value)
        if occurrence.kind == SHORT_KIND and word in self._vocabulary:
            completed = self._matcher.word(word, occurrence.start)
            if completed is not None:
                self._hear(*completed, end=occurrence.end)
                return
        else:
            self._matcher.forget()
        speaker = self._speaker if self._signs_before else None
        if speaker is not None and _is_a_sentence(self._text[speaker.end : occurrence.start]):
            speaker = None  # "bia chegou! oi": something about bia, and a text of somebody's
        if speaker is None:
            self._events.append(Said(occurrence.value, start=occurrence.start, end=occurrence.end))
            self._speaker, self._unsigned = None, occurrence
            return
        start = speaker.start - self._length_before(speaker.start, self._signs_before[0].head)
        self._events.append(Said(occurrence.value, speaker.value, start=start, end=occurrence.end))
        self._speaker = self._unsigned = None

    def _signs(self, name: Occurrence) -> bool:
        """Give the last text this name, where the dialect puts it behind: "{text} ({user})"."""
        if self._unsigned is None:
            return False
        between = words(self._text[self._unsigned.end : name.start])
        for form in self._signs_after:
            if between == form.parts[form.parts.index(TEXT) + 1 : form.parts.index(USER)]:
                end = name.end + (len(form.tail) if self._text.startswith(form.tail, name.end) else 0)
                self._events[-1] = Said(self._unsigned.value, name.value, start=self._unsigned.start, end=end)
                self._edge = end
                self._speaker = self._unsigned = None
                self._matcher.forget()
                return True
        return False

    def _take_word(self, position: int) -> int:
        following = _NEXT.search(self._text, position)
        limit = self._occurrences.next_start(position + 1)
        if following is None or following.start() >= limit:
            return limit
        if following.group() in "\r\n":
            self._matcher.forget()
            self._speaker = self._unsigned = None
            return following.end()
        start, end = following.start(), min(following.end(), limit)
        word = folded(self._text[start:end])
        completed = self._matcher.word(word, start) if word in self._vocabulary else None
        if completed is None and word.startswith(self._last_words):
            cut = self._cut(start, end)
            if cut is not None:
                end = cut
                completed = self._matcher.word(folded(self._text[start:end]), start)
        return end if completed is None else self._hear(*completed, end=end)

    def _cut(self, start: int, end: int) -> int | None:
        """Return where a template ends inside a run of letters, because the next message begins there: "chatcaio"."""
        for stop in range(start + 1, end):
            piece = folded(self._text[start:stop])
            if len(piece) > self._longest_last:
                return None
            if self._matcher.completes(piece) and self._occurrences.begins_at(stop):
                return stop
        return None

    def _hear(self, pattern: Pattern, start: int, name: str | None, *, end: int) -> int:
        """Note an event, with the punctuation that its template has around it; return where it ends."""
        while self._events and self._events[-1].start >= start:
            self._events.pop()  # an exit word that is a word of the template
        head, tail = pattern.template.head, pattern.template.tail
        start -= self._length_before(start, head)
        if tail and self._text.startswith(tail, end):
            end += len(tail)
        self._events.append(pattern.event(name, start, end))
        self._edge = end
        self._speaker = self._unsigned = None
        return end

    def _length_before(self, start: int, head: str) -> int:
        """Return the length of a template's head if it stands before `start` and belongs to no other event."""
        free_from = self._events[-1].end if self._events else 0
        return len(head) if self._text.endswith(head, free_from, start) else 0


def _in_bytes(found: list[Event], text: str) -> list[Event]:
    """Turn character offsets into byte offsets."""
    wanted = sorted({position for event in found for position in (event.start, event.end)})
    offsets, last, size = {}, 0, 0
    for position in wanted:
        size += len(text[last:position].encode("utf-8", "surrogateescape"))
        offsets[position], last = size, position
    return [replace(event, start=offsets[event.start], end=offsets[event.end]) for event in found]
