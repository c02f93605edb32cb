"""LISTEN: the server starts from its command line and serves many."""

from batepapo import clause

from .steps.listen import comes_to_listen, crowd, ends_at_ctrl_c, kill_the_server, listens_again


@clause("LISTEN-1", process=True)
def test_the_server_listens_on_tcp(room):
    """From its command line alone the server comes to listen on TCP.

    Call listen() before anything that waits for a person, and do not ask for a port or an address.
    """
    comes_to_listen(room)


@clause("LISTEN-2", needs="CAST-1:broadcast ECHO-1:echo", long=True)
def test_ten_clients_are_served_at_once(room):
    """Ten clients are served at once, and none waits for another's silence.

    Accept each client at once and read it where it holds up nobody else: a thread for each, or one loop over all.
    """
    with room.elsewhere() as other:
        other.converse(*other.gather("ana", "bia", "caio"))

    ten = crowd(room, 10)

    room.converse(*reversed(ten))


@clause("LISTEN-3", needs="CAST-1:broadcast ECHO-1:echo", long=True)
def test_the_server_goes_on_accepting(room):
    """The server goes on accepting after fifty clients have come and gone.

    Close the socket of a client that has gone, and let nothing that goes wrong with one client end the accepting loop.
    """
    ana, _ = room.gather_talking("ana", "bia")

    room.come_and_go(50)

    room.converse(ana, room.join("caio"))


@clause("LISTEN-4", level="should", process=True)
def test_it_listens_again_at_once(room):
    """Killed with three clients connected and started again, the server listens on the same port at once.

    Set SO_REUSEADDR before bind: closed connections hold the port for a minute (TIME_WAIT).
    """
    room.gather("ana", "bia", "caio")

    kill_the_server(room)

    listens_again(room)


@clause("LISTEN-5", level="should", process=True)
def test_ctrl_c_ends_it(room):
    """Ctrl-C at the server's terminal ends it, and every client sees the end.

    Catch KeyboardInterrupt where the main thread waits, and let no other thread keep the process alive (daemon=True).
    """
    ana, bia = room.gather("ana", "bia")

    ends_at_ctrl_c(room, ana, bia)
