"""A server of the silence zoo, with two clients."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from batepapo.isolation.runner import Runner
from selftests.observation.zoo import Talk, talking


@pytest.fixture
def talk(private: Runner, request: pytest.FixtureRequest) -> Iterator[Talk]:
    with talking(private, request.param) as talk:
        yield talk
