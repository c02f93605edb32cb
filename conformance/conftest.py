"""The fixtures of the checks. Every attempt gets a room of its own, on a fresh server, that opens at its first use."""

import pytest


@pytest.fixture
def terminals():
    """The people at the terminals of a client; each attempt gets a fresh one, too."""


@pytest.fixture
def pair():
    """A client, a server, and the people who use them together; each attempt gets a fresh one, too."""


@pytest.fixture
def room():
    """The people of one check on one server; the plugin puts a fresh one here for each attempt."""
