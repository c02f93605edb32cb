"""The fixtures in which checks play: an unopened testbed, and only for a check."""

from types import SimpleNamespace

import pytest

from batepapo.plugin import fixtures
from batepapo.plugin.session import SESSION
from batepapo.verdicts.clause import Clause

CLAUSE = Clause("CAST-1", (), (), ("must",), False, False, False, "", "")


def asks(nodeid, name="room"):
    """What pytest hands to a fixture that an item asks for."""
    factory = SimpleNamespace(testbed=lambda clause, attempt: (clause.id, attempt))
    session = SimpleNamespace(clauses={"of a check": CLAUSE}, judge=lambda: SimpleNamespace(factory=factory))
    config = SimpleNamespace(stash={SESSION: session})
    return SimpleNamespace(config=config, node=SimpleNamespace(nodeid=nodeid), fixturename=name)


def test_a_check_gets_the_testbed_of_its_first_attempt():
    """A second attempt gets its own."""
    assert fixtures._unopened(asks("of a check")) == ("CAST-1", 1)


@pytest.mark.parametrize("name", ["room", "terminals", "pair"])
def test_a_test_that_is_no_check_is_told_what_is_missing(name):
    """In place of an error deep inside."""
    with pytest.raises(pytest.fail.Exception, match=f"the fixture '{name}' is for checks: put @clause") as error:
        fixtures._unopened(asks("of another test", name))

    assert not error.value.pytrace
