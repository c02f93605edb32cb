"""Find out how a server wants to be spoken to: its framing and, if nobody says it, its dialect.

One conversation on a server of its own, before the first check (protocol.md, section 1, "Framing").
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from batepapo.detection.find_framing import Found, OpenRoom, find_framing
from batepapo.detection.habits import Habits, missing_features
from batepapo.errors import ConformanceFailure, ServerDied, Undecided
from batepapo.protocol.assigned_names import asks, assigned_names
from batepapo.protocol.dialect import Dialect, ExitRule
from batepapo.protocol.events import Joined, Left
from batepapo.protocol.framing import Framing
from batepapo.testbed.event_loop import ALIVE_EVERY_S
from batepapo.testbed.server.room import Room
from batepapo.testbed.server.user import User

_AT_ITS_TERMINAL = {"operator", "operator-stop"}  # features


def find_dialect(open_room: OpenRoom, candidates: list[Dialect]) -> tuple[Dialect, Found, Habits]:
    """Observe one conversation and return the nearest dialect, the framing and what was seen."""
    silent = next(dialect for dialect in candidates if {"login", "exit"} <= dialect.features)
    greeter = _greeter(open_room, candidates, silent)
    speaking = dataclasses.replace(greeter or silent, exit=ExitRule(exit_words(candidates)))
    found = find_framing(open_room, speaking)
    habits = _observe(open_room, candidates, speaking, found.framing)
    habits = dataclasses.replace(habits, greets_as=greeter.name if greeter else "")
    nearest = max(candidates, key=lambda dialect: _likeness(dialect, habits))
    if habits.died or habits.nobody_heard:
        return nearest, found, habits
    for early in (True, False):  # each on a fresh server, so that no race changes what is asked
        if _AT_ITS_TERMINAL.intersection(missing_features(nearest, habits)):
            habits = _type_at_its_terminal(open_room(nearest, found.framing), nearest, habits, early=early)
    return nearest, found, habits


def _type_at_its_terminal(room: Room, dialect: Dialect, habits: Habits, *, early: bool) -> Habits:
    """Type what the dialect's operator may, on a start of its own: a server may do as it likes about it.

    The kernel brings keys to a server in its own time, in which the server rests: only the last look waits for that.
    """
    operator, stops = habits.operator, habits.stops
    room.may_end = True
    try:
        server = room.process()  # nobody is brought in where there is no terminal of ours
        ana = room.join("ana" + room.word())
        line = f"oi {room.word()}"
        room.operator_types(line)
        operator |= room.until(lambda: ana.copies(line) > 0, early=early)
        if dialect.console.stop and server.alive():
            room.operator_types(dialect.console.stop)
            stops |= room.until(lambda: not server.alive(), early=early, look_every_s=ALIVE_EVERY_S)
    except (ConformanceFailure, Undecided):
        pass  # what was seen until then is what there is to go by
    finally:
        room.close()
    return dataclasses.replace(habits, operator=operator, stops=stops)


def exit_words(candidates: Sequence[Dialect]) -> tuple[str, ...]:
    """Return the words that end a connection in one of the dialects, each once, in alphabetical order."""
    words = {word for one in candidates if "exit" in one.features for word in one.exit.words}
    return tuple(sorted(words, key=str.casefold))


def _greeter(open_room: OpenRoom, candidates: list[Dialect], silent: Dialect) -> Dialect | None:
    """Return the dialect that begins the conversation as this server does, before anybody has said anything."""
    room = open_room(silent, Framing.RAW)
    try:
        ana, bia = room.arrives(room.unique("ana")), room.arrives(room.unique("bia"))
        room.settle()
        heard = bytes(ana.connection.stream), bytes(bia.connection.stream)
    except (ConformanceFailure, Undecided):
        return None
    finally:
        room.close()
    for dialect in candidates:
        if dialect.login == "prompted" and all(asks(stream, dialect.prompt) for stream in heard):
            return dialect
        if dialect.login == "assigned" and any(assigned_names(stream, dialect) for stream in heard):
            return dialect
    return None


def _observe(open_room: OpenRoom, candidates: list[Dialect], speaking: Dialect, framing: Framing) -> Habits:
    """Let two people talk, then somebody leave by each exit word.

    A server that dies of a word is started again for the next one, and the word counts as seen: something is wrong with
    how it ends a connection, and the clauses are to say what.
    """
    conversation = _Conversation(candidates)
    words = list(speaking.exit.words)
    while words or not conversation.talked:
        room = open_room(speaking, framing)
        try:
            conversation.talk(room)
            while words:
                conversation.leave_by(room, words.pop(0))
        except ServerDied as death:
            conversation.dies(death)
            if not conversation.talked:
                break
        except (ConformanceFailure, Undecided):
            break  # what was seen until then is what there is to go by
        finally:
            room.close()
    return conversation.habits()


class _Conversation:
    """What is seen of a server while people talk, over one start of it or more."""

    def __init__(self, candidates: list[Dialect]) -> None:
        self.talked = False
        self._candidates = candidates
        self._relays = self._echoes = self._first_is_text = self._signed = self._shows = False
        self._joined: set[str] = set()
        self._left: set[str] = set()
        self._words: set[str] = set()
        self._doing = ""
        self._word = ""
        self._died: tuple[str, ...] = ()
        self._listener: User | None = None

    def talk(self, room: Room) -> None:
        """Bring in two people, and let the second speak."""
        self._doing, self._word = "somebody came", ""
        ana = self._listener = room.join("ana" + room.word())
        bia = room.join("bia" + room.word())
        first = bia.name.encode()
        self._first_is_text |= first in (
            ana.heard_since(Joined(bia.name)).strip(),
            bytes(bia.connection.stream).strip(),
        )
        self._joined |= {d.name for d in self._candidates if d.joined and ana.notices(Joined(bia.name), d).count}
        self._doing = "somebody spoke"
        text = bia.says()
        room.settle()
        self._relays |= ana.copies(text) > 0
        self._echoes |= bia.copies(text) > 0
        line = next((line for line in bytes(ana.connection.stream).splitlines() if text.encode() in line), b"")
        self._signed |= first in line
        self._shows |= room.shows_at_its_terminal(text)
        self.talked = True

    def leave_by(self, room: Room, word: str) -> None:
        """Let somebody say a word, and then close whatever became of it."""
        self._doing, self._word = "somebody came", ""
        guest = room.join("caio" + room.word())
        self._doing, self._word = f"somebody said {word!r}", word
        guest.leaves(word)
        room.settle()
        if not guest.connection.alive:
            self._words.add(word)
        self._doing, self._word = "somebody closed the connection", ""
        guest.closes()
        room.settle()
        if self._listener is not None:
            notices = self._listener.notices
            self._left |= {d.name for d in self._candidates if d.left and notices(Left(guest.name), d).count}

    def dies(self, death: ServerDied) -> None:
        """Note of what the server died, and that the word which did it is one of its words."""
        if self._word:
            self._words.add(self._word)
        self._died = self._died or (f"when {self._doing}", *death.heard)

    def habits(self) -> Habits:
        """Return what was seen."""
        return Habits(
            relays=self._relays,
            echoes=self._echoes,
            first_is_text=self._first_is_text,
            signed=self._signed,
            joined=frozenset(self._joined),
            left=frozenset(self._left),
            exit_words=frozenset(self._words),
            shows=self._shows,
            died=self._died,
        )


def _likeness(dialect: Dialect, habits: Habits) -> int:
    """Return how near a dialect is to what was seen; how it begins and who hears weigh most, single words least."""
    features = dialect.features
    greets = dialect.login in ("prompted", "assigned")
    score = 16 * ((dialect.name if greets else "") == habits.greets_as)
    score += 8 * (("echo" in features) == (habits.echoes and not habits.relays))
    score += 4 * (("login" in features) == (not habits.first_is_text and not habits.echoes))
    score += 4 * (bool(dialect.joined) == bool(habits.joined)) + (dialect.name in habits.joined)
    score += 2 * (bool(dialect.left) == bool(habits.left)) + (dialect.name in habits.left)
    wanted = set(dialect.exit.words) if "exit" in features else set()
    score += 3 * len(wanted & habits.exit_words) - 3 * len(wanted ^ habits.exit_words)
    return score + (("signed" in features) == habits.signed)
