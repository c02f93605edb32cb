"""Time that passes while somebody says nothing, on a clock that is moved by hand."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from batepapo.errors import Undecided
from batepapo.protocol.dialect_file import load
from batepapo.protocol.framing import Framing
from batepapo.testbed.server.room import Room
from batepapo.testbed.server.verbs import idle


def test_the_limit_is_that_of_the_dialect():
    assert Room(load("completo"), Framing.RAW, None).idle_s == load("completo").idle.seconds


def test_without_a_limit_nothing_can_be_decided():
    with pytest.raises(Undecided, match="the dialect sair has no idle rule"):
        _ = Room(load("sair"), Framing.RAW, None).idle_s


@pytest.fixture
def room(monkeypatch):
    """A room with a limit of 30 s in which time passes by waiting, from 100 s on."""
    now = [100.0]
    dialect = load("completo")
    one = Room(replace(dialect, idle=replace(dialect.idle, seconds=30.0)), Framing.RAW, None)

    def until(condition, limit_s, *, early):
        assert not early
        now[0] += limit_s
        return condition()

    monkeypatch.setattr(idle, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(one, "until", until)
    return one, now


class Somebody:
    """Says something, and remembers when."""

    def __init__(self, now):
        self.connection = SimpleNamespace(alive=True, last_stimulus_s=100.0)
        self.spoke_at = []
        self._now = now

    def says(self):
        self.spoke_at.append(self._now[0])


def test_who_keeps_talking_speaks_every_third_of_the_limit(room):
    """Until somebody else has been silent for long enough."""
    one, now = room
    ana, bia = Somebody(now), Somebody(now)

    one.keep_talking(ana, beside=bia, until=35.0, unless=lambda: False)

    assert ana.spoke_at == [100.0, 110.0, 120.0, 130.0]
    assert bia.spoke_at == []
    assert now == [135.0]
    assert (one.clock.used, one.clock.in_time_until_s) == (True, 135.0)


def test_what_happens_meanwhile_ends_it(room):
    one, now = room
    ana = Somebody(now)

    one.keep_talking(ana, beside=Somebody(now), until=35.0, unless=lambda: now[0] >= 120.0)

    assert ana.spoke_at == [100.0, 110.0]


def test_who_is_gone_says_nothing_more(room):
    one, now = room
    ana = Somebody(now)
    ana.connection.alive = False

    one.keep_talking(ana, beside=Somebody(now), until=35.0, unless=lambda: False)

    assert ana.spoke_at == []
