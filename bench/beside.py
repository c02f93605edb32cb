"""`python -m bench.beside`: what our plugin costs a project that has nothing to do with us, at each start of pytest.

Runs a trivial test with the entry point and without, by turns, so that both see the same machine, and prints the
medians and the best of each. Nothing is asserted: the selftest says which modules may be imported. The limit of
the second issue is 10 ms. The best is what to look at on a machine that others use, too.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LIMIT_MS = 10
WAYS = {"with": (), "without": ("-p", "no:batepapo.plugin")}


@dataclass(frozen=True)
class Cost:
    """What one start of pytest took, in milliseconds: by the wall's clock, and of the processor."""

    wall_ms: float
    cpu_ms: float


def start(folder: Path, words: Sequence[str]) -> Cost:
    """Run the only test of a folder, with the plugins of this environment."""
    # A cold start compiles our files, and pytest's, again each time; that is nobody's everyday.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    began_s = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - began_s
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"pytest ended with status {process.returncode}")
    return Cost(wall_s * 1e3, (usage.ru_utime + usage.ru_stime) * 1e3)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.beside", description=__doc__)
    parser.add_argument("--runs", type=int, default=20, help="how often each way (default: 20)")
    runs = parser.parse_args(arguments).runs
    costs: dict[str, list[Cost]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "pytest.ini").write_text("[pytest]\n")
        (folder / "test_theirs.py").write_text("def test_theirs():\n    pass\n")
        start(folder, ())  # the first one compiles
        for number in range(runs):
            for way in WAYS if number % 2 else reversed(WAYS):
                costs[way].append(start(folder, WAYS[way]))
    print(f"{'':10s} {'wall, median':>14s} {'best':>10s} {'cpu, median':>14s} {'best':>10s}")
    rows = {way: figures(measured) for way, measured in costs.items()}
    for way, row in rows.items():
        print(f"{way:10s} {row[0]:11.1f} ms {row[1]:7.1f} ms {row[2]:11.1f} ms {row[3]:7.1f} ms")
    grown = [more - less for more, less in zip(rows["with"], rows["without"], strict=True)]
    print(f"{'grows by':10s} {grown[0]:11.1f} ms {grown[1]:7.1f} ms {grown[2]:11.1f} ms {grown[3]:7.1f} ms")
    print(f"{runs} starts each; the limit is {LIMIT_MS} ms")
    return 0


def figures(costs: Sequence[Cost]) -> tuple[float, float, float, float]:
    """Return median and best of the wall's clock, then of the processor."""
    walls, cpus = [cost.wall_ms for cost in costs], [cost.cpu_ms for cost in costs]
    return statistics.median(walls), min(walls), statistics.median(cpus), min(cpus)


if __name__ == "__main__":
    sys.exit(main())
