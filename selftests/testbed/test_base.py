"""What all testbeds have in common: limits, fresh words, whose fault a failure is, and how far a cancel reaches."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from batepapo.errors import ConformanceFailure, Undecided
from batepapo.protocol.dialect_file import builtin_names, load
from batepapo.testbed.base import Testbed


class Bare(Testbed):
    """A testbed on which nothing plays."""

    __test__ = False

    def __init__(self, dialect=None, seed="7", machine_factor=1.0):
        super().__init__(dialect or load("sair"), seed, machine_factor, 20.0)

    def fail(self, expected, heard=()):
        self._refuse(expected, heard)

    settle = conclude = output = close = lambda self: None


def test_words_follow_from_the_seed():
    """The same ones in each repetition, each of them new."""
    one, again, other = Bare(), Bare(), Bare(seed="8")

    words = [one.word() for _ in range(50)]

    assert words == [again.word() for _ in range(50)]
    assert len(set(words)) == 50
    assert other.word() not in words


@pytest.mark.parametrize("name", builtin_names())
def test_a_word_holds_no_exit_word(name):
    """Nor does the end of one and the beginning of the next."""
    testbed = Bare(load(name))
    said = "".join(testbed.word() for _ in range(500)).casefold()

    assert not [word for word in load(name).exit.words if word.casefold() in said]


@pytest.mark.parametrize(("limit_s", "factor", "said_s"), [(2.0, 1.0, 2.0), (2.0, 1.234, 2.5), (1.5, 8.0, 12.0)])
def test_the_presence_limit_grows_with_the_machine_and_is_a_round_number(limit_s, factor, said_s):
    """It stands in failures."""
    dialect = replace(load("sair"), limit_s=limit_s)

    assert Bare(dialect, machine_factor=factor).limit_s == said_s


def test_what_holds_is_no_failure():
    Bare().expect(True, "bia hears 'oi'")


def test_what_fails_is_held_against_the_program():
    with pytest.raises(ConformanceFailure) as error:
        Bare().expect(False, "bia hears 'oi'", ["'ola'"])

    assert (error.value.expected, error.value.heard) == ("bia hears 'oi'", ("'ola'",))


def test_what_fails_while_arranging_is_held_against_nobody():
    """It is another clause's; afterwards the check goes on."""
    testbed = Bare()

    with pytest.raises(Undecided, match=r"^bia hears 'oi'; instead: nothing$"), testbed.arranging():
        testbed.fail("bia hears 'oi'")
    with pytest.raises(ConformanceFailure):
        testbed.fail("bia hears 'oi'")


def test_arranging_within_arranging_ends_with_the_outer():
    testbed = Bare()

    with testbed.arranging():
        with testbed.arranging():
            pass
        with pytest.raises(Undecided):
            testbed.fail("bia hears 'oi'")


def test_a_cancel_reaches_every_wait_and_every_inner_testbed():
    testbed, inner, loop = Bare(), Bare(), SimpleNamespace(cancelled=False)
    deep = SimpleNamespace(cancelled=False)
    testbed._registers(loop)
    testbed._registers_inner(inner)
    inner._registers(deep)

    testbed.cancel()

    assert (loop.cancelled, deep.cancelled) == (True, True)


def test_a_cancel_reaches_what_comes_after_it():
    testbed, inner = Bare(), Bare()
    early, late = SimpleNamespace(cancelled=False), SimpleNamespace(cancelled=False)
    testbed.cancel()

    testbed._registers(early)
    testbed._registers_inner(inner)
    inner._registers(late)

    assert (early.cancelled, late.cancelled) == (True, True)


def test_a_cancel_does_not_reach_what_is_over():
    testbed, inner, loop = Bare(), Bare(), SimpleNamespace(cancelled=False)
    inner._registers(loop)
    testbed._registers_inner(inner)
    testbed._forgets_inner(inner)

    testbed.cancel()

    assert not loop.cancelled
