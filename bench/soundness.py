"""`python -m bench.soundness`: how often "nothing more comes" is wrong, how soon it is said, and by what kind of proof.

Servers in every style that students write relay lines, half of them late. After each the room is settled, as checks
settle it. Wrong: a line was not there when the room was settled, and came within 2 s. Each style is judged by several
processes at once, first on a quiet machine and then beside four busy processes; the tables go to docs/soundness.md.
"""

from __future__ import annotations

import argparse
import datetime
import math
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from batepapo.detection.machine import machine_factor
from batepapo.isolation.runner import Runner
from batepapo.testbed.connection import Connection
from batepapo.testbed.event_loop import EventLoop
from batepapo.testbed.transcript import Transcript
from batepapo.under_test.command import Command
from batepapo.under_test.server import ServerUnderTest
from bench.readme import between
from selftests.steady import BUSY, busy_processes
from selftests.tree import ROOT

PAGE = ROOT / "docs" / "soundness.md"
ZOO = ROOT / "selftests" / "silence_zoo"
LATE_S = 2.0  # a copy that comes within this time makes "nothing" wrong
PEOPLE = 3
LATE, PROMPT = 0.5, 0.4  # of the stimuli; the others are answered by nothing
SURE = 0.95
CONDITIONS = {"quiet": 0, "busy": BUSY}


@dataclass(frozen=True)
class Style:
    """A way to write a server, and how late its late answers are: between two times, in seconds."""

    name: str
    command: str
    late_s: tuple[float, float] = (0.001, 0.04)
    needs: str = "python3"


STYLES = (
    Style("a thread for each client", "{python} relay.py"),
    Style("asyncio", "{python} aio.py"),
    Style("select, timeout only when needed", "{python} poll.py exact"),
    Style("queue and writer thread", "{python} relay.py queue"),
    Style("sleeps 50 ms before the relay", "{python} relay.py", (0.05, 0.05)),
    Style("sleeps 300 ms before the relay", "{python} relay.py", (0.3, 0.3)),
    Style("polls every 50 ms", "{python} poll.py 0.05", (0.001, 0.05)),  # in the next round, or in the one after it
    Style("flushes a queue every 50 ms", "{python} relay.py tick 0.05"),
    Style("a process for each client", "{python} pipes.py"),
    Style("Node", "node relay.js", needs="node"),
    Style("Java", "java -cp {classes} Relay", needs="javac"),
)


@dataclass
class Found:
    """What was decided: how often, how, how soon, and what was wrong."""

    decided: int = 0
    late: int = 0
    lost: int = 0
    wrong: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    absence_s: list[float] = field(default_factory=list)
    prompt_s: list[float] = field(default_factory=list)

    def add(self, other: Found) -> None:
        """Take in what another process found."""
        for name, value in vars(other).items():
            if isinstance(value, int):
                setattr(self, name, getattr(self, name) + value)
            elif isinstance(value, Counter):
                self.kinds.update(value)
            else:
                getattr(self, name).extend(value)


def decide(command: str, late_s: tuple[float, float], count: int, seed: int, factor: float) -> Found:
    """Make so many decisions on one server; runs in a process of its own."""
    found, choose = Found(), random.Random(seed)
    with Runner() as runner:
        server = ServerUnderTest.start_command(runner, Command.parse(command, ZOO))
        event_loop = EventLoop(server, Transcript(), factor, time.monotonic() + 86_400)
        try:
            for number in range(PEOPLE):
                event_loop.stimulus()
                event_loop.connections.append(Connection(f"ana{number}", server.connect(), Transcript()))
                event_loop.connections[-1].send(b"noop\n")
                event_loop.settle()
            for number in range(count):
                _decide_once(event_loop, found, number, choose, late_s)
        finally:
            for client in event_loop.connections:
                client.reset()
            event_loop.close()
            server.stop()
    return found


def _decide_once(
    event_loop: EventLoop, found: Found, number: int, choose: random.Random, late_s: tuple[float, float]
) -> None:
    speaker, *hearers = choose.sample(event_loop.connections, PEOPLE)
    lot = choose.random()
    late = lot < LATE
    line = b"late %.4f %d\n" % (choose.uniform(*late_s), number) if late else b"now %d\n" % number
    answered = lot < LATE + PROMPT
    event_loop.stimulus()
    began_s = time.monotonic()
    speaker.send(line if answered else b"noop\n")
    settled = event_loop.settle()
    took_s = time.monotonic() - began_s
    found.decided += 1
    found.late += late
    found.kinds[settled.kind] += 1
    if not answered:
        found.absence_s.append(took_s)
    elif not late:
        found.prompt_s.append(took_s)
    if answered and not all(line in client.stream for client in hearers):
        if event_loop.until(lambda: all(line in client.stream for client in hearers), LATE_S, early=False):
            after_ms = 1000 * (time.monotonic() - began_s - took_s)
            found.wrong.append(f"{settled.kind}, {line.decode().strip()!r} came {after_ms:.1f} ms later")
        else:
            found.lost += 1
    for client in event_loop.connections:
        client.stream.clear()


def upper_bound(wrong: int, decided: int) -> float:
    """Return the rate that is not exceeded, with certainty SURE, where so many of so many were wrong (Poisson)."""
    low, high = 0.0, 10.0 + 5.0 * wrong
    for _ in range(100):
        mean = (low + high) / 2
        seen = sum(math.exp(-mean) * mean**k / math.factorial(k) for k in range(wrong + 1))
        low, high = (mean, high) if seen > 1 - SURE else (low, mean)
    return high / decided


def row(style: Style, found: Found) -> str:
    """Return the line of a table."""
    wrong, decided = len(found.wrong), found.decided
    kinds = ", ".join(f"{count} {kind}" for kind, count in found.kinds.most_common())
    bound = f"{1e6 * upper_bound(wrong, decided):.0f}"
    counts = f"{decided} | {found.late} | {wrong} | {bound}"
    return f"| {style.name} | {counts} | {_ms(found.absence_s)} | {_ms(found.prompt_s)} | {kinds} |"


def _ms(times_s: Sequence[float]) -> str:
    ordered = sorted(times_s)
    return f"{1000 * statistics.median(ordered):.1f} / {1000 * ordered[int(0.99 * (len(ordered) - 1))]:.1f}"


HEAD = (
    "| server | decisions | late | wrong | at most, in a million | nothing comes: median / p99 ms "
    "| something comes: median / p99 ms | by |\n|---|---|---|---|---|---|---|---|"
)


def measure(styles: Sequence[Style], busy: int, decisions: int, jobs: int, seed: int) -> list[str]:
    """Judge each style, and return the table; what was wrong is printed as it is found."""
    lines, total = [HEAD], Found()
    with tempfile.TemporaryDirectory() as classes, busy_processes(busy), ProcessPoolExecutor(jobs) as pool:
        factor = machine_factor()
        for style in styles:
            if style.needs == "javac":
                subprocess.run(["javac", "-d", classes, str(ZOO / "Relay.java")], check=True)
            command = style.command.format(python=sys.executable, classes=classes)
            shares = [decisions // jobs + (number < decisions % jobs) for number in range(jobs)]
            seeds = [seed + number for number in range(jobs)]
            parts = [
                pool.submit(decide, command, style.late_s, share, one, factor)
                for share, one in zip(shares, seeds, strict=True)
            ]
            found = Found()
            for part in parts:
                found.add(part.result())
            total.add(found)
            lines.append(row(style, found))
            print(lines[-1], flush=True)
            for wrong in found.wrong:
                print(f"    WRONG: {style.name}: {wrong}")
            if found.lost:
                print(f"    {style.name}: {found.lost} lines never came: the server lost them", flush=True)
    lines.append(row(Style("all", ""), total))
    print(lines[-1], flush=True)
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the page if asked to."""
    parser = argparse.ArgumentParser(prog="python -m bench.soundness", description=__doc__)
    parser.add_argument("--decisions", type=int, default=5000, help="for each style and condition (default: 5000)")
    parser.add_argument("--jobs", type=int, default=4, help="processes, each with a server of its own (default: 4)")
    parser.add_argument("--only", default="", metavar="WORD", help="styles whose name has this word")
    parser.add_argument("--condition", choices=CONDITIONS, help="only this one")
    parser.add_argument("--write", action="store_true", help="into docs/soundness.md")
    options = parser.parse_args(arguments)
    styles = [style for style in STYLES if options.only in style.name and shutil.which(style.needs)]
    for style in STYLES:
        if not shutil.which(style.needs):
            print(f"NOT TRIED: {style.name}: there is no {style.needs}")
    for condition in [options.condition] if options.condition else CONDITIONS:
        seed = random.randrange(1 << 30)
        words = (
            f"{os.cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}, "
            f"{options.jobs} servers at once, {CONDITIONS[condition]} busy processes beside, seed {seed}, "
            f"{datetime.date.today()}"
        )
        print(f"\n{condition}: {words}\n{HEAD}", flush=True)
        lines = measure(styles, CONDITIONS[condition], options.decisions, options.jobs, seed)
        if options.write:
            text = PAGE.read_text("utf-8")
            PAGE.write_text(
                between(text, condition, "\n".join([f"{words}:", "", *lines[0].split("\n"), *lines[1:]])), "utf-8"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
