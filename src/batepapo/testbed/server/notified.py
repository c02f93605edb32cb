"""What a user of the room is told of others who come and go."""

from __future__ import annotations

from typing import Any

from batepapo.errors import Undecided
from batepapo.protocol.dialect import Dialect
from batepapo.protocol.events import Event, Joined, Left
from batepapo.protocol.notices import (
    Notices,
    name_relayed,
    nameless_notice,
    notice_words,
    notices,
    own_notice,
    word_relayed,
)
from batepapo.testbed.server.evidence import EVIDENCE_BYTES
from batepapo.testbed.server.hearer import Hearer
from batepapo.testbed.transcript import shown


class Notified(Hearer):
    """Somebody who gets notices."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._counted: tuple[object, Notices] | None = None

    def notices(self, event: Joined | Left, dialect: Dialect | None = None, *, upto: int | None = None) -> Notices:
        """Return the notices of an event among what it caused, up to an offset of the stream."""
        start = self._evidence.offset_before(event, self.connection)
        stream = bytes(self.connection.stream[start:upto])[:EVIDENCE_BYTES]
        key = (event, stream, dialect, len(self._evidence.spoken))
        if self._counted is None or self._counted[0] != key:  # a wait asks again and again, mostly of the same bytes
            kind = "joined" if isinstance(event, Joined) else "left"
            expected, said = self._evidence.expected_words(), self._evidence.words_said()
            self._counted = key, notices(stream, dialect or self._testbed.dialect, expected, event.name, kind, said)
        return self._counted[1]

    def is_told(self, event: Joined | Left, limit_s: float | None = None) -> None:
        """Wait for the notice of an event, in the dialect's words or in others."""
        limit_s = self._testbed.limit_s if limit_s is None else limit_s
        if not self._event_loop.until(lambda: self.notices(event).count > 0, limit_s):
            self._testbed.fail(f"{self} is told {event} within {limit_s:g} s", self._lines_since(event))
        self._testbed.settle()
        self._remark_other_words(event, self.notices(event).reworded)

    def is_told_once(self, event: Joined | Left) -> None:
        """Check that the notice of an event came, and not twice."""
        self._testbed.settle()
        count = self.notices(event).count
        if count == 0:
            raise Undecided(f"{self} was not told {event}")
        self._testbed.expect(count == 1, f"{self} is told {event} once", [f"{count} times", *self._lines_since(event)])

    def _lines_since(self, event: Event) -> list[str]:
        return [shown(line) for line in self.heard_since(event).splitlines(keepends=True)]

    def _remark_other_words(self, event: Joined | Left, reworded: str) -> None:
        """Note a notice in other words; a failure only where the words are asked for strictly."""
        if not reworded:
            return
        dialect = self._testbed.dialect
        template = dialect.joined if isinstance(event, Joined) else dialect.left
        wanted = shown(template.replace("{user}", event.name).encode())
        if self._evidence.strict_text:
            self._testbed.fail(f"{self} is told {wanted}, in these words", [reworded])
        self._testbed.remarks.append(f"a notice in other words than {wanted}: {reworded}")

    # ---- what is relayed, or stands in the place of a notice ---------------------------------

    def was_given_the_name_as_message(self, who: Hearer) -> bool:
        """Return whether the bare login name of `who` was relayed to this user as a message."""
        heard = self.heard_since(Joined(who.name))
        return name_relayed(heard, self._testbed.dialect, self._evidence.expected_words(), who.name)

    def was_given_the_word(self, word: str, leaver: Hearer) -> bool:
        """Return whether an exit word was relayed to this user as a message."""
        heard = self.heard_since(Left(leaver.name))
        return word_relayed(heard, self._testbed.dialect, self._evidence.expected_words(), word)

    def was_told_of_itself(self, *, beside: Hearer) -> bool:
        """Settle the room; return whether a newcomer was told of itself, by the template or as `beside` was told."""
        self._testbed.settle()
        event = Joined(self.name)
        own, others = self.heard_since(event), beside.heard_since(event)
        return own_notice(own, others, self._testbed.dialect, self._evidence.expected_words(), self.name)

    def was_told_of_nobody(self, event: Joined) -> bool:
        """Return whether an event was announced by the words of the notice alone, without a name."""
        return nameless_notice(self.heard_since(event), self._testbed.dialect)

    def was_told_of_anybody(self, after: int) -> bool:
        """Return whether the words of a notice came after an offset, whatever name or none stands there."""
        return notice_words(self.heard_after(after), self._testbed.dialect)
