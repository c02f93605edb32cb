"""How slow this machine is, and what runs on it."""

from __future__ import annotations

import platform
import statistics
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, version

_USUAL_START_S = 0.010  # of Python, on the machine that the limits were chosen on
_MOST = 8.0  # beyond that a check would take minutes


def machine_factor() -> float:
    """Return how slow this machine is: the median of five starts of Python over 10 ms, from 1 to 8.

    Without `site` (-S): what is installed beside us, 25 ms in a full environment, says nothing about the machine.
    """
    times = []
    for _ in range(5):
        began_s = time.perf_counter()
        subprocess.run([sys.executable, "-I", "-S", "-c", "pass"], check=True)
        times.append(time.perf_counter() - began_s)
    return min(_MOST, max(1.0, statistics.median(times) / _USUAL_START_S))


def versions() -> dict[str, str]:
    """Return the versions that may explain why two runs differ."""
    try:
        own = version("batepapo")
    except PackageNotFoundError:
        own = "checkout"
    return {
        "batepapo": own,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
    }
