"""The fence: people speak in turn until what was said before must have come (design.md, section 4)."""

from __future__ import annotations

from collections.abc import Sequence

from batepapo.testbed.event_loop import EventLoop
from batepapo.testbed.server.user import User


def speak_in_turn(members: Sequence[User], event_loop: EventLoop, limit_s: float, *, echo: bool) -> bool:
    """Let two people (or each, where the server echoes) speak in turn; return whether all of it was heard.

    Args:
        members: Who can speak and hears: at least two, or one where the server echoes.
        event_loop: What reads them.
        limit_s: How long each text may take to be read, and then to be heard.
        echo: Whether the server answers the speaker and nobody else.
    """
    ana, bia = members[0], members[-1]
    steps = [(user, user) for user in members for _ in range(2)] if echo else [(bia, ana), (bia, ana), (ana, bia)]
    for speaker, hearer in steps:
        if not event_loop.taken(speaker.connection, limit_s):
            return False
        text = speaker.says_at_once("ok")
        if not event_loop.until(lambda: hearer.copies(text) > 0, limit_s):  # noqa: B023 (used at once)
            return False
    return True
