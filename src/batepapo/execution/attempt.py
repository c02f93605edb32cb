"""One attempt of a check: run its function on a fresh testbed, and say what that showed."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from typing import Any

from batepapo.errors import ConformanceFailure, ProgramDidNotStart, Undecided
from batepapo.testbed.base import Testbed
from batepapo.verdicts.verdict import BLOCKED, FAIL, HARNESS_ERROR, PASS, Attempt, Word


def run_check(check: Callable[[Any], None], testbed: Testbed) -> Attempt:
    """Run a check once, end its programs, and return what was found.

    Whatever is raised becomes part of the attempt, except what ends the run (Ctrl-C, `pytest.exit`).
    """
    began_s = time.monotonic()
    word: Word = PASS
    expected = ""
    heard: tuple[str, ...] = ()
    output: tuple[str, ...] = ()
    conversation: tuple[str, ...] = ()
    try:
        try:
            try:
                check(testbed)
                testbed.conclude()
            finally:
                output = tuple(testbed.output())
                conversation = tuple(testbed.transcript.lines())
        finally:
            testbed.close()
    except ConformanceFailure as failure:
        word, expected, heard = FAIL, failure.expected, failure.heard
    except Undecided as undecided:
        word, expected = BLOCKED, str(undecided)
    except AssertionError as failure:  # a plain assert of a check; pytest has explained it
        word, expected = FAIL, str(failure).partition("\n")[0] or "the check's assertion holds"
        heard = tuple(str(failure).splitlines()[1:])
    except ProgramDidNotStart as failure:  # it did start before: the run began with it
        how = "as it did before" if testbed.stdin_is_terminal else "with its standard input at its end (< /dev/null)"
        word, expected = FAIL, f"the {testbed.program} starts, {how}"
        heard = (failure.what, *failure.seen)
    except Exception as ours:  # whatever it was, it is no student's fault: report it
        word, expected, heard = (
            HARNESS_ERROR,
            f"{type(ours).__name__}: {ours}",
            tuple(traceback.format_exc().splitlines()),
        )
    return Attempt(
        word=word,
        expected=expected,
        heard=heard,
        conversation=conversation,
        output=output,
        remarks=tuple(testbed.remarks),
        seconds=time.monotonic() - began_s,
        rate=testbed.rate,
        program=testbed.program,
        spent={what: round(seconds, 4) for what, seconds in testbed.spent_s.items()},
    )


def harness_error(ours: BaseException) -> Attempt:
    """Return the attempt that ended by an error of ours outside of a check."""
    heard = tuple("".join(traceback.format_exception(ours)).splitlines())
    return Attempt(HARNESS_ERROR, f"{type(ours).__name__}: {ours}", heard)
