"""Whose fault it is: what each kind of trouble says."""

import pytest

from batepapo.errors import ClientDidNotConnect, ConformanceFailure, ProgramDidNotStart, ServerDidNotStart, ServerDied


@pytest.mark.parametrize(
    ("heard", "says"), [((), "bia hears 'oi'; heard: nothing"), (("a", "b"), "bia hears 'oi'; heard: a, b")]
)
def test_a_broken_clause_says_what_was_expected_and_what_came(heard, says):
    assert str(ConformanceFailure("bia hears 'oi'", heard)) == says


def test_a_death_breaks_the_clause():
    assert issubclass(ServerDied, ConformanceFailure)


@pytest.mark.parametrize("kind", [ProgramDidNotStart, ServerDidNotStart, ClientDidNotConnect])
def test_a_program_that_never_came_keeps_its_last_twenty_lines(kind):
    error = kind("it ended", [str(number) for number in range(30)], "look")

    assert (str(error), error.what, error.hint) == ("it ended", "it ended", "look")
    assert error.seen == tuple(str(number) for number in range(10, 30))


def test_a_client_is_seen_unless_it_is_said_otherwise():
    assert not ClientDidNotConnect("it ended").unseen
