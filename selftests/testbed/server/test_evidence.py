"""What can stand in a stream, and from where on it is looked at."""

from types import SimpleNamespace

import pytest

from batepapo.protocol.dialect_file import load
from batepapo.protocol.events import Joined, Left
from batepapo.testbed.server.evidence import Evidence


class Stream:
    """A connection as far as the evidence knows one."""

    def __init__(self, heard):
        self.stream = bytearray(heard)


def somebody(name, heard=b"", *, logged_in=True):
    """A user as far as the evidence knows one."""
    return SimpleNamespace(name=name, logged_in=logged_in, connection=Stream(heard))


@pytest.fixture
def room():
    """The evidence of a room of two, and the two."""
    people = [somebody("ana", b"12345"), somebody("bia", b"123")]
    return Evidence(load("sair"), people), people


def test_a_text_cannot_have_come_before_it_was_said(room):
    """It is looked for from where each stream was then, however much comes behind it."""
    evidence, (ana, bia) = room

    evidence.is_spoken("oi tudo", "ana")
    ana.connection.stream += b"x" * 100

    assert evidence.offset_when_said("oi tudo", ana.connection) == 5
    assert evidence.offset_when_said("oi tudo", bia.connection) == 3


def test_the_first_time_that_a_text_was_said_counts(room):
    """The later bound would hide the copies of the first."""
    evidence, (ana, _) = room
    evidence.is_spoken("oi", "ana")
    ana.connection.stream += b"oi"

    evidence.is_spoken("oi", "bia")

    assert evidence.offset_when_said("oi", ana.connection) == 5
    assert evidence.first_said("oi").speaker == "ana"
    assert evidence.spoken == ["oi", "oi"]


def test_who_came_later_is_looked_at_from_the_beginning(room):
    """What was said before they connected may come all the same: it must not."""
    evidence, people = room
    evidence.is_spoken("oi", "ana")
    caio = somebody("caio")
    people.append(caio)

    assert evidence.offset_when_said("oi", caio.connection) == 0
    assert caio.connection not in evidence.first_said("oi").offsets


def test_what_nobody_said_can_stand_anywhere(room):
    """There is no bound to know."""
    evidence, (ana, _) = room

    assert evidence.first_said("oi") is None
    assert evidence.offset_when_said("oi", ana.connection) == 0


def test_each_event_has_its_own_offsets(room):
    """A departure is not looked for in what an arrival caused; what nobody marked begins with the stream."""
    evidence, (ana, _) = room
    evidence.mark_before(Joined("caio"))
    ana.connection.stream += b"caio entrou"
    evidence.mark_before(Left("caio"))

    assert evidence.offset_before(Joined("caio"), ana.connection) == 5
    assert evidence.offset_before(Left("caio"), ana.connection) == 16
    assert evidence.offset_before(Left("bia"), ana.connection) == 0


def test_who_has_not_logged_in_has_no_name_yet(room):
    """It can stand in no stream."""
    evidence, people = room
    people.append(somebody("calado", logged_in=False))

    assert evidence.expected_words().names == ("ana", "bia")


def test_without_names_there_are_none():
    """A dialect that knows none shows none."""
    evidence = Evidence(load("x"), [somebody("ana")])

    assert evidence.expected_words().names == ()


def test_exit_words_are_said_too(room):
    """Where one is relayed, it is no notice."""
    evidence, _ = room
    evidence.is_spoken("oi")

    assert evidence.words_said() == ("oi", "sair")
    assert evidence.expected_words().texts == ("oi",)
