"""What differs between two results files: the same server twice, before and after a change, or two servers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from batepapo.report.text import LABELS, in_reading_order
from batepapo.verdicts.facts import Facts
from batepapo.verdicts.verdict import PASS, Verdict

HEADER = {  # what may change a verdict; the seed and the machine factor differ from run to run
    "command": "command",
    "folder": "folder",
    "dialect": "dialect",
    "not_offered": "not offered",
    "framing": "framing",
    "network": "network",
    "folder_view": "folder view",
    "clock": "clock",
    "versions": "versions",
}
Side = tuple[Facts, Sequence[Verdict]]


def lines(a: Side, b: Side) -> list[str]:
    """Return what differs between two files, in words; the last line counts.

    Args:
        a: The facts and the verdicts of the first file, as `results.read` returns them.
        b: Those of the second.
    """
    said = [
        f"{name:<12} A {_shown(getattr(a[0], key))}, B {_shown(getattr(b[0], key))}"
        for key, name in HEADER.items()
        if getattr(a[0], key) != getattr(b[0], key)
    ]
    in_a, in_b = _by_id(a[1]), _by_id(b[1])
    both = [id for id in in_a if id in in_b]
    different = [id for id in both if in_a[id].word != in_b[id].word]
    for id in different:
        said += [f"{id:<12} A {LABELS[in_a[id].word]}, B {LABELS[in_b[id].word]}"]
        said += [
            f"{'':<12} {side}: {_reason(found[id])}" for side, found in (("A", in_a), ("B", in_b)) if _reason(found[id])
        ]
    alone = [("A", [id for id in in_a if id not in in_b]), ("B", [id for id in in_b if id not in in_a])]
    said += [f"{f'only in {side}':<12} {' '.join(ids)}" for side, ids in alone if ids]
    if same_verdicts(a, b):
        return [*said, f"same verdicts of {len(both)} clauses"]
    counts = [f"{len(different)} verdicts differ", f"{len(both) - len(different)} are the same"]
    return [*said, ", ".join([*counts, *(f"{len(ids)} only in {side}" for side, ids in alone if ids)])]


def same_verdicts(a: Side, b: Side) -> bool:
    """Return whether two files hold the same clauses with the same verdicts."""
    first, second = ({verdict.id: verdict.word for verdict in verdicts} for _, verdicts in (a, b))
    return first == second


def _by_id(verdicts: Sequence[Verdict]) -> dict[str, Verdict]:
    return {verdict.id: verdict for verdict in sorted(verdicts, key=in_reading_order)}


def _reason(verdict: Verdict) -> str:
    """Return the first line of why a verdict is no pass."""
    return "" if verdict.word == PASS or not verdict.reason else verdict.reason.splitlines()[0]


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{key} {one}" for key, one in value.items())
    return ", ".join(map(str, value)) or "nothing" if isinstance(value, list | tuple) else str(value)
