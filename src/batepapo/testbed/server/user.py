"""A user of the room: what somebody with a connection of their own says, and how they leave."""

from __future__ import annotations

from batepapo.protocol.events import Left
from batepapo.testbed.server.idle_limited import IdleLimited
from batepapo.testbed.server.notified import Notified


class User(Notified, IdleLimited):
    """Somebody who speaks, hears, is told of others, and leaves."""

    # ---- speaking ----------------------------------------------------------------------------

    def says(self, text: str = "oi") -> str:
        """Say a text with a fresh random word behind it, so that no server can know it; return what was said."""
        return self.says_exactly(f"{text} {self._testbed.word()}")

    def says_exactly(self, text: str) -> str:
        """Say a text as it is, once the last one was taken; return it."""
        self.is_taken()
        return self.sends_text(text)

    def says_at_once(self, text: str = "oi") -> str:
        """Say a text with a fresh random word behind it, whether the last one was taken or not; return it."""
        return self.sends_text(f"{text} {self._testbed.word()}")

    def sends_text(self, text: str) -> str:
        """Say a text as it is, whether the last one was taken or not; return it."""
        self.is_about_to_say(text)
        self.sends(self.connection.framing.encode(text))
        return text

    def is_about_to_say(self, text: str) -> str:
        """Take a text for said, where its bytes are sent piece by piece or together with others; return it."""
        self._evidence.is_spoken(text, str(self))
        return text

    def sends(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._event_loop.stimulus()
        self.connection.send(data)

    @property
    def pending_bytes(self) -> int:
        """How much of what this user sent the kernel has not taken yet, because the server does not read."""
        return self.connection.pending

    def stops_sending(self) -> None:
        """Give up what the kernel has not taken yet."""
        self.connection.stops_sending()

    def stops_reading(self) -> None:
        """Read nothing any more: what the server sends stays where it is."""
        self.connection.deaf = True
        self._event_loop.ignore(self.connection)

    def is_taken(self) -> None:
        """Wait until the server has read everything that this user said."""
        limit_s = self._testbed.limit_s
        if not self.was_taken():
            unread = f"the connection ended ({self.connection.end})" if self.is_gone() else "the server did not read it"
            self._testbed.fail(f"the server reads what {self} said within {limit_s:g} s", [unread])

    def was_taken(self) -> bool:
        """Wait until the server has read everything that this user said; return whether it did."""
        return self._event_loop.taken(self.connection, self._testbed.limit_s)

    # ---- leaving -----------------------------------------------------------------------------

    def leaves(self, word: str | None = None) -> None:
        """Leave as the dialect has it: by the exit word (its first, if none is given), else by closing."""
        dialect = self._testbed.dialect
        words = dialect.exit.words if "exit" in dialect.features else ()
        if not words:
            self.closes()
            return
        self._departs()
        self.says_exactly(word or words[0])

    def says_and_leaves(self) -> str:
        """Say something and the exit word right after it, as soon as the server has read the first; return the text."""
        self._departs()
        text = self.says()
        self.says_exactly(self._testbed.dialect.exit.words[0])
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

    def goes(self, *, reset: bool = False, half: bool = False) -> None:
        """Be gone at once, by FIN, by RST or on the sending side only, without a look at what comes of it."""
        self._event_loop.stimulus()
        if half:
            self.connection.half_close()
        elif reset:
            self.connection.reset()
        else:
            self.connection.close()

    def _departs(self) -> None:
        if self.is_gone():
            return
        self.is_taken()
        self._testbed.settle()
        self._evidence.mark_before(Left(self.name))
        self.departed = True
        self._event_loop.stimulus()
