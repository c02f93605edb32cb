"""Find out how a server frames its messages, on servers of its own before the first check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from batepapo.errors import ConformanceFailure, Undecided
from batepapo.protocol.dialect import Dialect
from batepapo.protocol.framing import Framing
from batepapo.testbed.server.room import Room
from batepapo.testbed.server.user import User

OpenRoom = Callable[[Dialect, Framing], Room]


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
