"""Who says what to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from batepapo.testbed.base import CONSONANTS
from batepapo.testbed.server.room_base import RoomBase
from batepapo.testbed.server.user import User

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Talking(RoomBase):
    """A room in which people talk."""

    def hearers(self, speaker: User) -> list[User]:
        """Return who is to hear what `speaker` says: everyone else, or in an echo dialect the speaker."""
        if "echo" in self.dialect.features:
            return [speaker]
        return [user for user in self.members() if user is not speaker]

    def everyone_hears(self, speaker: User, text: str) -> None:
        """Wait until all who are to hear what `speaker` said have heard it."""
        for user in self.hearers(speaker):
            user.hears(text)

    def converse(self, *people: User) -> None:
        """Let each of them speak in turn, and each who is to hear it among them hear it."""
        for speaker in people:
            text = speaker.says()
            for user in people if "echo" not in self.dialect.features else (speaker,):
                if user is not speaker or "echo" in self.dialect.features:
                    user.hears(text)

    def say_at_once(self, people: Sequence[User], rounds: int) -> Mapping[User, list[str]]:
        """Let all of them speak at the same moment, `rounds` times, each paced by *taken*; return what each said."""
        said: dict[User, list[str]] = {user: [] for user in people}
        for _ in range(rounds):
            for user in people:
                user.is_taken()
            for user in people:
                said[user].append(user.says_at_once("todos"))
        return said

    def in_order(self, hearer: User, texts: Sequence[str]) -> None:
        """Check that the texts stand in what `hearer` heard in the order in which they were said."""
        heard = sorted(texts, key=hearer.offset)
        self.expect(heard == list(texts), f"{hearer} hears in this order: {', '.join(texts)}", [", ".join(heard)])

    # ---- texts -------------------------------------------------------------------------------

    def letters(self, count: int) -> str:
        """Return `count` random ASCII letters and digits, with no blank among them."""
        return self.random_text(count, LETTERS)

    def random_text(self, count: int, alphabet: str = CONSONANTS) -> str:
        """Return `count` random letters of an alphabet; of the usual one, they hold no exit word."""
        return "".join(self._random.choices(alphabet, k=count))
