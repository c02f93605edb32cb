"""IDLE: the limit on silence, measured on the server's clock. T is the dialect's limit, 30 s in all of them."""

from batepapo import Left, clause

TWO_THIRDS = 0.65  # a server that counts 20 s of 30 would let go at the very moment of two thirds, or just not yet


@clause("IDLE-1", applies="idle", watch=True)
def test_a_silent_client_is_told(room):
    """A client that says nothing for T gets TIMEOUT, at the latest at T + 5 s.

    Give each client a deadline of its own, and send TIMEOUT before you close.
    """
    (ana,) = room.gather("ana")

    ana.rests(until=room.idle_s + 5, unless=ana.was_timed_out)

    expected = f"{ana} gets {room.dialect.idle.text!r} within {room.idle_s + 5:.4g} s of silence"
    room.expect(ana.was_timed_out(), expected, ana.heard_lines())


@clause("IDLE-2", applies="idle", watch=True)
def test_then_its_connection_ends(room):
    """Then its connection ends: soon after TIMEOUT, or by T + 7 s without one.

    Close the socket after TIMEOUT; do not wait for the client to do it.
    """
    (ana,) = room.gather("ana")

    ana.rests(until=room.idle_s + 7, unless=ana.was_timed_out_or_let_go)

    ana.is_let_go_by_the_idle_rule()


@clause("IDLE-3", applies="idle", watch=True)
def test_neither_comes_early(room):
    """Neither TIMEOUT nor the end comes before T is over (29 of 30 seconds).

    Count from the client's last message, on a clock that nobody sets: time.monotonic in Python.
    """
    (ana,) = room.gather("ana")

    ana.rests(until=room.idle_s * 29 / 30, unless=ana.was_timed_out_or_let_go)

    ana.is_not_gone_before(room.idle_s * 29 / 30)


@clause("IDLE-4", applies="idle", watch=True, needs="IDLE-3")
def test_a_message_starts_the_time_again(room):
    """Any message starts T again: who spoke at 2/3 T is still there at 4/3 T, and gone by 5/3 T + 7 s.

    Note the time of each message, and measure from the last one.
    """
    (ana,) = room.gather("ana")
    ana.rests(until=room.idle_s * TWO_THIRDS)
    with room.arranging():
        ana.is_still_connected()
        ana.is_not_timed_out()

    ana.says()
    ana.rests(until=room.idle_s + 7, unless=ana.was_timed_out_or_let_go)

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

    room.keep_talking(ana, bia, beside=caio, until=room.idle_s + 7, unless=caio.was_timed_out_or_let_go)

    expected = f"silent {caio} is let go within {room.idle_s + 7:.4g} s"
    room.expect(caio.was_timed_out_or_let_go(), expected, caio.heard_lines())
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

    room.keep_talking(ana, beside=caio, until=room.idle_s + 7, unless=lambda: not caio.connection.alive)

    with room.arranging():
        caio.is_let_go_by_the_idle_rule()
        ana.is_still_connected()
        ana.is_not_timed_out()
    room.is_cleaned_up(caio, told=ana)
