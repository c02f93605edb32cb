"""`python -m bench.suite`: what a run costs on each reference server, what a start costs, and what each check costs.

Nothing is asserted. The limits of the first issue, on two cores: `sair` at most 6 s, `tchau` at most 60 s on the real
clock.
"""

from __future__ import annotations

import argparse
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from batepapo.arena.network import Arena
from batepapo.server import Command, ServerUnderTest
from selftests.judging import IDLE, REFERENCES, ROOT, Run, check, dialect_file, reference

STARTS = 20
SHORT_IDLE_S = 1.0
LIMITS_S = {"sair": 6, "tchau": 60}


def timed_s(work: Callable[[], object]) -> float:
    """Return how long some work takes on the wall's clock."""
    began_s = time.perf_counter()
    work()
    return time.perf_counter() - began_s


def start_costs(dialect: str) -> tuple[float, float]:
    """Return the medians of a start (from the command to the listening port) and of a stop, in seconds."""
    arena = Arena()
    command = Command.parse(reference(dialect), ROOT)
    starts, stops = [], []
    try:
        for _ in range(STARTS):
            began_s = time.perf_counter()
            server = ServerUnderTest.start_command(arena, command)
            starts.append(time.perf_counter() - began_s)
            stops.append(timed_s(server.stop))
    finally:
        arena.close()
    return statistics.median(starts), statistics.median(stops)


def judge(dialect: str, idle_s: float | None, workers: int) -> tuple[float, Run]:
    """Judge a reference server, and return the wall time and what was said."""
    with tempfile.TemporaryDirectory() as folder:
        name = dialect if idle_s is None else dialect_file(dialect, Path(folder), seconds=f"{idle_s:g}")
        pytest = ("-n", str(workers)) if workers else ()
        began_s = time.perf_counter()
        run = check(reference(dialect, idle_s=idle_s), name, pytest=pytest)
        return time.perf_counter() - began_s, run


def say(text: str = "") -> None:
    """Print a line at once: the runs take a minute each."""
    print(text, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.suite", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", metavar="NAME[,NAME]", help="a few dialects")
    parser.add_argument("--short", action="store_true", help="not on the real clock; idle after 1 s only")
    parser.add_argument("-n", type=int, default=0, metavar="WORKERS", help="as pytest's (default: 0)")
    options = parser.parse_args(arguments)
    dialects = [name for name in REFERENCES if not options.only or name in options.only.split(",")]

    bare_s = statistics.median(
        timed_s(lambda: subprocess.run([sys.executable, "-I", "-c", "pass"], check=True)) for _ in range(STARTS)
    )
    say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}, -n {options.n}")
    say(f"python -I -c pass: {bare_s * 1000:.0f} ms")
    say("\nstart and stop of a server (median of 20)")
    for dialect in dialects:
        start_s, stop_s = start_costs(dialect)
        say(f"  {dialect:10s} {start_s * 1000:6.1f} ms  {stop_s * 1000:6.1f} ms  {shlex.split(reference(dialect))[1]}")

    say("\nthe whole suite, wall time")
    seconds: dict[str, dict[str, float]] = {}
    for dialect in dialects:
        clocks = [None] if dialect not in IDLE else [SHORT_IDLE_S] if options.short else [None, SHORT_IDLE_S]
        for idle_s in clocks:
            wall_s, run = judge(dialect, idle_s, options.n)
            words = list(run.words().values())
            said = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(sorted(words)))
            limit = f" (limit {LIMITS_S[dialect]} s)" if idle_s is None and dialect in LIMITS_S else ""
            clock = "real clock" if idle_s is None else f"idle {idle_s:g} s"
            factor = run.facts.get("machine_factor", 0)
            say(f"  {dialect:10s} {clock:10s} {wall_s:6.1f} s{limit}  status {run.status}, factor {factor:g}: {said}")
            seconds[dialect] = {verdict.id: verdict.seconds for verdict in run.verdicts if verdict.hearings}

    say("\nseconds of each check (results file; IDLE: the last run of that server)")
    ids = list(dict.fromkeys(id for column in seconds.values() for id in column))
    say(f"  {'':10s}" + "".join(f"{dialect:>10s}" for dialect in seconds))
    for id in ids:
        cells = (f"{column[id]:10.3f}" if id in column else f"{'-':>10s}" for column in seconds.values())
        say(f"  {id:10s}" + "".join(cells))
    say(f"  {'all':10s}" + "".join(f"{sum(column.values()):10.3f}" for column in seconds.values()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
