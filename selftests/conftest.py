"""What holds for all selftests."""

import pytest
from hypothesis import settings

from batepapo.isolation.runner import Runner

settings.register_profile("batepapo", deadline=None)  # a busy machine is no failure
settings.load_profile("batepapo")


def pytest_addoption(parser):
    """The one option that writes instead of comparing."""
    parser.addoption(
        "--record-messages",
        action="store_true",
        help="write selftests/messages anew, of the mutants that are run: pytest selftests/test_mutants.py -n 2",
    )


@pytest.fixture(scope="module")
def runner():
    """One runner for all tests of a file."""
    with Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def private(runner):
    """The same, where it can give private networks."""
    if runner.rung == "shared":
        pytest.skip(f"no private network: {runner.why}")
    return runner
