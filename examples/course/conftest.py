"""The fixtures of the checks. Every attempt gets a room of its own, on a fresh server, that opens at its first use."""

import pytest


@pytest.fixture
def room():
    """The people of one check on one server; the plugin puts a fresh one here for each attempt."""
