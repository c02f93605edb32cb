"""PAIR: client and server together."""

from batepapo import clause


@clause("PAIR-1", of="pair", applies="client", process=True)
def test_two_clients_talk_through_their_own_server(pair):
    """Two of the submission's clients talk through its own server, both ways.

    Try both programs together, in three terminals: each side must frame and name messages as the other expects.
    """
    with pair.own_programs():
        ana, bia = pair.meet("ana", "bia")

        pair.talk(ana, bia)


@clause("PAIR-2", of="pair", applies="client")
def test_they_talk_with_the_reference_programs(pair):
    """The submission's client talks with the reference server, and the reference client with the submission's server.

    Follow the dialect on the wire: what only your own two programs understand is no dialect of it.
    """
    for _ in pair.combinations():
        ana, bia = pair.meet("ana", "bia")

        pair.talk(ana, bia)
