"""MURAL: notes on the wall."""

from batepapo import clause


@clause("MURAL-1", applies="broadcast", needs="CAST-1")
def test_a_note_reaches_everyone(room):
    """A note, which is a message that begins with `#`, reaches every other member with its `#`.

    Send it on like any other message; if you look for commands in what a client says, `#` is none.
    """
    ana, bia, caio = room.gather_talking("ana", "bia", "caio")

    note = ana.says("# prova na sexta")

    bia.hears_once(note)
    caio.hears_once(note)
