"""The room, on real servers: who hears what, how it settles, and whose fault a failure is."""

import threading

import pytest

from batepapo.errors import ConformanceFailure, ServerDied, Undecided
from batepapo.protocol.dialect_file import load
from batepapo.protocol.framing import Framing
from batepapo.testbed.connection import FLOOD_BYTES
from batepapo.testbed.server import room_base
from batepapo.testbed.server.room import Room


def test_a_relay_is_proved_still(relay):
    """No timer, no hidden thread: silence is a proof, in milliseconds."""
    room = relay()
    ana, _ = room.gather("ana", "bia")
    ana.says()

    assert room.settle().kind == "proof"


def test_a_room_in_which_nothing_happened_is_settled_already(relay):
    """The second look costs nothing."""
    room = relay()
    room.gather("ana", "bia")

    assert room.settle() is room.settle()


def test_an_alarm_that_nobody_can_read_is_heard_by_a_fence(relay):
    """A SIGALRM handler hides its timer, so that people speak in turn until all that was under way has come."""
    room = relay("signal.signal(signal.SIGALRM, lambda *_: os._exit(0)); signal.alarm(30)")
    ana, bia = room.gather("ana", "bia")
    text = ana.says()

    settled = room.settle()

    assert settled.kind == "fence"
    assert bia.copies(text) == 1


def test_a_busy_loop_is_heard_by_a_fence(relay):
    """A server that never rests can still be judged."""
    room = relay(timeout="0")
    ana, bia = room.gather("ana", "bia")
    text = ana.says()

    assert room.settle().kind == "fence"
    assert bia.copies(text) == 1


def test_a_fence_asks_nobody_who_said_the_exit_word(relay):
    """A server may keep the connection open (that is EXIT-1's), and read nothing from it any more."""
    room = relay(
        """
        relay_now, gone = said, []
        def said(sock, data):
            gone.append(people.pop(people.index(sock))) if data == b"x" else relay_now(sock, data)
        """,
        timeout="0",
    )
    ana, bia, caio = room.gather("ana", "bia", "caio")

    caio.leaves()

    assert room.settle().kind == "fence"
    assert room.may_fence
    assert caio.connection.alive
    text = ana.says()
    bia.hears(text)


def test_a_copy_that_comes_late_is_waited_for(relay):
    """A relay that sleeps before it sends has not finished reacting."""
    room = relay(
        """
        relay_now = said
        def said(sock, data):
            time.sleep(0.3)
            relay_now(sock, data)
        """
    )
    ana, bia = room.gather("ana", "bia")
    text = ana.says()

    room.settle()

    assert bia.copies(text) == 1


def test_what_fails_in_set_up_blocks(relay):
    """It accuses nobody."""
    room = relay("def said(sock, data): pass")
    ana, bia = room.gather("ana", "bia")

    with pytest.raises(Undecided, match=r"ana hears 'oi |bia hears 'oi "), room.arranging():
        room.converse(ana, bia)


def test_a_server_that_dies_is_said_with_its_last_words(relay):
    """Exit status and traceback."""
    room = relay("def said(sock, data): raise ValueError('boom')")
    ana, _ = room.gather("ana", "bia")
    ana.says()

    with pytest.raises(ServerDied) as caught:
        room.settle()

    assert "exit status 1" in caught.value.heard[0]
    assert any("ValueError: boom" in line for line in caught.value.heard)


def test_a_server_that_dies_while_people_gather_accuses_nobody_of_this_clause(relay):
    """It is another clause's: what the check arranges does not work."""
    room = relay("def said(sock, data): raise ValueError('boom')")
    ana, _ = room.gather("ana", "bia")
    ana.says()

    with pytest.raises(Undecided, match="the server goes on running; instead: it ended"), room.arranging():
        room.settle()


def test_a_flood_ends_the_attempt(relay):
    """In bounded time and memory."""
    room = relay(
        """
        def said(sock, data):
            while True:
                for other in people:
                    other.sendall(b"spam " * 10000)
        """
    )
    ana, _ = room.gather("ana", "bia")
    ana.says()

    with pytest.raises(ConformanceFailure, match="the server stops sending") as caught:
        room.settle()

    assert caught.value.heard[0].startswith(f"more than {FLOOD_BYTES >> 20} MiB for ")


def test_a_check_that_takes_too_long_is_ended(relay):
    """What it was waiting for is said."""
    room = relay(time_limit_s=0.3)
    ana, bia = room.gather("ana", "bia")

    with pytest.raises(ConformanceFailure, match=r"over within 0\.3 s; it was waiting for: bia hears 'never'"):
        room.event_loop.until(lambda: False, 5.0, early=False) or bia.hears("never")
    assert ana.connection.alive


def test_the_same_seed_says_the_same_words(relay):
    """A run can be said again."""
    first, second = relay(seed="7/CAST-1/1"), relay(seed="7/CAST-1/1")

    assert [first.word() for _ in range(3)] == [second.word() for _ in range(3)]
    assert relay(seed="8/CAST-1/1").word() != first.word()


# ---- another room, on another server ---------------------------------------------------------


def test_a_cancel_reaches_an_inner_room_and_starts_no_server(relay):
    """The run is being ended: nobody waits for one more server."""
    room = relay()

    with room.elsewhere() as other:
        room.cancel()

        with pytest.raises(Undecided, match="the run was ended"):
            other.gather("ana", "bia")

    assert other.spent_s["start"] == 0.0


def test_a_cancel_before_an_inner_room_holds_for_it(relay):
    """It is as much of the attempt as what comes later."""
    room = relay()
    room.cancel()

    with room.elsewhere() as other, pytest.raises(Undecided, match="the run was ended"):
        other.open()


def test_a_cancel_ends_what_an_inner_room_waits_for(relay):
    """Soon, not at its limit."""
    room = relay()
    with room.elsewhere() as other:
        other.open()
        threading.Timer(0.1, room.cancel).start()

        assert not other.until(lambda: False, 30.0, early=False)

        assert other.event_loop.overdue


def test_an_inner_room_has_the_rest_of_the_time(relay):
    """A check with two rooms has no two limits: of what the outer one was given back, too."""
    room = relay()
    room.open()
    with room.elsewhere() as other:
        assert other.event_loop.deadline_s == room.event_loop.deadline_s


def test_an_inner_room_is_as_strict_as_the_outer(relay):
    """A tool that works in other words does not work there."""
    room = relay(strict_text=True)
    with room.elsewhere() as other:
        assert other.evidence.strict_text


def test_an_inner_room_is_closed_with_its_block(relay):
    """Its server has ended, and no cancel reaches for it any more."""
    room = relay()
    with room.elsewhere() as other:
        other.open()

    assert room.spent_s["stop"] > 0.0
    room.cancel()
    with pytest.raises(Undecided, match="the room is closed"):
        other.open()


# ---- the end ---------------------------------------------------------------------------------


@pytest.mark.parametrize("opened", [True, False], ids=["opened", "never opened"])
def test_a_closed_room_stays_closed(relay, opened):
    """No verb is given a server that has been stopped, or starts one that nobody would stop."""
    room = relay()
    if opened:
        room.open()

    room.close()
    room.close()

    with pytest.raises(Undecided, match="the room is closed"):
        room.open()
    with pytest.raises(Undecided, match="the room is closed"):
        room.settle()


def test_a_server_is_stopped_if_it_cannot_be_watched(monkeypatch):
    """Nobody else knows of it yet."""
    stopped = []

    class Server:
        running = None

        def stop(self):
            stopped.append(self)

    def fails(*_):
        raise OSError("too many open files")

    monkeypatch.setattr(room_base, "EventLoop", fails)
    server = Server()
    room = Room(load("x"), Framing.RAW, lambda **_: server)

    with pytest.raises(OSError, match="too many open files"):
        room.open()

    assert stopped == [server]
