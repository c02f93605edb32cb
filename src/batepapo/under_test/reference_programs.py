"""The reference programs that come with batepapo: where they are, and how they are started."""

from __future__ import annotations

import importlib.util
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from batepapo.protocol.dialect import Dialect
from batepapo.protocol.dialect_file import builtin_names, load
from batepapo.protocol.framing import Framing
from batepapo.under_test.command import Command

_ON_THE_WIRE = ("login", "prompt", "greeting", "said", "names", "sender")


def speak(dialect: Dialect) -> bool:
    """Return whether there are reference programs that speak a dialect; one of a course may bear the name of ours."""
    if dialect.name not in builtin_names() or not (_folder("clients") / f"{dialect.name}.py").exists():
        return False
    ours = load(dialect.name)
    return all(getattr(dialect, key) == getattr(ours, key) for key in _ON_THE_WIRE)


def reference_server(dialect: Dialect, port: int, environ: Mapping[str, str]) -> Command | None:
    """Return the command of the reference server of a dialect, the first where there are several, or None."""
    if not speak(dialect):
        return None
    folder = _folder("reference")
    found = sorted(folder.glob(f"{dialect.name}.py")) or sorted(folder.glob(f"{dialect.name}_threads.py"))
    return _python(found[0], ["--port", str(port)], environ) if found else None


def reference_client(
    dialect: Dialect, address: tuple[str, int], framing: Framing, environ: Mapping[str, str]
) -> Command | None:
    """Return the command of the reference client of a dialect, or None where there is none that speaks the framing."""
    if not speak(dialect) or framing is Framing.LENGTH4:
        return None
    line = ["--line"] if framing is Framing.LINE else []
    path = _folder("clients") / f"{dialect.name}.py"
    return _python(path, ["--host", address[0], "--port", str(address[1]), *line], environ)


def _python(path: Path, arguments: list[str], environ: Mapping[str, str]) -> Command:
    # Not our own environment: pytest changes it in another thread, between two checks.
    return Command.parse(shlex.join([sys.executable, str(path), *arguments]), path.parent, environ=environ)


def _folder(name: str) -> Path:
    spec = importlib.util.find_spec(f"batepapo.{name}")
    if spec is not None and spec.submodule_search_locations:
        return Path(spec.submodule_search_locations[0])
    return Path(__file__).parents[3] / name  # a clone that is not installed
