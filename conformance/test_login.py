"""LOGIN: names, given, odd, and never given."""

from batepapo import Joined, clause

from .steps.login import (
    an_empty_name,
    is_told_of_no_passers_by,
    shows_its_name,
    shows_some_name,
    tries_the_name,
)


@clause("LOGIN-1", applies="login", needs="JOIN-1")
def test_the_name_given_is_the_name_seen(room):
    """The name that a client gives is the name that the others see, and it is not relayed as a message.

    The first thing that a client sends is its name: keep it, announce it, and do not pass it on like a message.
    """
    (ana,) = room.gather("ana")

    bia = room.join("bia")

    room.expect(
        not ana.was_given_the_name_as_message(bia), f"{ana} is not given the name {bia} as a message", ana.heard_lines()
    )
    shows_some_name(room, ana, bia)


@clause("LOGIN-2", applies="login", needs="JOIN-1")
def test_an_unusual_name_survives(room):
    """Accents, spaces and emoji in a name survive.

    Decode what was received as UTF-8 and encode what you send the same way; do not split a name at its spaces.
    """
    (ana,) = room.gather("ana")
    with room.arranging():
        shows_its_name(room, ana, room.join("bia"))

    odd = room.join("Zé da Conceição 🎉")

    shows_its_name(room, ana, odd)


@clause("LOGIN-3", applies="login", needs="CAST-1:broadcast")
def test_who_never_logs_in_holds_nobody_up(room):
    """A client that connects and never logs in holds nobody up.

    Wait for the name where each client is served, not in the loop that accepts.
    """
    ana, bia = room.gather_talking("ana", "bia")

    room.arrives("calado")

    room.converse(ana, bia, room.join("caio"))


@clause("LOGIN-4", applies="login", needs="CAST-1:broadcast")
def test_who_left_before_logging_in_was_never_there(room):
    """A client that leaves before it logged in is not announced, and nothing breaks.

    An empty read before the name is the end of that client, not a name.
    """
    ana, bia = room.gather_talking("ana", "bia")

    is_told_of_no_passers_by(room, ana)

    room.converse(ana, bia)


@clause("LOGIN-5", applies="login", level="should", needs="CAST-1")
def test_a_name_in_use_takes_nothing_from_its_holder(room):
    """A name in use is refused or made distinct: its first holder still hears and is heard.

    Keep clients in a list of connections, not in a dictionary by name, where the second replaces the first.
    """
    ana, bia = room.gather_talking("ana", "bia")

    tries_the_name(room, ana.name)

    room.converse(ana, bia)


@clause("LOGIN-6", applies="login", level="should", needs="CAST-1")
def test_an_empty_name_is_refused_or_replaced(room):
    """An empty name is refused or replaced.

    Strip the name, and ask again, close the connection or choose another name if nothing is left.
    """
    ana, bia = room.gather_talking("ana", "bia")

    name = an_empty_name(room)
    tries_the_name(room, name)

    nameless = ana.was_told_of_nobody(Joined(name))
    room.expect(not nameless, f"{ana} is told of nobody without a name", ana.heard_lines())
    room.converse(ana, bia)
