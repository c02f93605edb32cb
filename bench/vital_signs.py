"""`python -m bench.vital_signs`: how often DROP-9 and DROP-10 are wrong, and how long they take to decide.

Good servers and ones that keep sockets or burn a processor, by turns; `--busy 4` puts as many busy processes beside.
A wrong decision is any verdict of one attempt but the right one. Nothing is asserted; start-up is not counted.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from batepapo.execution.attempt import run_check
from batepapo.isolation.runner import Runner
from batepapo.protocol.dialect import load
from batepapo.protocol.framing import Framing
from batepapo.testbed.server.room import Room
from batepapo.under_test.server import Command, ServerUnderTest
from batepapo.verdicts.verdict import FAIL, PASS
from conformance import test_drop
from selftests.judging import reference
from selftests.mutants import MUTANTS
from selftests.mutants.mutant import command, write
from selftests.steady import busy_processes
from selftests.tree import ROOT

CHECKS = {"DROP-9": test_drop.test_no_socket_is_left, "DROP-10": test_drop.test_no_processor_time_is_burnt}


def main(arguments: Sequence[str] | None = None) -> int:
    """Hear the checks, and print the counts and the times."""
    parser = argparse.ArgumentParser(prog="python -m bench.vital_signs", description=__doc__)
    parser.add_argument("--runs", type=int, default=200, help="decisions of each clause (default: 200)")
    parser.add_argument("--busy", type=int, default=0, help="busy processes beside (default: none)")
    options = parser.parse_args(arguments)
    wrong: Counter[str] = Counter()
    took_s: defaultdict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder, Runner() as runner, busy_processes(options.busy):
        for id, check in CHECKS.items():
            broken = [
                (mutant.of, command(write(mutant, Path(folder)), mutant)) for mutant in MUTANTS if mutant.breaks == id
            ]
            good = [(dialect, reference(dialect)) for dialect, _ in broken]
            cases = [*((*one, FAIL) for one in broken), *((*one, PASS) for one in good)]
            for number in range(options.runs):
                dialect, server_cmd, right = cases[number % len(cases)]
                room = room_of(runner, dialect, server_cmd)
                room.open()
                heard = run_check(check, room)
                took_s[id].append(heard.seconds)
                if heard.word != right:
                    wrong[id] += 1
                    print(f"WRONG: {id} on {server_cmd}: {heard.word}, {heard.expected}; {', '.join(heard.heard)}")
    for id, times_s in took_s.items():
        median_ms, max_ms = 1000 * statistics.median(times_s), 1000 * max(times_s)
        print(f"{id:8s} {len(times_s)} decisions, {wrong[id]} wrong; median {median_ms:.0f} ms, max {max_ms:.0f} ms")
    return 0


def room_of(runner: Runner, dialect: str, server_cmd: str) -> Room:
    """Return a room on a fresh server."""
    parsed = Command.parse(server_cmd, ROOT)
    return Room(
        load(dialect),
        Framing.RAW,
        lambda *, stdin_is_terminal=True, clock=None: ServerUnderTest.start_command(
            runner, parsed, stdin_is_terminal=stdin_is_terminal, clock=clock
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
