"""What several people do together: the longer verbs of the checks, each with its loop and its evidence in one place."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from batepapo.errors import Undecided
from batepapo.protocol.dialect import IdleRule
from batepapo.protocol.events import Joined, Left
from batepapo.protocol.notices import notice_words, own_notice
from batepapo.testbed.server.room_base import RoomBase
from batepapo.testbed.server.user import User

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
LEAVERS = ("caio", "davi", "eva")
FOUR = ("ana", "bia", "caio", "davi")


class Scenes(RoomBase):
    """A room with the scenes that the clauses ask for."""

    # ---- LOGIN, JOIN -------------------------------------------------------------------------

    def shows_its_name(self, hearer: User, who: User) -> None:
        """Check that the name which `who` gave is what `hearer` sees: in the notice, or before a message."""
        self.settle()
        if hearer.notices(Joined(who.name)).count or self._signs(hearer, who):
            return
        self.fail(f"{hearer} sees the name {who.name!r}, in the notice or before a message", hearer.heard_lines())

    def shows_some_name(self, hearer: User, who: User) -> None:
        """The same, but where nothing at all shows a name it cannot be decided whose it is."""
        self.settle()
        if not hearer.heard_since(Joined(who.name)) and "signed" not in self.dialect.features:
            with self.arranging():
                self.shows_its_name(hearer, who)
        self.shows_its_name(hearer, who)

    def _signs(self, hearer: User, who: User) -> bool:
        text = who.says()
        with self.arranging():
            hearer.hears(text)
        self.settle()
        return hearer.heard_from(who, text)

    def passers_by(self, hearer: User) -> bytes:
        """Let people come and go without a name, by FIN and by RST; return what `hearer` heard meanwhile."""
        self.settle()
        before = len(hearer.connection.stream)
        for number in range(2):
            guest = self.arrives(f"mudo{number}")
            self.settle()
            guest.closes() if number else guest.resets()
            self.settle()
        return bytes(hearer.connection.stream[before:])

    def holds_notice_words(self, heard: bytes) -> bool:
        """Return whether a text has the words of a notice, whatever name or none stands there."""
        return notice_words(heard, self.dialect)

    def own_notice(self, newcomer: User, other: User) -> bool:
        """Return whether a newcomer was told of itself: by the template, or by the very text that the others got."""
        self.settle()
        event = Joined(newcomer.name)
        return own_notice(
            newcomer.heard_since(event), other.heard_since(event), self.dialect, self.expected_words(), newcomer.name
        )

    # ---- CAST, ECHO --------------------------------------------------------------------------

    def letters(self, count: int) -> str:
        """Return `count` random ASCII letters and digits, with no blank among them."""
        return "".join(self._random.choices(LETTERS, k=count))

    def in_order(self, hearer: User, texts: Sequence[str]) -> None:
        """Check that the texts stand in what `hearer` heard in the order in which they were said."""
        heard = sorted(texts, key=hearer.offset)
        self.expect(heard == list(texts), f"{hearer} hears in this order: {', '.join(texts)}", [", ".join(heard)])

    def each_text_once(self, said: Mapping[User, Sequence[str]]) -> None:
        """Check that each text stands once with everybody else, and not with its sender where that is asked."""
        for speaker, texts in said.items():
            for user in self.hearers(speaker):
                for text in texts:
                    user.hears(text)
        self.settle()
        for speaker, texts in said.items():
            for user in said:
                self._count(
                    user,
                    texts,
                    None
                    if user is speaker and "quiet-sender" not in self.dialect.features
                    else int(user is not speaker),
                )

    def each_gets_its_own(self, said: Mapping[User, Sequence[str]]) -> None:
        """Check that each text came back to its sender once, and to nobody else."""
        for speaker, texts in said.items():
            for text in texts:
                speaker.hears(text)
        self.settle()
        for speaker, texts in said.items():
            for user in self.members():
                self._count(user, texts, int(user is speaker))

    def _count(self, user: User, texts: Sequence[str], wanted: int | None) -> None:
        for text in texts:
            copies = user.copies(text)
            if wanted is not None and copies != wanted:
                expected = f"{user} hears {text!r} once" if wanted else f"{user} does not hear {text!r}"
                self.fail(expected, [f"{copies} times", *user.heard_lines()])

    # ---- EXIT --------------------------------------------------------------------------------

    def one_for_each_word(self) -> dict[str, User]:
        """Bring in somebody for each exit word of the dialect."""
        words = self.dialect.exit.words
        return dict(zip(words, self.gather(*LEAVERS[: len(words)]), strict=True))

    def one_leaves_by_the_word(self) -> None:
        """Let somebody leave by the dialect's exit word, and see that it works."""
        (guest,) = self.gather("zoe")
        guest.leaves()
        guest.is_let_go()

    def one_with_the_case_changed(self) -> tuple[User, str]:
        """Bring in somebody, and return the exit word for them with its letter case changed."""
        (guest,) = self.gather("davi")
        return guest, self.dialect.exit.words[0].swapcase()

    def texts_around_words(self) -> list[str]:
        """Return texts in which each exit word is only a part."""
        return [text for word in self.dialect.exit.words for text in (f"{word} daqui", f"{word}, gente", f"ta{word}i")]

    # ---- IDLE --------------------------------------------------------------------------------

    @property
    def idle_s(self) -> float:
        """T, in seconds."""
        return self._idle.seconds

    @property
    def _idle(self) -> IdleRule:
        if self.dialect.idle is None:
            raise Undecided(f"the dialect {self.dialect.name} has no idle rule")
        return self.dialect.idle

    def keep_talking(self, *people: User, beside: User, until: float, unless: Callable[[], bool]) -> None:
        """Let some talk every T/3 until somebody has been silent for `until` seconds, unless something happened."""
        end_s = beside.connection.last_stimulus_s + self.ours_s(until)
        self.relies_on_the_clock(end_s)
        while time.monotonic() < end_s and not unless():
            for user in people:
                if user.connection.alive:
                    user.says()
            self.event_loop.until(unless, min(self.ours_s(self.idle_s) / 3, end_s - time.monotonic()), early=False)

    def is_cleaned_up(self, gone: User, *, told: User) -> None:
        """Check that nothing is left of somebody: announced where the dialect does that, and no socket."""
        limit_s = self.ours_s(self.limit_s)
        if "left" in self.dialect.features:
            told.is_told(Left(gone.name), limit_s)
        gone.connection.close()
        self.expect(
            self.event_loop.until(lambda: not self.socket_left(gone), limit_s),
            f"the server closes its socket of {gone} within {self.limit_s:g} s",
            ["the socket is still there"],
        )

    # ---- DROP --------------------------------------------------------------------------------

    def is_let_go_or_still_hears(self, gone: User, speaker: User) -> None:
        """Check that a half-closed client's connection ends, or that it still hears what is said."""
        if self.event_loop.until(lambda: not gone.connection.alive, self.limit_s):
            return
        if "echo" in self.dialect.features:  # it cannot speak any more, so that nothing is left to serve
            self.fail(f"{gone}'s connection ends within {self.limit_s:g} s", ["it is still open"])
        text = speaker.says()
        if not self.event_loop.until(lambda: gone.copies(text) > 0 or not gone.connection.alive, self.limit_s):
            self.fail(
                f"{gone}'s connection ends within {self.limit_s:g} s, or {gone} still hears {text!r}",
                ["the connection is open, and nothing comes"],
            )

    def fours_with_one_gone(self) -> Iterator[tuple[list[User], User, bool]]:
        """Give four people, who of them goes, and whether by RST: the first, a middle and the last, each both ways."""
        for index in (0, 1, 3):
            for reset in (False, True):
                people = self.gather(*FOUR)
                yield people, people[index], reset

    def all_speak(self, people: Sequence[User], rounds: int = 2) -> None:
        """Let all who are still there speak at once, and see that each message reaches each of the others."""
        there = [user for user in people if user.connection.alive]
        said = self.say_at_once(there, rounds)
        for speaker, texts in said.items():
            for user in there:
                for text in texts if user is not speaker else ():
                    user.hears(text)

    def all_go(self, people: Sequence[User]) -> None:
        """Let everybody go, so that the next people meet an empty room."""
        for user in people:
            user.is_taken()
            user.goes()
        self.settle()
