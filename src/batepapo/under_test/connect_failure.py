"""Why a client did not come to connect: one sentence, its last rows, and what to try."""

from __future__ import annotations

import re
from collections.abc import Sequence

from batepapo.errors import ClientDidNotConnect
from batepapo.under_test.ending import how_it_ended

_BY_HAND = "Start it by hand in its folder, with the same command and its server running, and see what it asks."
_GRAPHICAL = re.compile(
    r"no display name|cannot open display|could not connect to display|HeadlessException|\$DISPLAY|DISPLAY environment"
    r"|No module named '_?tkinter'|Gtk-WARNING|qt\.qpa|Unable to init server|Missing X server",
    re.IGNORECASE,
)
_USAGE = re.compile(r"^\s*(?:usage|uso|modo de usar|sintaxe|error: the following arguments)\b", re.IGNORECASE)
_ARGUMENTS = re.compile(r"IndexError|ArrayIndexOutOfBounds|too few arguments|arguments are required|argumentos", re.I)


def never_connected(
    status: int | None,
    rows: Sequence[str],
    asked: Sequence[str],
    waited_s: float,
    listened: Sequence[int] | None = None,
) -> ClientDidNotConnect:
    """Explain it.

    Args:
        status: Its exit status, or None: it still runs.
        rows: What stands on its screen.
        asked: What it asked its user.
        waited_s: How long it had.
        listened: The only ports on which it could be seen; None: it was seen wherever it went.
    """
    rows = [row for row in rows if row.strip()]
    how = how_it_ended(status)
    if any(_GRAPHICAL.search(row) for row in rows):
        return ClientDidNotConnect(
            f"the client wants a graphical display, and there is none: it {how}",
            rows,
            "Only clients that talk through a terminal can be judged.",
        )
    if status is not None and any(_USAGE.match(row) or _ARGUMENTS.search(row) for row in rows):
        return ClientDidNotConnect(
            f"the client {how} before it connected: it wants other arguments",
            rows,
            "Give them in the command; {host} and {port} stand for an address that is listened on.",
        )
    if listened is not None and not asked:
        return ClientDidNotConnect(
            f"the client {how} and came to none of the ports {', '.join(map(str, listened))}; on the shared network it "
            "cannot be seen where else it dials",
            rows,
            "Write {port} into the command where the port belongs, or run where private networks are possible.",
            unseen=True,
        )
    if status is not None:
        return ClientDidNotConnect(f"the client {how} before it tried to connect", rows, _BY_HAND)
    if asked:
        return ClientDidNotConnect(
            f"the client asks for input and never connects: {asked[-1]!r}",
            rows,
            'Write its questions and their answers into a dialect file: [client.answers], "what it asks" = "answer".',
        )
    return ClientDidNotConnect(f"the client runs, but did not try to connect within {waited_s:.3g} s", rows, _BY_HAND)
