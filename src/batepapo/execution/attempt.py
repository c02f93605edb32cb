"""One attempt of a check: run its function on a fresh server, and say what that showed."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from batepapo.errors import ConformanceFailure, ProgramDidNotStart, Undecided
from batepapo.testbed.base import Testbed
from batepapo.verdicts.verdict import BLOCKED, FAIL, HARNESS_ERROR, NOT_APPLICABLE, PASS, Attempt


def run_check(check: Callable[[Any], None], room: Testbed) -> Attempt:
    """Run a check once, end its server, and return what was found.

    Whatever is raised becomes part of the attempt, except what ends the run (Ctrl-C, `pytest.exit`).
    """
    began_s = time.monotonic()
    word, expected = PASS, ""
    heard: tuple[str, ...] = ()
    try:
        try:
            check(room)
            room.conclude()
        finally:
            output = tuple(room.output())
            conversation = tuple(room.transcript.lines())
            room.close()
    except ConformanceFailure as failure:
        word, expected, heard = FAIL, failure.expected, failure.heard
    except Undecided as undecided:
        word, expected = BLOCKED, str(undecided)
    except AssertionError as failure:  # a plain assert of a check; pytest has explained it
        word, expected = FAIL, str(failure).partition("\n")[0] or "the check's assertion holds"
        heard = tuple(str(failure).splitlines()[1:])
    except ProgramDidNotStart as failure:  # it did start before: the run began with it
        how = "as it did before" if room.stdin_is_terminal else "with its standard input at its end (< /dev/null)"
        word, expected = FAIL, f"the server starts, {how}"
        heard = (failure.what, *failure.seen)
    except pytest.skip.Exception as skipped:
        word, expected = NOT_APPLICABLE, str(skipped.msg)
    except Exception as ours:  # whatever it was, it is no student's fault: report it
        word, expected = HARNESS_ERROR, f"{type(ours).__name__}: {ours}"
        heard = tuple(traceback.format_exc().splitlines())
    return Attempt(
        word=word,
        expected=expected,
        heard=heard,
        conversation=conversation,
        output=output,
        remarks=tuple(room.remarks),
        seconds=time.monotonic() - began_s,
        rate=room.rate,
        program=room.program,
        spent={what: round(seconds, 4) for what, seconds in room.spent_s.items()},
    )
