"""CONSOLE: the server's own terminal, and the operator who sits at it."""

from batepapo import clause

from .steps.console import operator_says, operator_stops_the_server, shows, without_a_keyboard


@clause(
    "CONSOLE-1",
    applies="terminal",
    level="should:shows-traffic may",
    needs="CAST-1:broadcast ECHO-1:echo",
    process=True,
)
def test_traffic_shows_at_the_terminal(room):
    """What clients say is shown at the server's terminal.

    Print each message as it comes, and end it with a newline, or the terminal keeps it back.
    """
    ana, _ = room.gather_talking("ana", "bia")

    text = ana.says()

    shows(room, text)


@clause("CONSOLE-2", applies="operator", level="must:signed should", process=True)
def test_what_the_operator_types_reaches_everybody(room):
    """A line typed at the server's terminal reaches every client.

    Read the keyboard in one thread and accept clients in another: neither may wait for the other.
    """
    ana, bia = room.gather("ana", "bia")

    text = operator_says(room)

    ana.hears_in_the_end(text)
    bia.hears_in_the_end(text)


@clause("CONSOLE-3", applies="operator-stop", process=True)
def test_the_operators_word_stops_the_server(room):
    """The operator's exit word stops the server, and every client sees the end.

    End the whole program, not just the thread that reads the keyboard: other threads may still wait in accept or recv.
    """
    ana, bia = room.gather("ana", "bia")

    operator_stops_the_server(room)

    room.ends(ana, bia)


@clause("CONSOLE-4", level="should:operator must", needs="CAST-1:broadcast ECHO-1:echo", process=True)
def test_it_serves_without_a_keyboard(room):
    """With its standard input at its end (`< /dev/null`) the server still serves.

    input() raises EOFError at the end of input: a server on a machine without a keyboard goes on without one.
    """
    with room.elsewhere() as other:
        other.converse(*other.gather("ana", "bia"))
    without_a_keyboard(room)

    ana = room.join("ana")
    bia = room.join("bia")

    room.converse(ana, bia)
