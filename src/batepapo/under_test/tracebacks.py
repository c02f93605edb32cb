"""What a program prints that was not caught: the traces of Python, Java, Node, C#, Ruby, Go, Rust and Perl's `Carp`."""

from __future__ import annotations

import re

# Each is a line that no chat client prints for a person, in the form in which the language's own runtime writes it.
_TRACES = re.compile(
    r"""(?:
      \s*Traceback\ \(most\ recent\ call\ last\) | \s*Exception\ (?:ignored\ in|in\ thread)\b | Fatal\ Python\ error
    | \s+at\ [\w$.<>\[\]/@\ -]+\(.*\) | \s+at\ (?:async\ )?(?:file://|node:|/).*:\d+:\d+$
    | Unhandled\ [Ee]xception | Uncaught\s | node:\S+:\d+$ | \s+throw\ er;
    | (?:\s+from\ )?\S+\.rb:\d+:in\b
    | panic:\ | goroutine\ \d+\ \[ | thread\ '.*'\ (?:\(\d+\)\ )?panicked\ at
    | terminate\ called\ | \*\*\*\ .*\ \*\*\*:\ terminated
    )""",
    re.VERBOSE,
)
# What nothing else prints, so that it counts behind a prompt, too: `input("> ")` leaves the row open.
_PYTHONS = r"Traceback \(most recent call last\):|Exception (?:in thread Thread-|ignored in: <)"
_IN_A_ROW = re.compile(rf"{_PYTHONS}|Exception in thread \"|thread '.*' .*panicked at|Unhandled exception\. ")
_PYTHON_BEGINS = re.compile(rf"^\s*Exception (?:ignored in|in thread)\b|{_PYTHONS}")
_PYTHON_ENDS = re.compile(r"(?:[\w.]+\.)?\w*(?:Error|Exception|Exit|Interrupt|Iteration|timeout)(?::|$)")


def trace(rows: list[str]) -> list[str]:
    """Return the first row of a trace, and the one that says what was not caught; nothing where there is none."""
    first = next((at for at, row in enumerate(rows) if _is_trace(row)), None)
    if first is None:
        return []
    said = [row.strip() for row in rows[first:] if _PYTHON_ENDS.match(row)]
    above = [row.strip() for row in rows[max(0, first - 1) : first] if rows[first].lstrip().startswith("at ")]
    return [*above, rows[first].strip(), *said[:1]]  # Java and C# say above the places what was not caught


def without_traces(rows: list[str]) -> list[str]:
    """Return the rows that belong to no trace: nobody is told anything by one."""
    kept: list[str] = []
    inside = before_is_trace = False
    for row in rows:
        is_trace = _is_trace(row)
        if inside:
            inside, is_trace = not _PYTHON_ENDS.match(row.strip()), True
        elif _PYTHON_BEGINS.search(row):
            inside = True
        elif not is_trace:
            kept.append(row)
        elif kept and row.lstrip().startswith("at ") and not before_is_trace:
            kept.pop()  # the exception itself, which Java and Node write above the places
        before_is_trace = is_trace
    return kept


def _is_trace(row: str) -> bool:
    return bool(_TRACES.match(row) or _IN_A_ROW.search(row))
