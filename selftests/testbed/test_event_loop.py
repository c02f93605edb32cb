"""Waiting: what ends it early, what does not, and what it costs a check."""

import threading
import time
from types import SimpleNamespace

import pytest

from batepapo.errors import Undecided
from batepapo.observation.quiescence import Quiescence
from batepapo.testbed.connection import FLOOD_BYTES, Connection
from batepapo.testbed.event_loop import TAKEN_PAUSE_S, EventLoop
from batepapo.testbed.transcript import Transcript

LONG_S = 30.0
HIDDEN_TIMER = "signal.signal(signal.SIGALRM, lambda *_: None); signal.alarm(60)"
FLOOD = """
def said(sock, data):
    while True:
        for other in people:
            other.sendall(b"spam " * 10000)
"""
SLEEPS = """
def said(sock, data):
    time.sleep(1.0)
"""


def took_s(wait):
    """How long something took."""
    began_s = time.monotonic()
    wait()
    return time.monotonic() - began_s


def never():
    """What nobody waits for in vain."""
    return False


# ---- what ends a wait ------------------------------------------------------------------------


def test_a_settled_room_ends_a_wait_early(relay):
    """Nothing more can come: absence is known in milliseconds."""
    room = relay()
    room.gather("ana", "bia")

    assert took_s(lambda: room.until(never, LONG_S)) < LONG_S / 2


def test_a_wait_for_what_a_timer_brings_is_not_ended_early(relay):
    """A settled room proves nothing of it."""
    room = relay()
    room.gather("ana", "bia")

    assert took_s(lambda: room.until(never, 0.3, early=False)) >= 0.3


class Monitor:
    """Says at every look that the server has come to rest, in one way."""

    nap_s = 0.001

    def __init__(self, kind):
        self._kind = kind

    def begin(self, window_s, extend_s):
        return self

    def look(self):
        return Quiescence(self._kind, 0.0, "")

    def close(self):
        pass


@pytest.mark.parametrize(("kind", "least_s", "most_s"), [("proof", 0.0, 0.3), ("window", 0.3, LONG_S)])
def test_a_window_that_proves_nothing_is_waited_out(kind, least_s, most_s):
    """What cannot be seen may still bring it; a proof ends the wait at the first look."""
    server = SimpleNamespace(running=None, alive=lambda: True)
    loop = EventLoop(server, Transcript(), 1.0, time.monotonic() + LONG_S, silence=Monitor(kind))

    assert least_s <= took_s(lambda: loop.until(never, 0.3)) < most_s


def test_a_flood_ends_a_wait(relay):
    """More than any check asks for has come; the limit is not waited out."""
    room = relay(FLOOD)
    ana, bia = room.gather("ana", "bia")
    ana.sends(b"oi")

    assert took_s(lambda: room.until(never, LONG_S, early=False)) < LONG_S / 2

    assert len(bia.connection.stream) > FLOOD_BYTES
    assert room.event_loop.flooded in (ana.connection, bia.connection)


def test_the_death_of_the_server_ends_a_wait(relay):
    """What it said before has been read."""
    room = relay("def said(sock, data): print('bye', flush=True); os._exit(3)")
    ana, _ = room.gather("ana", "bia")
    ana.sends(b"oi")

    assert took_s(lambda: room.until(never, LONG_S, early=False)) < LONG_S / 2

    assert any("bye" in line for line in room.output())


def test_a_cancel_from_another_thread_ends_a_wait(relay):
    """At the next look, and every later wait at once."""
    room = relay()
    room.gather("ana", "bia")
    threading.Timer(0.1, room.cancel).start()

    assert took_s(lambda: room.until(never, LONG_S, early=False)) < LONG_S / 2
    assert room.event_loop.overdue
    with pytest.raises(Undecided, match="the run was ended"):
        room.fail("nothing")


def test_the_deadline_of_the_check_ends_a_wait(relay):
    """Whatever the limit of the wait is."""
    room = relay(time_limit_s=1.0)
    room.gather("ana", "bia")

    assert took_s(lambda: room.until(never, LONG_S, early=False)) < LONG_S / 2
    assert room.event_loop.overdue


# ---- settling --------------------------------------------------------------------------------


def test_time_that_went_into_watching_timers_is_given_back(relay):
    """That a timer does nothing is our question, and the check is not to pay for it."""
    room = relay(timeout="0.2")
    ana, _ = room.gather("ana", "bia")
    ana.says()
    before_s = room.event_loop.deadline_s

    settled = room.settle()

    assert settled.kind in ("proof", "listen", "cycle")
    assert room.event_loop.deadline_s - before_s == pytest.approx(settled.waited_s, abs=1e-3)


def test_time_that_was_waited_in_vain_is_not_given_back(relay):
    """A server that cannot be seen through must not make a check endless."""
    room = relay(HIDDEN_TIMER)
    ana, _ = room.gather("ana", "bia")
    ana.says()
    before_s = room.event_loop.deadline_s

    assert room.settle().kind == "fence"

    assert room.event_loop.deadline_s == before_s


def test_no_fence_is_asked_where_stillness_is_proved(relay):
    """It speaks, and speaking is a stimulus."""
    room = relay()
    ana, _ = room.gather("ana", "bia")
    room.event_loop.fence = lambda: pytest.fail("a fence")
    ana.says()

    assert room.settle().kind == "proof"


def test_where_no_fence_can_be_asked_a_pause_decides(relay):
    """Somebody alone cannot speak in turn."""
    room = relay(HIDDEN_TIMER)
    (ana,) = room.gather("ana")
    ana.says()

    assert room.settle().kind in ("window", "blocked")


def test_a_fence_that_settles_asks_no_second_one(relay):
    """It would wait for itself."""
    room = relay(HIDDEN_TIMER)
    ana, _ = room.gather("ana", "bia")
    asked = []

    def fence():
        asked.append(room.event_loop.settle().kind)
        return True

    room.event_loop.fence = fence
    ana.says()

    assert room.settle().kind == "fence"
    assert len(asked) == 1


# ---- taken -----------------------------------------------------------------------------------


def test_what_the_server_has_not_read_is_not_taken(relay):
    """It sleeps while the second message waits in its queue."""
    room = relay(SLEEPS)
    ana, _ = room.gather("ana", "bia")
    ana.sends(b"oi")
    assert room.event_loop.taken(ana.connection, LONG_S)
    ana.sends(b"de novo")

    assert not room.event_loop.taken(ana.connection, 0.05)
    assert room.event_loop.taken(ana.connection, LONG_S)


def test_where_the_queues_of_the_server_cannot_be_seen_a_message_is_given_time(relay):
    """On another machine nothing else can be known."""
    server = relay().process()
    attached = SimpleNamespace(running=None, alive=lambda: True)
    loop = EventLoop(attached, Transcript(), 1.0, time.monotonic() + LONG_S)
    connection = Connection("ana", server.connect(), loop._transcript)  # of a network that we do not see
    loop.connections.append(connection)
    connection.send(b"oi")
    try:
        assert took_s(lambda: loop.taken(connection, LONG_S)) >= TAKEN_PAUSE_S / 2
        assert time.monotonic() - connection.last_stimulus_s >= TAKEN_PAUSE_S
    finally:
        connection.reset()
        loop.close()


# ---- does the server live? -------------------------------------------------------------------


@pytest.fixture
def watched():
    """An event loop over a server that says how often it was asked whether it lives."""
    server = SimpleNamespace(running=None, lives=True, asked=0)

    def alive():
        server.asked += 1
        return server.lives

    server.alive = alive
    loop = EventLoop(server, Transcript(), 1.0, time.monotonic() + LONG_S)
    yield loop, server
    loop.close()


def test_a_server_that_lives_is_not_asked_at_every_look(watched):
    """Each question costs system calls."""
    loop, server = watched

    assert [loop.server_lives() for _ in range(10)] == [True] * 10
    assert server.asked == 1


def test_a_server_that_is_dead_does_not_live_again_by_itself(watched):
    """Two looks within 20 ms say the same."""
    loop, server = watched
    server.lives = False

    assert [loop.server_lives() for _ in range(10)] == [False] * 10


def test_a_server_that_was_started_again_lives_at_once(watched):
    """That it was dead is nothing to be remembered."""
    loop, server = watched
    server.lives = False
    assert not loop.server_lives()

    server.lives = True

    assert loop.server_lives()
