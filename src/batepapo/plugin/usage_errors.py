"""What cannot work is refused before any worker starts: one line, exit status 4."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from batepapo.errors import UsageError
from batepapo.options import NO_RERUNS, RERUNNING
from batepapo.plugin.session import session_of


def refuse_early(config: pytest.Config) -> None:
    """Look at every option that names something.

    Raises:
        pytest.UsageError: One cannot be used.
    """
    from batepapo.verdicts.results import writable

    option = config.option
    try:
        if sys.platform == "win32":
            raise UsageError("native Windows has no pseudo-terminals; use WSL2")
        session_of(config).read_target()
        if option.batepapo_results and not option.collectonly:
            writable("results", Path(option.batepapo_results))
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error
    if any(_set(config, name.removeprefix("--")) for name in RERUNNING):
        raise pytest.UsageError(NO_RERUNS)


def _set(config: pytest.Config, name: str) -> bool:
    """Return whether another plugin's option is set, on the command line or in an ini file."""
    if getattr(config.option, name, None):
        return True
    try:
        value = config.getini(name)
    except (KeyError, ValueError):  # nobody has such a key
        return False
    return str(value or 0) != "0"
