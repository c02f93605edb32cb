"""What is true of a whole run, as data: found out once, written once, read by everything that renders."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_FILE = "facts.json"  # in the folder that the processes of a run share


@dataclass(frozen=True)
class StartFailure:
    """Why a program under test never came.

    Attributes:
        what: What happened, in one sentence.
        seen: The last lines of its output.
        hint: What to try.
        unseen: Where it went cannot be seen on this machine, so that nothing is said against it.
    """

    what: str
    seen: tuple[str, ...] = ()
    hint: str = ""
    unseen: bool = False


@dataclass(frozen=True)
class Facts:
    """What was judged, how, and where.

    Attributes:
        evidence: What was seen of the server before the first check, the framing's first.
        nobody_heard: No message was seen to reach anybody, its sender included.
        died: Of what the server died while it was observed, how, and what it printed last; empty if it did not.
        not_offered: What the dialect has and the observation did not see: "joined", "left", "idle", "exit WORD".
        network, network_why: The rung of that ladder, and why no higher one.
        folder_view, folder_view_why: The same for the view that programs have of their folder.
        layers: Folders that a build command wrote.
        included: Nobody named a server, and the one that comes with batepapo is judged.
    """

    command: str = ""
    folder: str = ""
    dialect: str = ""
    framing: str = ""
    framing_observed: bool = False
    evidence: tuple[str, ...] = ()
    nobody_heard: bool = False
    died: tuple[str, ...] = ()
    not_offered: tuple[str, ...] = ()
    network: str = ""
    network_why: str = ""
    folder_view: str = ""
    folder_view_why: str = ""
    clock: str = ""
    clock_library: str = ""
    machine_factor: float = 1.0
    seed: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    included: bool = False
    start_error: StartFailure | None = None
    client_command: str = ""
    client_folder: str = ""
    client_ports: tuple[int, ...] = ()
    client_dials: str = ""
    client_dials_ipv4: bool = True
    client_error: StartFailure | None = None

    @property
    def nothing_started(self) -> bool:
        """Whether nothing could be judged: no server, or no client where nothing else was asked for."""
        return self.start_error is not None or (self.client_error is not None and not self.command)

    def as_record(self) -> dict[str, Any]:
        """Return it in plain JSON types."""
        return dataclasses.asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Facts:
        """Return what a record holds; keys that are no facts of this version are left out.

        Raises:
            TypeError: A failure to start is no table.
        """
        known = {each.name for each in dataclasses.fields(cls)}
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in record.items() if key in known
        }
        for key in ("start_error", "client_error"):
            if values.get(key) is not None:
                values[key] = _failure(values[key])
        return cls(**values)


def _failure(record: Any) -> StartFailure:
    if not isinstance(record, Mapping):
        raise TypeError(f"a failure to start is a table, which {record!r} is not")
    seen = tuple(record.get("seen", ()))
    unseen = bool(record.get("unseen", record.get("blind", False)))  # "blind" until schema 2
    return StartFailure(record["what"], seen, record.get("hint", ""), unseen)


def store(facts: Facts, run_dir: Path) -> None:
    """Write them down for the other processes of the run."""
    (run_dir / _FILE).write_text(json.dumps(facts.as_record()), "utf-8")


def stored(run_dir: Path) -> Facts | None:
    """Return what a process of the run has written down; None before that."""
    path = run_dir / _FILE
    return Facts.from_record(json.loads(path.read_text("utf-8"))) if path.exists() else None
