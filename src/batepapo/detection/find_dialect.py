"""Find out how a server wants to be spoken to: its framing and, if nobody says it, its dialect.

One conversation on a server of its own, before the first check (protocol.md, section 1, "Framing").
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from batepapo.errors import ConformanceFailure, Undecided
from batepapo.protocol.assigned_names import asks, assigned_names
from batepapo.protocol.dialect import Dialect, ExitRule
from batepapo.protocol.events import Joined, Left
from batepapo.protocol.framing import Framing
from batepapo.testbed.server.room import Room
from batepapo.testbed.server.user import User

OpenRoom = Callable[[Dialect, Framing], Room]

EXIT_WORDS = ("sair", "x", "TCHAU")
NOBODY_ELSE, NOTHING_BACK = "a message reaches nobody else", "its sender gets nothing"


@dataclass(frozen=True)
class Found:
    """A framing, whether it was seen or only hinted at by the dialect, and what was seen."""

    framing: Framing
    observed: bool
    evidence: str


def find_framing(open_room: OpenRoom, dialect: Dialect) -> Found:
    """Speak bare to one fresh server and, if that causes nothing, with newlines to another, with lengths to a third.

    A connection that ends before anybody said an exit word is an effect of last resort: a server of lengths takes the
    first letters of bare text for a length, and may refuse it.
    """
    refused: Found | None = None
    for framing in (Framing.RAW, Framing.LINE, Framing.LENGTH4):
        room = open_room(dialect, framing)
        ended = False
        try:
            effect, ended = _first_effect(room)
        except (ConformanceFailure, Undecided):
            effect = ""  # a server that dies or refuses shows nothing; the checks will say so
        finally:
            room.close()
        if effect and not ended:
            return Found(framing, True, effect)
        if effect and refused is None:
            refused = Found(framing, True, effect)
    return refused or Found(dialect.framing, False, "not observed: nothing that was said had any effect")


def _first_effect(room: Room) -> tuple[str, bool]:
    """Let two people log in and speak.

    Returns:
        What the first effect was, or "" when there was none; and whether it ended a connection that no exit word ends.
    """
    ana, bia = room.arrives(room.unique("ana")), room.arrives(room.unique("bia"))
    room.settle()  # a banner, a prompt, the console line of an arrival: they prove nothing
    words = [word for word in room.dialect.exit.words if "exit" in room.dialect.features]
    steps: list[tuple[User, str]] = []
    if "login" in room.dialect.features:
        steps += [(ana, ana.name), (bia, bia.name)]
    steps += [(ana, f"oi {room.word()}"), (bia, f"oi {room.word()}"), *((ana, word) for word in words[:1])]
    for user, text in steps:
        seen = _seen(room)
        user.sends(room.framing.encode(text))
        if room.event_loop.until(lambda: _seen(room) != seen, room.limit_s):  # noqa: B023 (used at once)
            try:
                room.settle()  # a server that is about to end a connection may say so first, at its console for one
            except ConformanceFailure:
                return f"{text!r} had an effect", True
            ended = text not in words and not all(each.connection.alive for each in (ana, bia))
            return f"{text!r} had an effect", ended
    return "", False


def _seen(room: Room) -> tuple[object, ...]:
    streams = tuple((len(user.connection.stream), user.connection.end) for user in room.users)
    return (*streams, room.event_loop.printed_bytes)


# ---- the nearest dialect ---------------------------------------------------------------------


@dataclass(frozen=True)
class Habits:
    """What one conversation showed of a server."""

    relays: bool
    echoes: bool
    first_is_text: bool
    signed: bool
    joined: frozenset[str]
    left: frozenset[str]
    exit_words: frozenset[str]
    greets_as: str = ""

    def evidence(self) -> list[str]:
        """Say it in words, for the header and the results file."""
        return [
            f"it greets as {self.greets_as} does" if self.greets_as else "it greets as none of them does",
            "a message reaches the others" if self.relays else NOBODY_ELSE,
            "its sender gets it back" if self.echoes else NOTHING_BACK,
            "the first message is relayed" if self.first_is_text else "the first message is not relayed",
            f"exit words: {', '.join(sorted(self.exit_words)) or 'none seen'}",
            "arrivals are announced" if self.joined else "no notice of coming seen",
            "departures are announced" if self.left else "no notice of going seen",
        ]


def find_dialect(open_room: OpenRoom, candidates: list[Dialect]) -> tuple[Dialect, Found, Habits]:
    """Observe one conversation and return the nearest dialect, the framing and what was seen."""
    silent = next(dialect for dialect in candidates if {"login", "exit"} <= dialect.features)
    greeter = _greeter(open_room, candidates, silent)
    speaking = dataclasses.replace(greeter or silent, exit=ExitRule(EXIT_WORDS))
    found = find_framing(open_room, speaking)
    habits = _observe(open_room, candidates, speaking, found.framing)
    habits = dataclasses.replace(habits, greets_as=greeter.name if greeter else "")
    nearest = max(candidates, key=lambda dialect: _likeness(dialect, habits))
    return nearest, found, habits


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
    room = open_room(speaking, framing)
    seen: dict[str, bool] = {"relays": False, "echoes": False, "first": False, "signed": False}
    joined: set[str] = set()
    left: set[str] = set()
    words: set[str] = set()
    try:
        ana = room.join("ana" + room.word())
        bia = room.join("bia" + room.word())
        first = bia.name.encode()
        seen["first"] = ana.heard_since(Joined(bia.name)).strip() == first or bia.connection.stream.strip() == first
        joined = {d.name for d in candidates if d.joined and ana.notices(Joined(bia.name), d).count}
        text = bia.says()
        room.settle()
        seen["relays"], seen["echoes"] = ana.copies(text) > 0, bia.copies(text) > 0
        line = next((line for line in bytes(ana.connection.stream).splitlines() if text.encode() in line), b"")
        seen["signed"] = line.find(first) >= 0
        for word in EXIT_WORDS:
            guest = room.join("caio" + room.word())
            guest.leaves(word)
            room.settle()
            if not guest.connection.alive:
                words.add(word)
            guest.closes()
            room.settle()
            left |= {d.name for d in candidates if d.left and ana.notices(Left(guest.name), d).count}
    except (ConformanceFailure, Undecided):
        pass  # what was seen until then is what there is to go by
    finally:
        room.close()
    return Habits(
        relays=seen["relays"],
        echoes=seen["echoes"],
        first_is_text=seen["first"],
        signed=seen["signed"],
        joined=frozenset(joined),
        left=frozenset(left),
        exit_words=frozenset(words),
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


def missing_features(dialect: Dialect, habits: Habits) -> tuple[str, ...]:
    """Return what a dialect has and one conversation did not show: the keys that `reduced` takes."""
    missing = []
    if dialect.joined and not habits.joined:
        missing.append("joined")
    if dialect.left and not habits.left:
        missing.append("left")
    if "exit" in dialect.features:
        missing += [f"exit {word}" for word in dialect.exit.words if word not in habits.exit_words]
    if dialect.idle is not None:
        missing.append("idle")
    return tuple(missing)


def reduced(dialect: Dialect, missing: Sequence[str]) -> Dialect:
    """Return a dialect without what its server does not offer, so that no clause asks for it."""
    words = tuple(word for word in dialect.exit.words if f"exit {word}" not in missing)
    return dataclasses.replace(
        dialect,
        joined="" if "joined" in missing else dialect.joined,
        left="" if "left" in missing else dialect.left,
        exit=dataclasses.replace(dialect.exit, words=words),
        idle=None if "idle" in missing else dialect.idle,
    )


def nobody_heard(evidence: Sequence[str]) -> bool:
    """Return whether the observed conversation, as `Habits.evidence` says it, reached nobody at all."""
    return {NOBODY_ELSE, NOTHING_BACK} <= set(evidence)


def in_words(missing: Sequence[str]) -> list[str]:
    """Say what is not offered as a person reads it."""
    words = {"joined": "notices of coming", "left": "notices of going", "idle": "the idle rule (too long to observe)"}
    return [words.get(key, f"the exit word {key.removeprefix('exit ')!r}") for key in missing]
