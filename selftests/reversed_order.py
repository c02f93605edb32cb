"""A pytest plugin (`-p selftests.reversed_order`) that runs everything in the other order."""

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Put the last item first."""
    items.reverse()
