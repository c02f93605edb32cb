"""The operator at the server's terminal, and what stands there."""

from batepapo import shown


def shows(room, text):
    """Wait until the fresh word of a text stands on the server's terminal."""
    if not room.until(lambda: room.shows_at_its_terminal(text)):
        word = shown(text.split()[-1].encode())
        room.fail(f"the server's terminal shows {word} within {room.limit_s:g} s", room.process().last_lines(8))


def operator_says(room):
    """Type a line with a fresh word in it; return the line."""
    return room.operator_types(f"oi {room.word()}")


def operator_stops_the_server(room):
    """Type the word that stops the server."""
    room.may_end = True
    room.operator_types(room.dialect.console.stop)


def without_a_keyboard(room):
    """Let the server be started with its standard input at its end, as `< /dev/null` does."""
    room.stdin_is_terminal = False
