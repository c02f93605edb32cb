"""`python -m selftests.clocks`: every way to write an idle limit, right and wrong, on the fast clock and on the real.

A verdict must not depend on the clock. Whatever passes on the fast clock is decided there; the table says what was.
Real waits are mostly sleep, so that many runs are made side by side.
"""

from __future__ import annotations

import argparse
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from selftests.judging import Run, check
from selftests.tree import ROOT

ZOO = ROOT / "selftests" / "clock_zoo"
PYTHON = [
    "settimeout",
    "settimeout_of_a_second",
    "select",
    "select_each_second",
    "poll",
    "receive_timeout",
    "busy_loop",
    "sleep_on_the_wall_clock",
    "sleep_on_the_monotonic_clock",
    "short_sleeps",
    "counted_sleeps",
    "timer",
    "event",
    "condition",
    "queue",
    "alarm",
    "selectors",
    "socketserver",
    "wait_for",
    "call_later",
    "asyncio_timeout",
]
SINCE = {"asyncio_timeout": (3, 11)}
C = ["poll", "select", "epoll", "receive_timeout", "sleep", "timerfd"]
NODE = ["setTimeout", "socket.setTimeout", "setInterval"]
JAVA = ["setSoTimeout", "schedule", "sleep", "Timer"]
GO = ["SetReadDeadline", "AfterFunc", "After", "Sleep"]
UNREACHED = ("static C", "Go")  # by construction: nothing is preloaded, or the kernel is entered without libc
SECONDS = {"right": 30, "early": 20, "late": 45}
EXPECTED = {  # what each clock says; IDLE-4 is blocked by IDLE-3 where time ends too early
    "right": {
        "IDLE-1": "pass",
        "IDLE-2": "pass",
        "IDLE-3": "pass",
        "IDLE-4": "pass",
        "IDLE-5": "pass",
        "IDLE-6": "pass",
    },
    "early": {"IDLE-3": "fail"},
    "late": {"IDLE-1": "fail", "IDLE-2": "fail", "IDLE-3": "pass"},
}


@dataclass(frozen=True)
class Case:
    """One server: in which language, by which technique."""

    language: str
    technique: str
    command: str

    def __str__(self) -> str:
        return f"{self.language} {self.technique}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cases on both clocks, print a line for each, and return 1 where a verdict is wrong or differs."""
    parser = argparse.ArgumentParser(prog="python -m selftests.clocks", description=__doc__)
    parser.add_argument("--only", default="", metavar="REGEX", help="cases whose name matches, such as 'timer|Java'")
    parser.add_argument(
        "--python", nargs="*", default=[sys.executable], metavar="PATH", help="what runs Python servers"
    )
    parser.add_argument("--limit", choices=SECONDS, nargs="*", default=["right"], help="of the servers: 30, 20 or 45 s")
    parser.add_argument("--clock", choices=("auto", "real"), nargs="*", default=["auto", "real"])
    parser.add_argument("--jobs", type=int, default=4, help="how many runs side by side")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        found, missing = cases(Path(scratch), options.python)
        chosen = [case for case in found if re.search(options.only, str(case))]
        wrong = 0
        with ThreadPoolExecutor(options.jobs) as pool:
            tasks = [(case, limit) for limit in options.limit for case in chosen]
            for line, bad in pool.map(lambda task: compare(*task, clocks=options.clock), tasks):
                wrong += bad
                print(line, flush=True)
    for name in missing:
        print(f"NOT TRIED: {name} is not on this machine")
    print(f"{len(tasks)} servers, {wrong} judged wrongly")
    return int(wrong > 0)


def cases(scratch: Path, pythons: Sequence[str] = (sys.executable,)) -> tuple[list[Case], list[str]]:
    """Return the cases that this machine can run, and what is missing for others.

    Args:
        scratch: Where the programs are compiled to.
        pythons: What runs the Python servers.
    """
    found, missing = [], []
    for python in pythons:
        found += python_cases(python, python_version(python))
    compiled: list[tuple[str, list[str], str, list[str]]] = [
        ("C", ["cc", "-O2", "-pthread", "-o", f"{scratch}/c", f"{ZOO}/idle.c"], f"{scratch}/c", C),
        ("static C", ["cc", "-O2", "-pthread", "-static", "-o", f"{scratch}/s", f"{ZOO}/idle.c"], f"{scratch}/s", C),
        ("Go", ["go", "build", "-o", f"{scratch}/go", f"{ZOO}/idle.go"], f"{scratch}/go", GO),
        ("Java", ["javac", "-d", str(scratch), f"{ZOO}/Idle.java"], f"java -cp {scratch} Idle", JAVA),
        ("Node", ["node", "--version"], f"node {ZOO}/idle.js", NODE),
    ]
    for language, build, command, techniques in compiled:
        if shutil.which(build[0]) and subprocess.run(build, capture_output=True, check=False).returncode == 0:
            found += [Case(language, name, command) for name in techniques]
        else:
            missing.append(f"{language} ({build[0]})")
    return found, missing


def python_cases(python: str, version: tuple[int, int]) -> list[Case]:
    """Return the cases of one interpreter."""
    language, command = f"Python {version[0]}.{version[1]}", shlex.join([python, str(ZOO / "idle.py")])
    return [Case(language, name, command) for name in PYTHON if SINCE.get(name, (3, 0)) <= version]


def python_version(python: str) -> tuple[int, int]:
    """Return the version of an interpreter."""
    words = subprocess.run(
        [python, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True, check=True
    ).stdout.split()
    return int(words[0]), int(words[1])


def compare(case: Case, limit: str, clocks: Sequence[str] = ("auto", "real")) -> tuple[str, bool]:
    """Judge one server on each clock; return a line about it, and whether a verdict is wrong."""
    words, told, bad = {}, [], False
    for clock in clocks:
        began_s = time.monotonic()
        run = judge(case, limit, clock)
        words[clock] = run.words()
        fast = sorted(verdict.id for verdict in run.verdicts if verdict.attempts and verdict.attempts[0].rate > 1)
        bad |= any(words[clock].get(id) != word for id, word in EXPECTED[limit].items())
        bad |= bool(fast) and case.language in UNREACHED
        said = "" if set(words[clock].values()) == {"pass"} else f" {words[clock]}"
        told.append(f"{clock}: {len(fast)} of {len(run.verdicts)} fast, {time.monotonic() - began_s:.1f} s{said}")
    bad |= len({tuple(sorted(said.items())) for said in words.values()}) > 1
    return f"{'WRONG ' if bad else ''}{case!s:40s} {limit:6s} {'; '.join(told)}", bad


def judge(case: Case, limit: str, clock: str) -> Run:
    """Run the IDLE clauses on one server."""
    command = f"{case.command} {case.technique} {SECONDS[limit]}"
    return check(command, "tchau", "--clauses", "IDLE", "--framing", "raw", "--clock", clock)


if __name__ == "__main__":
    sys.exit(main())
