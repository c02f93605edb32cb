"""Judges TCP chat servers, clause by clause. These are the names that a check uses.

They are fetched at their first use: every pytest of an environment imports this package with the plugin.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batepapo.protocol.events import Joined, Left, Said
    from batepapo.verdicts.clause import clause

__all__ = ["Joined", "Left", "Said", "clause"]


def __getattr__(name: str) -> object:
    """Import what a check asks for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(
        importlib.import_module("batepapo.verdicts.clause" if name == "clause" else "batepapo.protocol.events"), name
    )
