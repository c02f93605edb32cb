"""Judges TCP chat servers, clause by clause. These are the names that a check uses.

They are fetched at their first use: every pytest of an environment imports this package with the plugin.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batepapo.errors import ServerDidNotStart, Undecided
    from batepapo.plugin.fixtures import pair, room, terminals
    from batepapo.protocol.events import Joined, Left, Said
    from batepapo.protocol.framing import Framing
    from batepapo.testbed.transcript import shown
    from batepapo.verdicts.clause import clause

__all__ = [
    "Framing",
    "Joined",
    "Left",
    "Said",
    "ServerDidNotStart",
    "Undecided",
    "clause",
    "pair",
    "room",
    "shown",
    "terminals",
]

_MODULES = {  # module below this package: its names that a check uses
    "errors": ("ServerDidNotStart", "Undecided"),
    "plugin.fixtures": ("pair", "room", "terminals"),
    "protocol.events": ("Joined", "Left", "Said"),
    "protocol.framing": ("Framing",),
    "testbed.transcript": ("shown",),
    "verdicts.clause": ("clause",),
}


def __getattr__(name: str) -> object:
    """Import what a check asks for."""
    for module, names in _MODULES.items():
        if name in names:
            return getattr(importlib.import_module(f"batepapo.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
