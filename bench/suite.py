"""`python -m bench.suite`: what judging costs on this machine, side by side in one run.

For each reference server: our whole suite; the same on the real clock, where there is an idle limit; a script of 20
checks with sleeps, as an assistant writes it (bench/naive.py); and the floor, which is to start that server once for
each decided check and to stop it, one after the other; and what the reference client of the dialect takes. Then what
each check takes. Nothing is asserted; the aim is at most twice the floor on `sair` and `completo`, a second more than
that where fewer checks are decided, and 10 s for a client.
"""

from __future__ import annotations

import argparse
import datetime
import html
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from batepapo.isolation.runner import Runner
from batepapo.protocol.dialect_file import load
from batepapo.under_test.command import Command
from batepapo.under_test.server import ServerUnderTest
from batepapo.verdicts.verdict import FAIL, PASS
from bench import naive
from selftests.judging import IDLE, REFERENCES, Run, check, client, reference
from selftests.tree import ROOT

STARTS = 20
NAIVE = ("sair", "completo")  # the dialects that the naive script speaks
PICTURE = ROOT / "docs" / "bench.svg"


@dataclass
class Cost:
    """What judging one reference server takes, in seconds; None: not measured."""

    dialect: str
    start_s: float
    decided: int = 0
    suite_s: float = 0.0
    real_s: float | None = None
    naive_s: float | None = None
    naive_passed: int = 0
    checks_s: dict[str, float] = field(default_factory=dict)
    spent_s: dict[str, float] = field(default_factory=dict)
    fast: int = 0
    said: str = ""
    client_s: float = 0.0
    client_decided: int = 0

    @property
    def floor_s(self) -> float:
        """One start and one stop for each decided check."""
        return self.decided * self.start_s

    @property
    def times(self) -> float:
        """How many times the floor the suite takes."""
        return self.suite_s / self.floor_s


def timed_s(work: Callable[[], object]) -> float:
    """Return how long some work takes on the wall's clock."""
    began_s = time.perf_counter()
    work()
    return time.perf_counter() - began_s


def start_and_stop_s(dialect: str) -> float:
    """Return the median of a start, from the command to the listening port, and a stop."""
    command = Command.parse(reference(dialect), ROOT)
    with Runner() as runner:
        return statistics.median(
            timed_s(lambda: ServerUnderTest.start_command(runner, command).stop()) for _ in range(STARTS)
        )


def judge(dialect: str, clock: str, workers: int) -> Run:
    """Judge a reference server."""
    pytest = ("-n", str(workers)) if workers else ()
    return check(reference(dialect), dialect, "--clock", clock, pytest=pytest)


def often(runs: int, work: Callable[[], Run]) -> tuple[float, Run]:
    """Return the median of the wall times of so many runs, and what the last one said."""
    said: list[Run] = []
    walls = [timed_s(lambda: said.append(work())) for _ in range(runs)]
    return statistics.median(walls), said[-1]


def measure(dialect: str, runs: int, real: bool, workers: int) -> Cost:
    """Measure one reference server; of several runs of the suite, the median counts."""
    cost = Cost(dialect, start_and_stop_s(dialect))
    cost.suite_s, run = often(runs, lambda: judge(dialect, "auto", workers))
    words = list(run.words().values())
    cost.decided = _decided(run)
    cost.said = ", ".join(f"{words.count(word)} {word}" for word in sorted(set(words)))
    cost.checks_s = {verdict.id: verdict.seconds for verdict in run.verdicts if verdict.attempts}
    attempts = [attempt for verdict in run.verdicts for attempt in verdict.attempts]
    for what in ("start", "settle", "stop"):
        cost.spent_s[what] = sum(attempt.spent.get(what, 0.0) for attempt in attempts)
    cost.spent_s["the rest"] = sum(attempt.seconds for attempt in attempts) - sum(cost.spent_s.values())
    cost.fast = sum(verdict.attempts[0].rate > 1 for verdict in run.verdicts if verdict.attempts)
    cost.client_s, of_client = often(runs, lambda: check("", dialect, client_cmd=client(dialect)))
    cost.client_decided = _decided(of_client)
    if real and dialect in IDLE:
        cost.real_s = timed_s(lambda: judge(dialect, "real", workers))
    if real and dialect in NAIVE:
        found: dict[str, bool] = {}
        cost.naive_s = timed_s(lambda: found.update(naive.judge(reference(dialect), load(dialect).port or 0)))
        cost.naive_passed = sum(found.values())
    return cost


def _decided(run: Run) -> int:
    return sum(word in (PASS, FAIL) for word in run.words().values())


# ---- words and a picture -------------------------------------------------------------------------


def table(costs: Sequence[Cost]) -> list[str]:
    """Return the comparison, a line for each server."""
    lines = [
        f"{'':10s} {'start+stop':>10s} {'decided':>8s} {'floor':>8s} {'suite':>8s} {'times':>6s} {'real clock':>11s} "
        f"{'naive, 20 checks':>17s} {'client, decided':>16s}"
    ]
    for cost in costs:
        real = f"{cost.real_s:.1f} s" if cost.real_s is not None else "-"
        other = f"{cost.naive_s:.1f} s ({cost.naive_passed} pass)" if cost.naive_s is not None else "-"
        lines.append(
            f"{cost.dialect:10s} {1000 * cost.start_s:7.1f} ms {cost.decided:8d} {cost.floor_s:6.2f} s "
            f"{cost.suite_s:6.2f} s {cost.times:6.2f} {real:>11s} {other:>17s} "
            f"{cost.client_s:10.2f} s, {cost.client_decided:2d}   "
            f"{cost.said}; {cost.fast} on the fast clock"
        )
    return lines


def each_check(costs: Sequence[Cost]) -> list[str]:
    """Return the seconds of each check, a column for each server, their distribution, and what they were spent on."""
    ids = list(dict.fromkeys(id for cost in costs for id in cost.checks_s))
    lines = [f"{'':10s}" + "".join(f"{cost.dialect:>10s}" for cost in costs)]
    for id in ids:
        cells = (f"{cost.checks_s[id]:10.3f}" if id in cost.checks_s else f"{'-':>10s}" for cost in costs)
        lines.append(f"{id:10s}" + "".join(cells))
    for name, what in (("median", statistics.median), ("max", max), ("sum", sum)):
        lines.append(f"{name:10s}" + "".join(f"{what(list(cost.checks_s.values())):10.3f}" for cost in costs))
    for part in costs[0].spent_s:
        lines.append(f"  {part:8s}" + "".join(f"{cost.spent_s[part]:10.3f}" for cost in costs))
    return lines


WIDE, BAR, GAP, LEFT, RIGHT = 760, 14, 10, 96, 210  # of the picture, in SVG user units
COLOURS = {
    "floor": "#9aa4b2",
    "batepapo": "#2f81f7",
    "batepapo, real clock": "#d29922",
    "script with sleeps": "#cf222e",
}


def picture(costs: Sequence[Cost], words: str) -> str:
    """Return the comparison as an SVG: a bar for each way to judge, longer is slower."""
    bars: list[tuple[str, str, float]] = []
    for cost in costs:
        bars += [(cost.dialect, "floor", cost.floor_s), ("", f"batepapo, {cost.decided} checks", cost.suite_s)]
        if cost.real_s is not None:
            bars.append(("", "batepapo, real clock", cost.real_s))
        if cost.naive_s is not None:
            bars.append(("", f"script with sleeps, {len(naive.CHECKS)} checks", cost.naive_s))
    longest_s = max(seconds for _, _, seconds in bars)
    y, lines = 34, []
    for dialect, name, seconds in bars:
        y += GAP if dialect else 0
        colour = next(colour for key, colour in reversed(COLOURS.items()) if name.startswith(key))
        width = max(1.0, (WIDE - LEFT - RIGHT) * seconds / longest_s)
        if dialect:
            lines.append(f'<text x="{LEFT - 8}" y="{y + 11}" text-anchor="end" font-weight="600">{dialect}</text>')
        lines.append(f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2" fill="{colour}"/>')
        lines.append(f'<text x="{LEFT + width + 6:.1f}" y="{y + 11}">{seconds:.1f} s {html.escape(name)}</text>')
        y += BAR + 3
    high = y + 12
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDE}" height="{high}" viewBox="0 0 {WIDE} {high}" '
        'role="img" font-family="system-ui, sans-serif" font-size="12" fill="#57606a">\n'
        "<title>What judging a reference server takes</title>\n"
        f'<rect width="{WIDE}" height="{high}" fill="#ffffff"/>\n'
        f'<text x="12" y="20">Seconds to judge each reference server; floor: to start it once for each check. '
        f"{html.escape(words)}</text>\n" + "\n".join(lines) + "\n</svg>\n"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and draw the picture if asked to."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.suite", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", metavar="NAME[,NAME]", help="a few dialects")
    parser.add_argument("--runs", type=int, default=3, help="of our suite, the median counts (default: 3)")
    parser.add_argument("--short", action="store_true", help="neither the real clock nor the naive script")
    parser.add_argument("-n", type=int, default=0, metavar="WORKERS", help="as pytest's (default: 0)")
    parser.add_argument("--picture", action="store_true", help=f"write {PICTURE.relative_to(ROOT)}")
    options = parser.parse_args(arguments)
    if options.runs < 1:
        parser.error(f"--runs {options.runs}: at least one is needed")
    dialects = [name for name in REFERENCES if not options.only or name in options.only.split(",")]
    words = f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, {datetime.date.today()}"
    print(f"{words}, load {os.getloadavg()[0]:.1f}, -n {options.n}, median of {options.runs}", flush=True)
    costs = []
    for dialect in dialects:
        costs.append(measure(dialect, options.runs, not options.short, options.n))
        head, line = table(costs[-1:])
        print(line if len(costs) > 1 else f"{head}\n{line}", flush=True)
    print(
        "\nseconds of each check, of the last run; the sum is more than the wall's, since some are heard side by side"
    )
    print("\n".join(each_check(costs)))
    if options.picture:
        PICTURE.write_text(picture(costs, words), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
