"""Run the suite on a server as a user does, in a process of its own, and read the verdicts."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from batepapo.verdicts import results
from batepapo.verdicts.facts import Facts
from batepapo.verdicts.verdict import Verdict
from selftests.tree import ROOT

SERVERS = {  # reference server: its dialect
    "tchau": "tchau",
    "sair": "sair",
    "x": "x",
    "operador": "operador",
    "prefixo": "prefixo",
    "completo_threads": "completo",
    "completo_selectors": "completo",
    "completo_asyncio": "completo",
    "nick": "nick",
}
REFERENCES: dict[str, str] = {}  # dialect: the file of its reference server, the first where there are several
for _server, _dialect in SERVERS.items():
    REFERENCES.setdefault(_dialect, f"{_server}.py")
IDLE = frozenset({"tchau", "completo"})
BUT_IDLE = ",".join(  # all areas that take no idle period, as --clauses takes them; a new file of checks is a new area
    sorted({path.stem.removeprefix("test_").upper() for path in (ROOT / "conformance").glob("test_*.py")} - {"IDLE"})
)
LIMIT_S = 170


@dataclass(frozen=True)
class Run:
    """What one run said."""

    status: int
    output: str
    facts: Facts
    verdicts: tuple[Verdict, ...]

    def words(self) -> dict[str, str]:
        """Clause id to verdict."""
        return {verdict.id: verdict.word for verdict in self.verdicts}


def file_of(server: str) -> str:
    """Return the file of a reference server, which may be named by its dialect: "completo" is completo_threads.py."""
    return f"{server}.py" if server in SERVERS else REFERENCES[server]


def client(dialect: str, *, line: bool = False) -> str:
    """Return the command line of the reference client of a dialect; with `line`, it ends messages with a newline."""
    return shlex.join([sys.executable, str(ROOT / "clients" / f"{dialect}.py"), *(["--line"] if line else [])])


def dialect_of(server: str) -> str:
    """Return the dialect of a reference server, which may be named by its dialect."""
    return SERVERS.get(server, server)


def reference(server: str, *, idle_s: float | None = None, python: str = sys.executable) -> str:
    """Return the command line of a reference server, or of the first of a dialect; `idle_s` shortens its idle limit."""
    command = [python, str(ROOT / "reference" / file_of(server))]
    if idle_s is not None and dialect_of(server) in IDLE:
        command += ["--idle-seconds", f"{idle_s:g}"]
    return shlex.join(command)


def dialect_file(dialect: str, folder: Path, **changes: str) -> str:
    """Write a built-in dialect with some keys changed, and return its path.

    Args:
        dialect: Its name.
        folder: Where the file goes.
        changes: Key to the TOML value that it gets, such as `seconds="1"`; the key must occur once.
    """
    text = (ROOT / "src/batepapo/protocol/dialects" / f"{dialect}.toml").read_text("utf-8")
    for key, value in changes.items():
        text, count = re.subn(rf"(?m)^({key}\s*=\s*)[^\s#]+", rf"\g<1>{value}", text)
        if count != 1:
            raise ValueError(f"{dialect}.toml has {key!r} {count} times")
    path = folder / f"{dialect}.toml"
    path.write_text(text, "utf-8")
    return str(path)


def check(
    server_cmd: str,
    dialect: str,
    *options: str,
    pytest: tuple[str, ...] = (),
    folder: Path | None = None,
    results_file: Path | None = None,
    environ: Mapping[str, str] = MappingProxyType({}),
    client_cmd: str = "",
) -> Run:
    """Run `batepapo check` and return what it said.

    Args:
        server_cmd: The command line of the server under test, or "" for none.
        dialect: Its dialect, or the path of one.
        options: More options of `batepapo check`.
        pytest: Options that go to pytest.
        folder: Where the command is called (default: a fresh empty folder).
        results_file: Where the results file stays (default: nowhere).
        environ: What is added to the environment of the run.
        client_cmd: The command line of the client under test, or "" for none.
    """
    with tempfile.TemporaryDirectory() as scratch:
        path = results_file or Path(scratch, "results.jsonl")
        command = [sys.executable, "-m", "batepapo.cli", "check", "--dialect", dialect]
        command += ["--server-cmd", server_cmd] if server_cmd else []
        command += ["--client-cmd", client_cmd] if client_cmd else []
        command += ["--results", str(path), *options, "--", *pytest]
        done = subprocess.run(
            command,
            cwd=folder or scratch,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        told = path.exists() and path.stat().st_size  # what is refused before the first check leaves it empty
        facts, verdicts = results.read(path) if told else (Facts(), [])
    return Run(done.returncode, done.stdout, facts, tuple(verdicts))
