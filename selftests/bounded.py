"""Run `batepapo check` as judging does, and measure what it took: time, memory, processes left over."""

from __future__ import annotations

import os
import secrets
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from batepapo.verdicts import results
from batepapo.verdicts.facts import Facts
from selftests.judging import Run
from selftests.tree import ROOT

ODD = ROOT / "selftests" / "odd"
KILLED_AFTER_S = 120


@dataclass(frozen=True)
class Bounded:
    """One run, and what it took.

    Attributes:
        run: What it said.
        wall_s: How long it took.
        peak_mib: The largest process of the run: ours, or the server.
        left_over: The command lines of processes that it started and that still run.
    """

    run: Run
    wall_s: float
    peak_mib: float
    left_over: tuple[str, ...]


def odd(name: str, *arguments: str) -> str:
    """Return the command line of an odd server."""
    return shlex.join([sys.executable, str(ODD / f"{name}.py"), *arguments])


def bounded(
    server_cmd: str, dialect: str, folder: Path, *options: str, pytest: tuple[str, ...] = (), address: str = ""
) -> Bounded:
    """Judge a server in a folder, and measure.

    Every process of the run is known by a word in its environment, which nobody who forks gets rid of.
    """
    word = secrets.token_hex(8)
    path, said = folder / "results.jsonl", folder / "said.txt"
    command = [sys.executable, "-m", "batepapo.cli", "check", "--dialect", dialect]
    command += ["--server-addr", address] if address else ["--server-cmd", server_cmd]
    command += ["--results", str(path), *options, "--", *pytest]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "SELFTEST_RUN": word}
    began_s = time.monotonic()
    with said.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT)
        end_s = began_s + KILLED_AFTER_S
        while (ended := os.wait4(process.pid, os.WNOHANG))[0] == 0:
            if time.monotonic() > end_s:
                process.kill()
            time.sleep(0.01)
    process.returncode = os.waitstatus_to_exitcode(ended[1])
    wall_s = time.monotonic() - began_s
    left_over = processes_of(word)
    facts, verdicts = results.read(path) if path.exists() else (Facts(), [])
    run = Run(process.returncode, said.read_text("utf-8", "replace"), facts, tuple(verdicts))
    return Bounded(run, wall_s, ended[2].ru_maxrss / 1024, left_over)


def processes_of(word: str, *, program: bool = False) -> tuple[str, ...]:
    """Return the command lines of all processes that have a word in their environment.

    Args:
        word: Some random word.
        program: Only programs under test, not ours, whose command lines name them, too.
    """
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if word.encode() in (folder / "environ").read_bytes():
                words = (folder / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
                if not program or (len(words) > 1 and words[1].endswith(".py")):
                    found.append(" ".join(words).strip())
        except OSError:
            continue  # it ended, or is somebody else's
    return tuple(found)
