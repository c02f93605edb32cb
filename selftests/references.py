"""`python -m selftests.references`: every reference server against the suite, raw and line, and what each run said."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from selftests.judging import IDLE, SERVERS, Run, check, dialect_file, reference

FRAMINGS = ("auto", "line")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run them, print the counts of every verdict, and return 1 when anything but pass and not applicable was said."""
    parser = argparse.ArgumentParser(prog="python -m selftests.references", description=__doc__)
    parser.add_argument("--runs", type=int, default=1, help="how often, with idle at 1 s (default: 1)")
    parser.add_argument("--real", action="store_true", help="once more on the real clock")
    parser.add_argument("--only", default="", help="a few servers or dialects: sair,completo_asyncio")
    options = parser.parse_args(arguments)
    only = set(filter(None, options.only.split(",")))
    servers = [server for server, dialect in SERVERS.items() if not only or {server, dialect} & only]
    bad = 0
    for server in servers:
        for framing in FRAMINGS:
            counts: Counter[str] = Counter()
            for number in range(options.runs + options.real):
                run = judge(server, framing, idle_s=1.0 if number < options.runs else None)
                counts.update(run.words().values())
                wrong = [v for v in run.verdicts if v.word not in ("pass", "not_applicable")]
                if wrong or run.status != 0:
                    bad += 1
                    print(run.output)
            runs = options.runs + options.real
            said = ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))
            print(f"{server:18s} {framing:5s} {runs} runs: {said}", flush=True)
    return int(bad > 0)


def judge(server: str, framing: str, *, idle_s: float | None, pytest: tuple[str, ...] = ()) -> Run:
    """Judge a reference server by its dialect; `idle_s` is its idle limit, in the server and in the dialect."""
    with tempfile.TemporaryDirectory() as folder:
        name = dialect = SERVERS[server]
        if idle_s is not None and dialect in IDLE:
            name = dialect_file(dialect, Path(folder), seconds=f"{idle_s:g}")
        return check(reference(server, idle_s=idle_s), name, "--framing", framing, pytest=pytest)


if __name__ == "__main__":
    sys.exit(main())
