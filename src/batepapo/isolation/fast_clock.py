"""The fast clock: a library, preloaded into the program, under which its 30 seconds take one (fastclock.c).

Ladder: the library that the wheel was shipped with; compiled once by this machine's `cc` and kept in the cache folder;
none, and the real clock. It reaches what goes through libc, and tells so itself: a line for each wait that it
shortened. A program without such a line is not reached (Go, static ones), and nothing is concluded from it.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from batepapo.isolation.keeper import CLOCK_LOG

# The rate at most. 100 reaches as much, but leaves 10 ms of ours for a second of theirs.
RATE = 30.0
# The idle limit takes a second of ours at least: under load, less would only say "late" and be waited for again.
SHORTEST_S = 1.0
_SOURCE = Path(__file__).with_name("fastclock.c")
_SHIPPED = Path(__file__).with_name("fastclock.so")
_COMPILERS = ("cc", "gcc", "clang")
_COMPILE_WITHIN_S = 60.0


@dataclass(frozen=True)
class Library:
    """The library, or why there is none.

    Attributes:
        path: Where it is; None: there is none.
        how: "shipped", "compiled by cc", or why not, in words for the header of the run.
    """

    path: Path | None
    how: str


def library(cache: Path, private: Path) -> Library:
    """Return the library for this machine, compiled if need be.

    Args:
        cache: The folder where a compiled one is kept.
        private: A folder of this run's own, for what nobody else may touch or what the loader cannot read where it is.
    """
    if not sys.platform.startswith("linux"):
        return Library(None, "the fast clock needs Linux")
    if _SHIPPED.exists():
        return Library(_loadable(_SHIPPED, private), "shipped")
    compiler = next(filter(None, map(shutil.which, _COMPILERS)), None)
    if compiler is None:
        return Library(None, f"no C compiler ({', '.join(_COMPILERS)})")
    cache = cache if _ours_alone(cache) and _can_be_named(cache) else private
    key = hashlib.sha256(_SOURCE.read_bytes() + platform.machine().encode()).hexdigest()[:16]
    path = cache / f"fastclock-{key}.so"
    how = f"compiled by {os.path.basename(compiler)}"
    if path.exists():
        return Library(path, how)
    wrong = compile_library(compiler, path)
    return Library(None, f"{os.path.basename(compiler)} could not compile it: {wrong}") if wrong else Library(path, how)


def _can_be_named(path: Path) -> bool:
    """Whether LD_PRELOAD, which separates by blanks and colons and replaces what begins with $, can name a path."""
    return not re.search(r"[\s:$]", str(path))


def _ours_alone(folder: Path) -> bool:
    """Whether nobody else can have put something there; a folder that does not exist yet is made by us."""
    try:
        found = folder.stat()
    except FileNotFoundError:
        return True
    return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _loadable(path: Path, private: Path) -> Path:
    return path if _can_be_named(path) else Path(shutil.copy(path, private))


def compile_library(compiler: str, path: Path) -> str:
    """Compile the library to a path, all of it or nothing; return what was wrong, "" if nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(prefix=path.name, dir=path.parent)
    os.close(handle)
    try:
        command = [compiler, "-O2", "-shared", "-fPIC", "-o", unfinished, str(_SOURCE), "-ldl"]
        run = subprocess.run(
            command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=_COMPILE_WITHIN_S, check=False
        )
        if run.returncode:
            return next((line for line in run.stderr.splitlines() if "error" in line), f"status {run.returncode}")
        os.chmod(unfinished, 0o755)
        os.replace(unfinished, path)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    finally:
        if os.path.exists(unfinished):
            os.unlink(unfinished)
    return ""


def rate_for(idle_s: float) -> float:
    """Return the rate under which an idle limit takes a second, at most `RATE`; 1 where that gains nothing."""
    return max(1.0, min(RATE, idle_s / SHORTEST_S))


@dataclass(frozen=True)
class ShortenedWait:
    """A wait of the program that the library shortened: which process, how long it asked for, in which function."""

    pid: int
    seconds: float
    function: str


class FastClock:
    """The fast clock of one start of a program.

    Args:
        path: The library.
        rate: How many seconds of the program's pass in one of ours.
    """

    def __init__(self, path: Path, rate: float) -> None:
        self.rate = rate
        self._path = path
        self._log = os.memfd_create("batepapo-clock", os.MFD_CLOEXEC)
        self._marked = 0

    @property
    def descriptor(self) -> int:
        """Where the library writes; the program gets it as descriptor `CLOCK_LOG`."""
        return self._log

    def environment(self) -> Mapping[str, str]:
        """Return what a program that starts now has to have in its environment."""
        bases = map(time.clock_gettime_ns, (time.CLOCK_REALTIME, time.CLOCK_MONOTONIC, time.CLOCK_BOOTTIME))
        log = os.fstat(self._log)
        return {
            "LD_PRELOAD": str(self._path),
            "FASTCLOCK": " ".join(map(str, (self.rate, *bases))),
            "FASTCLOCK_LOG": f"{CLOCK_LOG} {log.st_dev} {log.st_ino}",
        }

    def mark(self) -> None:
        """Somebody arrives: only waits from now on tell of the program's idle rule."""
        self._marked = os.fstat(self._log).st_size

    @property
    def was_touched(self) -> bool:
        """Whether the program has waited through this clock at all."""
        return bool(self.waits())

    @property
    def reached(self) -> bool:
        """Whether the program has waited through this clock since somebody arrived."""
        return bool(self.waits(self._marked))

    def waits(self, start: int = 0) -> list[ShortenedWait]:
        """Return the waits that were shortened, from a place in the log on.

        Whatever else a program may have written there counts for nothing.
        """
        found = []
        size = os.fstat(self._log).st_size - start
        for line in os.pread(self._log, max(0, size), start).decode("ascii", "replace").splitlines():
            words = line.split(" ")
            try:
                found.append(ShortenedWait(int(words[0]), float(words[1]), words[2]))
            except (IndexError, ValueError):
                continue
        return found

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self._log)
