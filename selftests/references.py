"""`python -m selftests.references`: every reference server once against the suite, raw and line.

`python -m selftests.steady` does it often, on a busy machine too, and counts.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from batepapo.verdicts.exit_status import OK
from batepapo.verdicts.verdict import NOT_APPLICABLE, PASS
from selftests.judging import BUT_IDLE, IDLE, SERVERS, Run, check, client, dialect_file, dialect_of, reference

FRAMINGS = ("auto", "line")
IDLE_S = 1.0
CLIENT_AREAS = "CLIENT,PAIR"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run them, print the counts of every verdict, and return 1 when anything but pass and not applicable was said."""
    parser = argparse.ArgumentParser(prog="python -m selftests.references", description=__doc__)
    add_only(parser)
    parser.add_argument(
        "--python", default=sys.executable, metavar="PATH", help="what runs the servers (default: this)"
    )
    parser.add_argument("--framing", choices=FRAMINGS, help="only this one")
    options = parser.parse_args(arguments)
    bad = 0
    for server in options.only:
        for framing in [options.framing] if options.framing else FRAMINGS:
            run = judge(server, framing, idle_s=IDLE_S, python=options.python)
            if is_odd(run):
                bad += 1
                print(run.output)
            print(f"{server:18s} {framing:5s} {in_words(Counter(run.words().values()))}", flush=True)
    return int(bad > 0)


def judge(
    server: str,
    framing: str,
    *,
    idle_s: float | None,
    kept: Path | None = None,
    environ: Mapping[str, str] | None = None,
    python: str = sys.executable,
    clock: str = "auto",
) -> Run:
    """Judge a reference server by its dialect.

    A short idle limit is for the IDLE clauses alone, in a run of their own: on a busy machine, those who come and go in
    LISTEN-3 take more than a second, and then it is right to time out who listens.

    Args:
        server: Which.
        framing: As the option.
        idle_s: The idle limit of the IDLE clauses, in the server and in the dialect; None is the dialect's own, in one
            run.
        kept: The folder where the results files stay (default: nowhere).
        environ: What is added to the environment of the runs.
        python: What runs the server.
        clock: As the option.
    """
    dialect = dialect_of(server)
    with tempfile.TemporaryDirectory() as scratch:
        parts: list[tuple[str, str, float | None, tuple[str, ...]]] = [("all", dialect, None, ())]
        if idle_s is not None and dialect in IDLE:
            short = dialect_file(dialect, Path(scratch), seconds=f"{idle_s:g}")
            parts = [
                ("others", dialect, None, ("--clauses", BUT_IDLE)),
                ("idle", short, idle_s, ("--clauses", "IDLE")),
            ]
        runs = [
            check(
                reference(server, idle_s=limit_s, python=python),
                name,
                *("--framing", framing, "--clock", clock),
                *clauses,
                results_file=(kept or Path(scratch)) / f"{part}.jsonl",
                environ=environ or {},
            )
            for part, name, limit_s, clauses in parts
        ]
    return Run(
        max(run.status for run in runs),
        "\n".join(run.output for run in runs),
        runs[0].facts,
        tuple(verdict for run in runs for verdict in run.verdicts),
    )


def judge_client(
    dialect: str, framing: str, *, kept: Path | None = None, environ: Mapping[str, str] | None = None
) -> Run:
    """Judge the reference client of a dialect, alone and beside its server; arguments as of `judge`."""
    return check(
        reference(dialect),
        dialect,
        *("--framing", framing, "--clauses", CLIENT_AREAS),
        client_cmd=client(dialect, line=framing == "line"),
        results_file=kept / "client.jsonl" if kept else None,
        environ=environ or {},
    )


def is_odd(run: Run) -> bool:
    """Return whether a run of a good server says anything but pass and not applicable, or nothing at all."""
    said = set(run.words().values())
    return run.status != OK or PASS not in said or not said <= {PASS, NOT_APPLICABLE}


def in_words(counts: Mapping[str, int]) -> str:
    """Return counts of verdicts as a person reads them."""
    return ", ".join(f"{count} {word}" for word, count in sorted(counts.items())) or "nothing decided"


def add_only(parser: argparse.ArgumentParser) -> None:
    """Let a command take a few of the reference servers."""
    parser.add_argument(
        "--only",
        type=_servers,
        default=list(SERVERS),
        metavar="SERVER[,SERVER]",
        help=f"a few of the reference servers: {','.join(SERVERS)}",
    )


def _servers(text: str) -> list[str]:
    names = [name for name in text.split(",") if name]
    unknown = [name for name in names if name not in SERVERS]
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"no reference server is called {' '.join(unknown) or 'nothing'}")
    return names


if __name__ == "__main__":
    sys.exit(main())
