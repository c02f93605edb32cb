"""The fixtures in which checks play: imported by the conftest.py of a folder of checks.

They are not in the plugin itself: two plugins with a fixture of the same name would fight over it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from batepapo.plugin.session import session_of

if TYPE_CHECKING:
    from batepapo.testbed.base import Testbed


@pytest.fixture
def room(request: pytest.FixtureRequest) -> Testbed:
    """A room of users on the server under test, which opens at its first use; for the first attempt of a check."""
    return _unopened(request)


@pytest.fixture
def terminals(request: pytest.FixtureRequest) -> Testbed:
    """Users at terminals of the client under test, which start it; for the first attempt of a check."""
    return _unopened(request)


@pytest.fixture
def pair(request: pytest.FixtureRequest) -> Testbed:
    """Users at terminals of a client who talk through a real server; for the first attempt of a check."""
    return _unopened(request)


def _unopened(request: pytest.FixtureRequest) -> Testbed:
    session = session_of(request.config)
    clause = session.clauses.get(request.node.nodeid)
    if clause is None:
        pytest.fail(f'the fixture {request.fixturename!r} is for checks: put @clause("AREA-n") above this one', False)
    return session.judge().factory.testbed(clause, 1)
