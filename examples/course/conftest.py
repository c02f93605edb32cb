"""The fixtures of the checks: each a testbed of its own, on a fresh start of the program, opened by its first verb."""

from batepapo import room

__all__ = ["room"]
