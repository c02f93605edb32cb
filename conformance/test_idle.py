"""IDLE: the limit on silence, measured on the server's clock. T is the dialect's limit, 30 s in all of them."""

from batepapo import Left, clause

from .steps.idle import (
    GONE_WITHIN_S,
    NEARLY,
    TOLD_WITHIN_S,
    TWO_THIRDS,
    gets_the_idle_text,
    is_cleaned_up,
    is_there,
    was_let_go_in_silence,
)


@clause("IDLE-1", applies="idle", watch=True)
def test_a_silent_client_is_told(room):
    """A client that says nothing for T gets TIMEOUT, at the latest at T + 5 s.

    Give each client a deadline of its own, and send TIMEOUT before you close.
    """
    (ana,) = room.gather("ana")

    ana.rests(until=room.idle_s + TOLD_WITHIN_S, unless=ana.was_timed_out)

    gets_the_idle_text(room, ana)


@clause("IDLE-2", applies="idle", watch=True)
def test_then_its_connection_ends(room):
    """Then its connection ends: soon after TIMEOUT, or by T + 7 s without one.

    Close the socket after TIMEOUT; do not wait for the client to do it.
    """
    (ana,) = room.gather("ana")

    ana.rests(until=room.idle_s + GONE_WITHIN_S, unless=ana.was_timed_out_or_let_go)

    ana.is_let_go_by_the_idle_rule()


@clause("IDLE-3", applies="idle", watch=True)
def test_neither_comes_early(room):
    """Neither TIMEOUT nor the end comes before T is over (29 of 30 seconds).

    Count from the client's last message, on a clock that nobody sets: time.monotonic in Python.
    """
    (ana,) = room.gather("ana")

    ana.rests(until=room.idle_s * NEARLY, unless=ana.was_timed_out_or_let_go)

    ana.is_not_gone_before(room.idle_s * NEARLY)


@clause("IDLE-4", applies="idle", watch=True, needs="IDLE-3")
def test_a_message_starts_the_time_again(room):
    """Any message starts T again: who spoke at 2/3 T is still there at 4/3 T, and gone by 5/3 T + 7 s.

    Note the time of each message, and measure from the last one.
    """
    (ana,) = room.gather("ana")
    ana.rests(until=room.idle_s * TWO_THIRDS)
    is_there(room, ana)

    ana.says()
    ana.rests(until=room.idle_s + GONE_WITHIN_S, unless=ana.was_timed_out_or_let_go)

    ana.is_not_gone_before(room.idle_s * TWO_THIRDS)
    ana.is_let_go_by_the_idle_rule()


@clause("IDLE-5", applies="idle", watch=True, needs="CAST-1:broadcast ECHO-1:echo")
def test_each_client_has_its_own_clock(room):
    """Each client has its own clock: one that talks keeps no other alive, and one that times out disturbs nobody.

    One deadline for each client; not one for the whole server.
    """
    ana, bia, caio = room.gather("ana", "bia", "caio")
    with room.arranging():
        room.converse(ana, bia)

    room.keep_talking(ana, bia, beside=caio, until=room.idle_s + GONE_WITHIN_S, unless=caio.was_timed_out_or_let_go)

    was_let_go_in_silence(room, caio)
    ana.is_not_timed_out()
    bia.is_not_timed_out()
    room.converse(ana, bia)


@clause("IDLE-6", applies="idle", watch=True, needs="IDLE-2 IDLE-4 IDLE-5")
def test_who_timed_out_is_cleaned_up(room):
    """Whoever timed out is cleaned up as any leaver: announced where the dialect does that, and no socket left.

    End in the same clean-up code as everybody else who leaves.
    """
    ana, caio = room.gather("ana", "caio")
    room.mark_before(Left(caio.name))

    room.keep_talking(ana, beside=caio, until=room.idle_s + GONE_WITHIN_S, unless=caio.is_gone)

    with room.arranging():
        caio.is_let_go_by_the_idle_rule()
    is_there(room, ana)
    is_cleaned_up(room, caio, told=ana)
