"""What a user sees of the limit on silence, on made-up times: too early, in time, and too late to count."""

import time
from types import SimpleNamespace

import pytest

from batepapo.errors import ConformanceFailure
from batepapo.protocol.dialect_file import load
from batepapo.protocol.framing import Framing
from batepapo.testbed.server.clock import ServerClock
from batepapo.testbed.server.evidence import Evidence
from batepapo.testbed.server.idle_limited import IdleLimited
from batepapo.testbed.server.room import Room

TEXT = load("completo").idle.text.encode()
BEGAN_S = 1000.0


class Connection:
    """One whose last byte went at 1000 s; the stream came at another time."""

    name = "ana"
    framing = Framing.RAW
    last_stimulus_s = stimulus_began_s = BEGAN_S

    def __init__(self, stream=b"", *, came_s=0.0, ended_s=0.0):
        self.stream = bytearray(stream)
        self.came_s, self.ended_at_s = came_s, ended_s
        self.alive = not ended_s
        self.end = "FIN" if ended_s else ""

    def arrived_at_s(self, offset):
        """When the idle text came."""
        return self.came_s


@pytest.fixture
def user():
    """Make a user of a room that never opens, on a clock."""

    def make(connection, *, rate=1.0, in_time_until_s=float("inf")):
        dialect = load("completo")
        room = Room(dialect, Framing.RAW, None)
        clock = ServerClock(SimpleNamespace(rate=rate, was_touched=True))
        clock.in_time_until_s = in_time_until_s
        loop = SimpleNamespace(until=lambda condition, limit_s, **_: condition())
        return IdleLimited("ana", connection, room, loop, Evidence(dialect, []), clock)

    return make


def test_the_idle_text_times_a_user_out(user):
    """Wherever it stands among what came."""
    assert user(Connection(b"oi\n" + TEXT, came_s=BEGAN_S + 30)).was_timed_out()
    assert not user(Connection(b"oi\n")).was_timed_out()


def test_what_came_after_the_time_was_waited_out_came_too_late(user):
    """A busy machine may let us look long after it."""
    late = {"in_time_until_s": BEGAN_S + 31}

    assert user(Connection(TEXT, came_s=BEGAN_S + 30.9), **late).was_timed_out_or_let_go()
    assert not user(Connection(TEXT, came_s=BEGAN_S + 31.1), **late).was_timed_out_or_let_go()
    assert user(Connection(ended_s=BEGAN_S + 30.9), **late).was_timed_out_or_let_go()
    assert not user(Connection(ended_s=BEGAN_S + 31.1), **late).was_timed_out_or_let_go()


def test_who_was_timed_out_should_not_have_been(user):
    user(Connection(b"oi\n")).is_not_timed_out()

    with pytest.raises(ConformanceFailure, match="ana gets no idle text"):
        user(Connection(TEXT, came_s=BEGAN_S + 10)).is_not_timed_out()


@pytest.mark.parametrize(
    ("connection", "what"),
    [
        (Connection(TEXT, came_s=BEGAN_S + 28.5), "the idle text after 28.50 s"),
        (Connection(ended_s=BEGAN_S + 28.5), "the end of the connection after 28.50 s"),
        (Connection(TEXT, came_s=BEGAN_S + 30, ended_s=BEGAN_S + 28.5), "the end of the connection after 28.50 s"),
    ],
    ids=["text", "end", "end before the text"],
)
def test_too_early_is_said_with_what_came_and_when(user, connection, what):
    with pytest.raises(ConformanceFailure, match="ana is left alone for 29 s after the last byte") as error:
        user(connection).is_not_gone_before(29.0)

    assert error.value.heard == (what,)


def test_seconds_are_those_of_the_servers_clock(user):
    """On one that runs 30 times as fast, one of ours is 30 of theirs."""
    connection = Connection(TEXT, came_s=BEGAN_S + 1.0)

    user(connection, rate=30.0).is_not_gone_before(29.0)
    with pytest.raises(ConformanceFailure):
        user(connection).is_not_gone_before(29.0)


def test_who_is_still_there_was_not_gone_before(user):
    user(Connection(b"oi\n")).is_not_gone_before(29.0)


def test_who_is_let_go_without_a_text_is_let_go_in_time(user):
    user(Connection(ended_s=BEGAN_S + 30)).is_let_go_by_the_idle_rule()


@pytest.mark.parametrize(
    ("connection", "heard"),
    [(Connection(), "the connection is still open"), (Connection(ended_s=BEGAN_S + 40), "it ended later")],
)
def test_who_is_not_let_go_in_time_is_said(user, connection, heard):
    with pytest.raises(ConformanceFailure, match=r"the server ends ana's connection within .* of silence") as error:
        user(connection, in_time_until_s=BEGAN_S + 35).is_let_go_by_the_idle_rule()

    assert error.value.heard == (heard,)


def test_after_the_idle_text_the_connection_has_the_presence_limit_to_end(user):
    with pytest.raises(ConformanceFailure, match="the server ends ana's connection within"):
        user(Connection(TEXT, came_s=BEGAN_S + 30)).is_let_go_by_the_idle_rule()


def test_resting_relies_on_the_servers_clock(user):
    """Until so many of its seconds after the last byte."""
    waited = []
    ana = user(Connection(), rate=30.0)
    ana._event_loop = SimpleNamespace(until=lambda condition, limit_s, *, early: waited.append((limit_s, early)))
    ana.connection.last_stimulus_s = time.monotonic()

    ana.rests(30.0)

    ((limit_s, early),) = waited
    assert 0.5 < limit_s <= 1.0
    assert not early
    assert ana._clock.used
    assert ana._clock.in_time_until_s == pytest.approx(ana.connection.last_stimulus_s + 1.0)
