"""Judges TCP chat servers, clause by clause. These are the names that a check uses."""

from batepapo.events import Joined, Left, Said
from batepapo.marks import clause

__all__ = ["Joined", "Left", "Said", "clause"]
