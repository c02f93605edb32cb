"""ECHO: where the server answers each client with its own text."""

from batepapo import clause

from .steps.echo import each_gets_its_own
from .steps.texts import BURST, LONG, ODD_TEXT


@clause("ECHO-1", applies="echo")
def test_the_sender_gets_its_text_back(room):
    """The sender gets its text back.

    Send to the client what you received from it.
    """
    (ana,) = room.gather("ana")

    text = ana.says()

    ana.hears(text)


@clause("ECHO-2", applies="echo", needs="ECHO-1")
def test_nobody_else_gets_it(room):
    """Nobody else gets what a client said.

    Answer on the socket that the message came from, and on no other.
    """
    ana, bia = room.gather("ana", "bia")

    text = ana.says()

    with room.arranging():
        ana.hears(text)
    bia.does_not_hear(text)


@clause("ECHO-3", applies="echo", needs="ECHO-1 ECHO-2")
def test_two_at_once_get_their_own(room):
    """Two clients at once each get their own text.

    Keep what belongs to a client in variables of its own thread, not in ones that all threads share.
    """
    people = room.gather("ana", "bia")
    with room.arranging():
        for user in people:
            each_gets_its_own(room, {user: [user.says()]})

    said = room.say_at_once(people, 10)

    each_gets_its_own(room, said)


@clause("ECHO-4", applies="echo", needs="ECHO-1")
def test_the_text_comes_back_unharmed(room):
    """The text comes back once and unharmed: accents, emoji, quotes, spaces, format characters.

    Send back the bytes that came, or decode and encode them as UTF-8.
    """
    (ana,) = room.gather_talking("ana")

    text = ana.says(ODD_TEXT)

    ana.hears_once(text)


@clause("ECHO-5", applies="echo", needs="ECHO-1")
def test_texts_come_back_in_order(room):
    """The texts come back in the order in which they were sent.

    Answer one message before you read the next.
    """
    (ana,) = room.gather_talking("ana")

    texts = [ana.says(f"n{number}") for number in range(BURST)]

    for text in texts:
        ana.hears(text)
    room.in_order(ana, texts)


@clause("ECHO-6", applies="echo", needs="ECHO-1")
def test_a_long_text_comes_back_whole(room):
    """A text of 4,096 letters comes back whole.

    One read may hold only a part of it: send back all that comes, with sendall.
    """
    (ana,) = room.gather_talking("ana")

    text = ana.says_exactly(room.letters(LONG))

    ana.hears_whole(text, ana)
