"""The reference programs that come with batepapo: where they are, and how they are started."""

from __future__ import annotations

import importlib.util
import shlex
import sys
from pathlib import Path

from batepapo.command import Command
from batepapo.dialect import Dialect
from batepapo.framing import Framing


def reference_server(dialect: Dialect, port: int) -> Command | None:
    """Return the command of the reference server of a dialect, the first where there are several, or None."""
    folder = _folder("reference")
    found = sorted(folder.glob(f"{dialect.name}.py")) or sorted(folder.glob(f"{dialect.name}_threads.py"))
    return _python(found[0], ["--port", str(port)]) if found else None


def reference_client(dialect: Dialect, address: tuple[str, int], framing: Framing) -> Command | None:
    """Return the command of the reference client of a dialect, or None where it speaks no such framing."""
    path = _folder("clients") / f"{dialect.name}.py"
    if not path.exists() or framing is Framing.LENGTH4:
        return None
    line = ["--line"] if framing is Framing.LINE else []
    return _python(path, ["--host", address[0], "--port", str(address[1]), *line])


def _python(path: Path, arguments: list[str]) -> Command:
    return Command.parse(shlex.join([sys.executable, str(path), *arguments]), path.parent)


def _folder(name: str) -> Path:
    spec = importlib.util.find_spec(f"batepapo.{name}")
    if spec is not None and spec.submodule_search_locations:
        return Path(spec.submodule_search_locations[0])
    return Path(__file__).parents[2] / name  # a clone that is not installed
