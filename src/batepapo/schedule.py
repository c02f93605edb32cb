"""How checks are shared out among xdist's workers; imported only where xdist is."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]


class WatchesTogether(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """Every check is a unit of its own, but all that wait for the idle limit are one.

    They overlap in one process; spread out, six real waits would run one after another.
    """

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return "watches" if "test_idle.py::" in nodeid else str(nodeid)
