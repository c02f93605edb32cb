"""How checks are shared out among xdist's workers; imported only where xdist is."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from batepapo.errors import UsageError
from batepapo.verdicts.clause import Clause

FILE = "clauses.json"

# What `remove_node` builds on, and xdist does not promise: said at once where another version has it no more.
_PRIVATE = ("_split_scope", "_reschedule", "remove_node")
if missing := [name for name in _PRIVATE if not hasattr(LoadScopeScheduling, name)]:
    raise UsageError(f"this pytest-xdist has no LoadScopeScheduling.{missing[0]}; install pytest-xdist 3.8")


class WatchesTogether(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """Every check is a unit of its own, but all that wait for the idle limit are one.

    They overlap in one process; spread out, six real waits would run one after another.
    """

    def __init__(self, config: pytest.Config, log: Any, run_dir: Path) -> None:
        super().__init__(config, log)
        self._run_dir = run_dir
        if not (hasattr(self, "assigned_work") and hasattr(self, "workqueue")):
            raise UsageError("this pytest-xdist has no assigned_work and workqueue; install pytest-xdist 3.8")

    def _split_scope(self, nodeid: str) -> str:
        return "watches" if nodeid in clauses_by_node(self._run_dir, watch=True) else str(nodeid)

    def remove_node(self, node: Any) -> str | None:
        """Give the unfinished work of a worker that crashed to others, and return the check that it crashed in.

        xdist's own gives that check away, too, and one worker after another crashes in it.
        """
        units = self.assigned_work.pop(node)
        unfinished: list[str] = [nodeid for unit in units.values() for nodeid, finished in unit.items() if not finished]
        if not unfinished:
            return None
        for scope, unit in units.items():
            left = {nodeid: finished for nodeid, finished in unit.items() if nodeid in unfinished[1:]}
            if left:
                self.workqueue[scope] = left
        for other in self.assigned_work:
            self._reschedule(other)
        return unfinished[0]


def write_clauses_by_node(run_dir: Path, clauses: Mapping[str, Clause]) -> None:
    """Write down which item decides which clause: the controller collects nothing itself."""
    run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = run_dir / f"{FILE}.{os.getpid()}"
    unfinished.write_text(json.dumps({nodeid: [one.id, one.watch] for nodeid, one in clauses.items()}), "utf-8")
    unfinished.replace(run_dir / FILE)


def clauses_by_node(run_dir: Path, *, watch: bool = False) -> dict[str, str]:
    """Return node id to clause id, as the workers wrote it down; only of the watches, if asked for."""
    path = run_dir / FILE
    pairs: dict[str, tuple[str, bool]] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return {nodeid: id for nodeid, (id, waits) in pairs.items() if waits or not watch}
