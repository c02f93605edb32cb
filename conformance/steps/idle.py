"""The idle rule: how late its text and its end may come, and what is left of somebody afterwards."""

from batepapo import Left

TOLD_WITHIN_S = 5  # after T: so late the idle text may come
GONE_WITHIN_S = 7  # after T: so late the connection may end, without the idle text before it
NEARLY = 29 / 30  # of T: before that, neither may come
TWO_THIRDS = 0.65  # a server that counts 20 s of 30 would let go at the very moment of two thirds, or just not yet


def gets_the_idle_text(room, user):
    """Check that the idle text has come in time."""
    expected = f"{user} gets {room.dialect.idle.text!r} within {room.idle_s + TOLD_WITHIN_S:.4g} s of silence"
    room.expect(user.was_timed_out(), expected, user.heard_lines())


def was_let_go_in_silence(room, user):
    """Check that the idle text or the end of the connection has come in time."""
    expected = f"silent {user} is let go within {room.idle_s + GONE_WITHIN_S:.4g} s"
    room.expect(user.was_timed_out_or_let_go(), expected, user.heard_lines())


def is_there(room, *people):
    """See, as set-up, that people are still connected and were not timed out."""
    with room.arranging():
        for user in people:
            user.is_still_connected()
            user.is_not_timed_out()


def is_cleaned_up(room, gone, *, told):
    """Check that nothing is left of somebody: announced where the dialect does that, and no socket."""
    limit_s = room.clock.ours_s(room.limit_s)
    if "left" in room.dialect.features:
        told.is_told(Left(gone.name), limit_s)
    gone.goes()
    room.expect(
        room.until(lambda: not room.socket_left(gone), limit_s),
        f"the server closes its socket of {gone} within {room.limit_s:g} s",
        ["the socket is still there"],
    )
