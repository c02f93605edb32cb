"""DROP: a client that goes without a word."""

from batepapo import Left, clause


@clause("DROP-1", needs="CAST-1:broadcast ECHO-1:echo")
def test_others_are_served_after_an_end_of_stream(room):
    """When a client just closes its connection, the others are still served.

    An empty read is the end of that client: stop reading it, close its socket, take it off the list.
    """
    ana, bia, caio = room.gather("ana", "bia", "caio")
    with room.arranging():
        room.converse(ana, bia, caio)

    caio.closes()
    room.settle()

    room.converse(ana, bia)


@clause("DROP-2", needs="CAST-1:broadcast ECHO-1:echo")
def test_others_are_served_after_a_reset(room):
    """When a client's connection is reset, the others are still served.

    A read or a write may raise ConnectionResetError or BrokenPipeError: that ends this client, not the server.
    """
    ana, bia, caio = room.gather("ana", "bia", "caio")
    with room.arranging():
        room.converse(ana, bia, caio)

    caio.resets()
    room.settle()

    room.converse(ana, bia)


@clause("DROP-4", needs="CAST-1:broadcast ECHO-1:echo")
def test_a_half_close_is_noticed_or_served(room):
    """When a client shuts its sending side, its connection ends, or it is still served.

    After an empty read close the socket; do not keep a client that you no longer read and no longer answer.
    """
    ana, bia, caio = room.gather("ana", "bia", "caio")
    with room.arranging():
        room.converse(ana, bia, caio)

    caio.half_closes()

    room.is_let_go_or_still_hears(caio, ana)
    room.converse(ana, bia)


@clause("DROP-6", applies="broadcast", needs="CAST-1 CAST-7")
def test_nobody_misses_a_message_when_somebody_goes(room):
    """When somebody goes while others speak, each remaining member still gets every message.

    Do not change a list while you walk over it: walk over a copy, and let one dead receiver stop nothing.
    """
    with room.elsewhere() as other:
        other.all_speak(other.gather("ana", "bia", "caio", "davi"))

    for people, gone, reset in room.fours_with_one_gone():
        gone.goes(reset=reset)
        room.all_speak(people)
        room.all_go(people)


@clause("DROP-7", applies="left")
def test_others_are_told_once_of_a_drop(room):
    """When a client goes without a word, the others are told once, with nobody speaking.

    Announce the departure where the connection is cleaned up, for an end-of-stream and for a reset alike.
    """
    ana, bia, caio = room.gather("ana", "bia", "caio")

    bia.closes()
    ana.is_told(Left(bia.name))
    ana.is_told_once(Left(bia.name))
    caio.resets()

    ana.is_told(Left(caio.name))
    ana.is_told_once(Left(caio.name))
