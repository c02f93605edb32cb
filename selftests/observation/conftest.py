"""A server of the silence zoo, with two clients."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from batepapo.isolation.runner import Runner
from selftests.observation.zoo import Talk, talking


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Runner() as runner:
        if runner.rung == "shared":
            pytest.skip(f"no private network: {runner.why}")
        yield runner


@pytest.fixture
def talk(runner: Runner, request: pytest.FixtureRequest) -> Iterator[Talk]:
    with talking(runner, request.param) as talk:
        yield talk
