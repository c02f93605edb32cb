"""Who says what to whom, in rooms that never open."""

from types import SimpleNamespace

import pytest

from batepapo.errors import ConformanceFailure
from batepapo.protocol.dialect_file import load
from batepapo.protocol.framing import Framing
from batepapo.testbed.server.room import Room
from batepapo.testbed.server.verbs.talking import LETTERS


class User:
    """Somebody who speaks and hears, and remembers that."""

    logged_in = True

    def __init__(self, name, log=None, offsets=()):
        self.name = name
        self.connection = SimpleNamespace(alive=True)
        self._log = log if log is not None else []
        self._offsets = dict(offsets)

    def __repr__(self):
        return self.name

    def says(self):
        self._log.append(f"{self.name} says")
        return f"oi {self.name}"

    def hears(self, text):
        self._log.append(f"{self.name} hears {text}")

    def is_taken(self):
        self._log.append(f"{self.name} is taken")

    def says_at_once(self, text):
        self._log.append(f"{self.name} says")
        return f"{text} {len(self._log)}"

    def offset(self, text):
        return self._offsets[text]


def room_of(dialect, *users):
    """A room with users in it."""
    room = Room(load(dialect), Framing.RAW, None)
    room.users += users
    return room


def test_what_is_said_is_for_everybody_else():
    """Who has gone hears nothing."""
    ana, bia, caio = (User(name) for name in ("ana", "bia", "caio"))
    caio.connection.alive = False

    assert room_of("sair", ana, bia, caio).hearers(ana) == [bia]


def test_an_echo_is_for_who_said_it():
    ana, bia = User("ana"), User("bia")

    assert room_of("tchau", ana, bia).hearers(ana) == [ana]


@pytest.mark.parametrize(
    ("dialect", "heard"),
    [
        ("sair", ["ana says", "bia hears oi ana", "bia says", "ana hears oi bia"]),
        ("tchau", ["ana says", "ana hears oi ana", "bia says", "bia hears oi bia"]),
    ],
)
def test_who_converses_speaks_in_turn_and_is_heard(dialect, heard):
    log = []
    ana, bia = User("ana", log), User("bia", log)

    room_of(dialect, ana, bia).converse(ana, bia)

    assert log == heard


def test_who_speaks_at_once_is_taken_before_anybody_speaks():
    """In each round: then all of them speak at the same moment."""
    log = []
    ana, bia = User("ana", log), User("bia", log)

    said = room_of("sair", ana, bia).say_at_once([ana, bia], 2)

    assert log == ["ana is taken", "bia is taken", "ana says", "bia says"] * 2
    assert said == {ana: ["todos 3", "todos 7"], bia: ["todos 4", "todos 8"]}


def test_texts_are_heard_in_the_order_in_which_they_were_said():
    room = room_of("sair")
    room.in_order(User("bia", offsets={"a": 1, "b": 5}), ["a", "b"])

    with pytest.raises(ConformanceFailure, match="bia hears in this order: a, b") as error:
        room.in_order(User("bia", offsets={"a": 5, "b": 1}), ["a", "b"])
    assert error.value.heard == ("b, a",)


def test_letters_have_no_blank_among_them():
    text = room_of("sair").letters(3000)

    assert len(text) == 3000
    assert set(text) == set(LETTERS)


def test_a_random_text_follows_from_the_seed():
    one, again = (Room(load("sair"), Framing.RAW, None, seed="7") for _ in range(2))

    assert one.random_text(50, "ab") == again.random_text(50, "ab")
