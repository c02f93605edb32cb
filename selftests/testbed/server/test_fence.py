"""The fence: who speaks, in which order, and when it has failed."""

import pytest

from batepapo.testbed.server.fence import speak_in_turn


class Somebody:
    """Says what nobody said before, and hears what the loop lets through."""

    def __init__(self, name, log):
        self.connection = name
        self._log = log

    def says_at_once(self, text):
        self._log.append((self.connection, text))
        return f"{text} {len(self._log)}"

    def copies(self, text):
        return 1


class Loop:
    """Reads so many texts, and lets so many be heard."""

    def __init__(self, *, read=99, heard=99):
        self._read, self._heard = read, heard

    def taken(self, connection, limit_s):
        self._read -= 1
        return self._read >= 0

    def until(self, condition, limit_s):
        self._heard -= 1
        return self._heard >= 0 and condition()


@pytest.fixture
def room():
    """Three people, and what they say."""
    log = []
    return [Somebody(name, log) for name in ("ana", "bia", "caio")], log


def test_the_first_and_the_last_speak_in_turn(room):
    """Two steps of one and one of the other; a single round trip missed copies."""
    people, log = room

    assert speak_in_turn(people, Loop(), 2.0, echo=False)

    assert [who for who, _ in log] == ["caio", "caio", "ana"]


def test_where_the_server_echoes_each_speaks_twice(room):
    """What is under way to one says nothing of another."""
    people, log = room

    assert speak_in_turn(people, Loop(), 2.0, echo=True)

    assert [who for who, _ in log] == ["ana", "ana", "bia", "bia", "caio", "caio"]


@pytest.mark.parametrize("loop", [Loop(read=1), Loop(heard=1)], ids=["not read", "not heard"])
def test_one_text_that_does_not_come_is_the_end(room, loop):
    """Each more would cost the limit again."""
    people, log = room

    assert not speak_in_turn(people, loop, 2.0, echo=False)

    assert len(log) <= 2
