"""DROP: a client that goes without a word."""

from batepapo import Left, clause

from .steps.drop import (
    all_go,
    all_go_as_one_arrives,
    all_speak,
    finds_who_vanished,
    fours_with_one_gone,
    half_a_message,
    hears_apart_from,
    is_let_go_or_still_hears,
    leaves_unread,
    no_socket_is_left,
    nobody_is_announced_twice,
    sockets_held,
    somebody_comes_and_goes,
    threads_after,
    threads_do_not_grow,
)

TEN = 10
DEPARTURES = 20
BEFORE_S = 0.1


@clause("DROP-1", needs="CAST-1:broadcast ECHO-1:echo")
def test_others_are_served_after_an_end_of_stream(room):
    """When a client just closes its connection, the others are still served.

    An empty read is the end of that client: stop reading it, close its socket, take it off the list.
    """
    ana, bia, caio = room.gather_talking("ana", "bia", "caio")

    caio.closes()
    room.settle()

    room.converse(ana, bia)


@clause("DROP-2", needs="CAST-1:broadcast ECHO-1:echo")
def test_others_are_served_after_a_reset(room):
    """When a client's connection is reset, the others are still served.

    A read or a write may raise ConnectionResetError or BrokenPipeError: that ends this client, not the server.
    """
    ana, bia, caio = room.gather_talking("ana", "bia", "caio")

    caio.resets()
    room.settle()

    room.converse(ana, bia)


@clause("DROP-3", needs="CAST-1:broadcast ECHO-1:echo DROP-1 DROP-2")
def test_others_are_served_after_a_kill_with_unread_data(room):
    """When a client is killed with unread data waiting, the others are still served.

    Its kernel answers with a reset, to your next read or to your next write: either ends this client only.
    """
    ana, bia, caio = room.gather_talking("ana", "bia", "caio")
    room.departures_are_survived(ana, bia)

    leaves_unread(room, caio, ana)
    caio.closes()
    room.settle()

    room.converse(ana, bia)


@clause("DROP-4", needs="CAST-1:broadcast ECHO-1:echo")
def test_a_half_close_is_noticed_or_served(room):
    """When a client shuts its sending side, its connection ends, or it is still served.

    After an empty read close the socket; do not keep a client that you no longer read and no longer answer.
    """
    ana, bia, caio = room.gather_talking("ana", "bia", "caio")

    caio.half_closes()

    is_let_go_or_still_hears(room, caio, ana)
    room.converse(ana, bia)


@clause("DROP-5", needs="CAST-1:broadcast ECHO-1:echo DROP-1 DROP-2")
def test_half_a_message_harms_no_other(room):
    """When a client goes in the middle of a message, later messages of others come whole.

    What a client began belongs to it alone: keep a buffer and a decoder for each client, and drop both with it.
    """
    ana, bia, caio = room.gather_talking("ana", "bia", "caio")
    room.departures_are_survived(ana, bia)

    fragment = half_a_message(room, caio)
    caio.closes()
    room.settle()

    text = ana.says()
    for user in room.hearers(ana):
        hears_apart_from(room, user, text, fragment)


@clause("DROP-6", applies="broadcast", needs="CAST-1 CAST-7", long=True)
def test_nobody_misses_a_message_when_somebody_goes(room):
    """When somebody goes while others speak, each remaining member still gets every message.

    Do not change a list while you walk over it: walk over a copy, and let one dead receiver stop nothing.
    """
    with room.elsewhere() as other:
        all_speak(other, other.gather("ana", "bia", "caio", "davi"))

    for people, gone, reset in fours_with_one_gone(room):
        gone.goes(reset=reset)
        all_speak(room, people)
        all_go(room, people)


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


@clause("DROP-8", needs="CAST-1:broadcast ECHO-1:echo LISTEN-2 DROP-1 JOIN-2:joined DROP-7:left")
def test_ten_go_as_one_arrives(room):
    """When ten go at once while somebody arrives, those who stay and the arrival are served, and no notice comes twice.

    Guard the list of clients with a lock wherever threads add to it, remove from it or walk over it.
    """
    ana, bia, *ten = room.gather("ana", "bia", *(f"caio{number}" for number in range(TEN)))
    with room.arranging():
        room.converse(ana, bia)
        for user in ten:
            user.is_still_connected()
    somebody_comes_and_goes(room, ana, bia)

    eva = all_go_as_one_arrives(room, ten, "eva")

    room.converse(ana, bia, eva)
    nobody_is_announced_twice(room, [ana, bia], ten, eva)


@clause("DROP-9", needs="CAST-1:broadcast ECHO-1:echo DROP-1 DROP-2", process=True)
def test_no_socket_is_left(room):
    """After twenty departures and one more message, the server holds no socket of those who went.

    Close the socket where its client is cleaned up, whatever ended it: an empty read, an error, an exit word.
    """
    ana, bia = room.gather_talking("ana", "bia")
    room.departures_are_survived(ana, bia)  # what a server makes once, at its first departures, is no leak
    before = sockets_held(room)

    room.come_and_go(DEPARTURES)
    room.everyone_hears(ana, ana.says())

    no_socket_is_left(room, before)


@clause("DROP-10", needs="DROP-1 DROP-2", process=True, long=True)
def test_no_processor_time_is_burnt(room):
    """No processor time is burnt after a client has closed, reset or half-closed its connection.

    An empty read comes at once, again and again: leave the loop at the first one.
    """
    _, bia, caio, davi = room.gather("ana", "bia", "caio", "davi")
    before = room.busy_share(BEFORE_S)

    bia.goes()
    caio.goes(reset=True)
    davi.goes(half=True)

    room.stays_calm(before)


@clause("DROP-11", level="should:idle may", watch=True, process=True)
def test_who_vanished_is_found(room):
    """A client that vanishes without a packet is found: by the idle rule, or by keep-alive on the server's socket.

    Nobody tells the server of a pulled cable: set SO_KEEPALIVE, or let go who has been silent for too long.
    """
    ana, caio = room.gather("ana", "caio")

    caio.stops_reading()

    finds_who_vanished(room, caio, ana)


@clause("DROP-12", level="should", needs="CAST-1:broadcast ECHO-1:echo DROP-1 DROP-2", process=True)
def test_threads_do_not_pile_up(room):
    """The server's threads do not grow from twenty departures to forty.

    Let a client's thread end with its client: leave its loop, and wait for nothing that will not come.
    """
    room.departures_are_survived(*room.gather("ana", "bia"))

    after_twenty = threads_after(room, DEPARTURES)
    after_forty = threads_after(room, DEPARTURES)

    threads_do_not_grow(room, after_twenty, after_forty)
