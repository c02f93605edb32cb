"""Which clauses are asked: exactly those that were named."""

import pytest

from batepapo.errors import UsageError
from batepapo.plugin.collection import selected

KNOWN = {"CAST-1", "CAST-2", "DROP-1", "DROP-10", "JOIN-1"}


@pytest.mark.parametrize(
    ("ids", "chosen"),
    [
        (None, None),
        ("DROP-1", {"DROP-1"}),
        ("drop-1, JOIN", {"DROP-1", "JOIN-1"}),
        ("DROP", {"DROP-1", "DROP-10"}),
        (" , ", set()),
    ],
)
def test_clauses_are_chosen_exactly_or_by_area(ids, chosen):
    """DROP-1 is not DROP-10; case and blanks do not matter."""
    assert selected(ids, KNOWN) == chosen


@pytest.mark.parametrize("ids", ["DROP-3", "DR", "CAST-1,NO", "DROP-"])
def test_an_unknown_clause_is_refused_with_the_areas(ids):
    """Even beside a known one."""
    with pytest.raises(UsageError, match="is no clause and no area; the areas are CAST, DROP, JOIN"):
        selected(ids, KNOWN)
