"""The results file: JSON Lines, written as it happens; everything else is rendered from it."""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from batepapo.errors import UsageError
from batepapo.verdicts.facts import Facts
from batepapo.verdicts.verdict import LEVELS, WORDS, Attempt, Verdict

SCHEMA = 2  # 1 called the attempts of a check "hearings"; it is still read
KEPT_FILES = 50  # in the cache folder: a term's worth of tries, a few megabytes


def as_record(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as the line of the results file, in plain JSON types."""
    record = dataclasses.asdict(verdict)
    record["verdict"] = record.pop("word")
    record["seconds"] = round(verdict.seconds, 4)
    for attempt in record["attempts"]:
        attempt["verdict"] = attempt.pop("word")
        attempt["seconds"] = round(attempt["seconds"], 4)
    return {"type": "clause", **record}


def from_record(record: Mapping[str, Any]) -> Verdict:
    """Return the verdict that a line of the results file holds.

    Raises:
        KeyError, TypeError, ValueError: It holds something else.
    """
    values = _without_lists(record)
    del values["type"]
    attempts = tuple(map(_attempt, values.pop("hearings", values.pop("attempts", ()))))
    if values.setdefault("level", "must") not in LEVELS:
        raise ValueError(f"{values['level']!r} is no level")
    return Verdict(word=_word(values), attempts=attempts, **values)


def _attempt(record: Mapping[str, Any]) -> Attempt:
    values = _without_lists(record)
    return Attempt(word=_word(values), **values)


def _word(values: dict[str, Any]) -> Any:
    word = values.pop("verdict")
    if word not in WORDS:
        raise ValueError(f"{word!r} is no verdict")
    return word


def _without_lists(record: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in record.items()}


def writable(name: str, path: Path) -> None:
    """Check that an option's file can be written; what is in it stays.

    Raises:
        UsageError: It cannot.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("a").close()
    except OSError as error:
        raise _unwritable(name, path, error) from error


def _unwritable(name: str, path: Path, error: OSError) -> UsageError:
    return UsageError(f"--{name}: cannot write {path}: {error.strerror}; name a file in a folder of yours")


class Writer:
    """Writes one results file, a line at a time; what was written survives a kill."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("w", encoding="utf-8")
        except OSError as error:
            raise _unwritable("results", path, error) from error

    def run(self, facts: Facts) -> None:
        """Write the first line: what was judged, how, and where."""
        began = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        self._write({"type": "run", "schema": SCHEMA, "began": began, **facts.as_record()})

    def verdict(self, verdict: Verdict) -> None:
        """Add the line of a clause."""
        self._write(as_record(verdict))

    def _write(self, record: dict[str, Any]) -> None:
        self._file.write(json.dumps(record, ensure_ascii=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


def read(path: Path) -> tuple[Facts, list[Verdict]]:
    """Return the facts and the verdicts of a results file.

    Raises:
        UsageError: It cannot be read, is no results file, or is one of a newer schema.
    """
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot read it: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not a results file: it is not text in UTF-8") from error
    try:
        records = [json.loads(line) for line in text.split("\n") if line]
    except ValueError as error:
        raise UsageError(f"{path}: not a results file: {error}") from error
    if not all(isinstance(record, dict) for record in records):
        raise UsageError(f"{path}: not a results file: a line is no JSON object")
    run = next((record for record in records if record.get("type") == "run"), None)
    if run is None or run.get("schema", 0) > SCHEMA:
        raise UsageError(f"{path}: not a results file of schema {SCHEMA} or older")
    try:
        return Facts.from_record(run), [from_record(each) for each in records if each.get("type") == "clause"]
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{path}: not a results file: a clause has other fields than a verdict: {error}") from error


def cache_folder() -> Path:
    """Return the user's cache folder for batepapo, or one in the temporary folder where that cannot be written."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = Path(base, "batepapo")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    return Path(tempfile.gettempdir(), f"batepapo-{os.getuid()}")


def default_path() -> Path:
    """Return a fresh path in the cache folder, and remove the oldest files there."""
    folder = cache_folder() / "results"
    folder.mkdir(parents=True, exist_ok=True)
    for old in sorted(folder.glob("*.jsonl"))[:-KEPT_FILES]:
        old.unlink(missing_ok=True)
    return folder / time.strftime(f"%Y%m%d-%H%M%S-{os.getpid()}.jsonl")
