"""How a program ended, in the one sentence that every message uses."""

from __future__ import annotations

import signal


def how_it_ended(status: int | None) -> str:
    """Return it as a predicate: "ended (exit status 1)", "ended (signal SIGSEGV)", or "still runs".

    Args:
        status: As subprocess gives it, negative for a signal; None while the program runs.
    """
    if status is None:
        return "still runs"
    if status >= 0:
        return f"ended (exit status {status})"
    try:
        return f"ended (signal {signal.Signals(-status).name})"
    except ValueError:  # a real-time signal
        return f"ended (signal {-status})"
