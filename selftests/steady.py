"""`python -m selftests.steady --runs N`: each reference server N times, half of them on a busy machine, and counted.

A good server must get the same verdicts every time. Runs are with the idle limit at 1 s, raw and line in turn, two side
by side; `--fast N` adds runs with the dialect's own limit on the fast clock, `--real N` on the real one, and
`--clients N` runs of each reference client beside its server. What is left over afterwards is counted, too: processes,
by a word in their environment, and folders, in a temporary folder of this command's own.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from selftests.bounded import processes_of
from selftests.judging import dialect_of
from selftests.references import FRAMINGS, IDLE_S, add_only, in_words, is_odd, judge, judge_client

SIDE_BY_SIDE = 2
BUSY = 4  # twice the cores of the machine that CI has
CLOCKS = {"auto": "fast", "real": "real"}
STAYS = frozenset({"batepapo-network.lock"})  # of isolation/shared_loopback.py: who removed it would let two hold it
SPIN = (
    "import os, sys\nwhile os.getppid() == int(sys.argv[1]):\n    sum(range(100_000))"  # ends with us, even if killed
)


@dataclass(frozen=True)
class Task:
    """One run to be made.

    Attributes:
        program: Which reference server is judged or, with `client`, the dialect whose reference client is.
        framing: As the option.
        number: The how-manieth run of this program it is, from 1.
        busy: Beside busy processes.
        idle_s: The idle limit; None is the dialect's own.
        clock: As the option.
        client: A client is judged, beside its server.
    """

    program: str
    framing: str
    number: int
    busy: bool
    idle_s: float | None
    clock: str = "auto"
    client: bool = False

    @property
    def name(self) -> str:
        """What is judged, as a line of the report names it."""
        return f"client {self.program}" if self.client else self.program

    def __str__(self) -> str:
        clock = f"idle {self.idle_s:g} s" if self.idle_s else f"{CLOCKS[self.clock]} clock"
        return f"{self.name}, run {self.number}, framing {self.framing}, {clock}{', busy' if self.busy else ''}"


@dataclass(frozen=True)
class Done:
    """What became of a run: how often each verdict was said, and where an odd run's evidence is."""

    task: Task
    counts: Counter[str]
    wall_s: float
    odd: Path | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the runs, print what was said, and return 1 when anything was odd or is left over."""
    parser = argparse.ArgumentParser(prog="python -m selftests.steady", description=__doc__)
    parser.add_argument("--runs", type=int, default=0, help="how often each server, with the idle limit at 1 s")
    parser.add_argument("--fast", type=int, default=0, help="how often on the fast clock")
    parser.add_argument("--real", type=int, default=0, help="how often on the real clock, never beside busy processes")
    parser.add_argument("--clients", type=int, default=0, help="how often each reference client, beside its server")
    add_only(parser)
    options = parser.parse_args(arguments)
    tasks = plan(options.only, options.runs, options.real, options.fast, options.clients)
    if not tasks:
        parser.error("nothing to run")
    word = secrets.token_hex(8)
    kept = Path(tempfile.mkdtemp(prefix="batepapo-steady-"))
    scratch = kept / "tmp"
    scratch.mkdir()
    environ = {"SELFTEST_RUN": word, "TMPDIR": str(scratch)}
    done: list[Done] = []
    for busy in (False, True):
        with busy_processes(BUSY if busy and any(task.busy for task in tasks) else 0):
            with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
                some = [task for task in tasks if task.busy == busy]
                for one in pool.map(lambda task: attempt(task, kept, environ), some):
                    done.append(one)
                    if one.odd:
                        print(f"ODD: {one.task}: {in_words(one.counts)}; {one.odd}", flush=True)
    processes, files = processes_of(word), sorted(path.name for path in scratch.iterdir() if path.name not in STAYS)
    print(*report(done, processes, files), sep="\n")
    wrong = any(one.odd for one in done) or bool(processes) or bool(files)
    if wrong:
        print(f"the results files and the output of odd runs, and what is left over: {kept}")
    else:
        shutil.rmtree(kept)
    return int(wrong)


def plan(servers: Sequence[str], runs: int, real: int, fast: int = 0, clients: int = 0) -> list[Task]:
    """Return the runs, quiet ones first; the framings take turns, in the quiet half and in the busy one."""
    tasks = []
    for server in servers:
        for count, before, idle_s in ((runs, 0, IDLE_S), (fast, runs, None)):
            for number, (framing, busy) in enumerate(_turns(count), before + 1):
                tasks.append(Task(server, framing, number, busy=busy, idle_s=idle_s))
        for number in range(real):
            framing = FRAMINGS[number % len(FRAMINGS)]
            tasks.append(Task(server, framing, runs + fast + number + 1, busy=False, idle_s=None, clock="real"))
    for dialect in dict.fromkeys(map(dialect_of, servers)):
        for number, (framing, busy) in enumerate(_turns(clients), 1):
            tasks.append(Task(dialect, framing, number, busy=busy, idle_s=None, client=True))
    return sorted(tasks, key=lambda task: (task.busy, task.clock != "real"))  # the long ones first


def _turns(count: int) -> Iterator[tuple[str, bool]]:
    """Yield framing, and whether beside busy processes, of so many runs."""
    quiet = count - count // 2
    for number in range(count):
        within_half = number if number < quiet else number - quiet + 1  # so that two runs see both framings
        yield FRAMINGS[within_half % len(FRAMINGS)], number >= quiet


def attempt(task: Task, kept: Path, environ: dict[str, str]) -> Done:
    """Make one run, and keep its results file and its output if it is odd."""
    folder = kept / f"{task.name.replace(' ', '-')}-{task.number}"
    folder.mkdir()
    began_s = time.monotonic()
    try:
        if task.client:
            run = judge_client(task.program, task.framing, kept=folder, environ=environ)
        else:
            run = judge(task.program, task.framing, idle_s=task.idle_s, kept=folder, environ=environ, clock=task.clock)
        counts, output, odd = Counter(run.words().values()), run.output, is_odd(run)
    except subprocess.TimeoutExpired as error:
        said = error.output if isinstance(error.output, str) else (error.output or b"").decode("utf-8", "replace")
        counts, output, odd = Counter({"run without an end": 1}), f"{said}\n{error}\n", True
    wall_s = time.monotonic() - began_s
    if odd:
        (folder / "output.txt").write_text(f"{task}\n{output}", "utf-8")
    else:
        shutil.rmtree(folder)
    return Done(task, counts, wall_s, folder if odd else None)


def report(done: Sequence[Done], processes: Sequence[str], files: Sequence[str]) -> list[str]:
    """Return the counts of each program and of all, how long runs took, and what is left over."""
    lines = []
    for name in dict.fromkeys(one.task.name for one in done):
        lines.append(f"{name:18s} {_of([one for one in done if one.task.name == name])}")
    lines.append(f"{'all':18s} {_of(done)}")
    lines.append(f"left over: {len(processes)} processes, {len(files)} files and folders")
    return [*lines, *(f"    {name}" for name in (*processes, *files))]


def _of(done: Sequence[Done]) -> str:
    counts = sum((one.counts for one in done), Counter[str]())
    busy, real = sum(one.task.busy for one in done), sum(one.task.clock == "real" for one in done)
    odd, times = sum(one.odd is not None for one in done), [one.wall_s for one in done]
    return (
        f"{len(done)} runs ({busy} busy, {real} on the real clock), {odd} odd: {in_words(counts)}; "
        f"median {statistics.median(times):.1f} s, max {max(times):.1f} s"
    )


@contextlib.contextmanager
def busy_processes(count: int) -> Iterator[list[int]]:
    """Keep the machine busy with so many processes, whose ids are given; they end with this block, or with us."""
    environ = {name: value for name, value in os.environ.items() if name != "SELFTEST_RUN"}
    command = [sys.executable, "-c", SPIN, str(os.getpid())]
    spinning = [subprocess.Popen(command, env=environ) for _ in range(count)]
    try:
        yield [process.pid for process in spinning]
    finally:
        for process in spinning:
            process.kill()
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
