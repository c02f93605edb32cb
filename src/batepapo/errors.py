"""Whose fault it is: one class for each kind of trouble (style.md, point 23).

the clause is broken              ConformanceFailure, ServerDied       fail
it cannot be decided              Undecided                            blocked
the program never came            ProgramDidNotStart and below it      exit status 10, said once
an option or a dialect is wrong   UsageError, DialectError             exit status 4
anything else                     whatever it was                      harness_error: ours
"""

from __future__ import annotations

from collections.abc import Sequence


class ConformanceFailure(Exception):
    """The server under test broke the clause.

    Args:
        expected: What had to be seen, by whom, and within how long.
        heard: What came instead, one entry a line; empty is printed as "nothing".
    """

    def __init__(self, expected: str, heard: Sequence[str] = ()) -> None:
        super().__init__(expected)
        self.expected = expected
        self.heard = tuple(heard)

    def __str__(self) -> str:
        return f"{self.expected}; heard: {', '.join(self.heard) or 'nothing'}"


class ServerDied(ConformanceFailure):
    """The program under test ended while a check was talking to it."""


class Undecided(Exception):
    """A tool that the check relies on did not work, so that nothing can be said about the clause."""


class ProgramDidNotStart(Exception):
    """The program under test, or its build, could not be run.

    Args:
        what: What happened, in one sentence.
        seen: The last lines of its output, at most 20.
        hint: What to try.
    """

    def __init__(self, what: str, seen: Sequence[str] = (), hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.seen = tuple(seen)[-20:]
        self.hint = hint


class ServerDidNotStart(ProgramDidNotStart):
    """The server under test never came to listen on TCP."""


class ClientDidNotConnect(ProgramDidNotStart):
    """The client under test never tried to connect, as far as that can be seen.

    Args:
        what: As for a server.
        seen: The last rows of its screen.
        hint: What to try.
        unseen: Where it dials cannot be seen here, so that nothing is said against it.
    """

    def __init__(self, what: str, seen: Sequence[str] = (), hint: str = "", *, unseen: bool = False) -> None:
        super().__init__(what, seen, hint)
        self.unseen = unseen


class UsageError(Exception):
    """An option has a value that cannot be used; one line names the value and what would be right."""


class DialectError(UsageError):
    """A dialect cannot be loaded; the message is one line and names the key and what would be right."""
