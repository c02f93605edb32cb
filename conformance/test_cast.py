"""CAST: broadcast, to everyone but the sender, once, whole and in order."""

from batepapo import clause

from .steps.cast import (
    accents,
    each_text_once,
    floods,
    gets_its_copy,
    hear_each_other_beside,
    joins_and_never_reads,
)
from .steps.texts import BURST, LONG, ODD_TEXT

VERY_LONG = 64 * 1024


@clause("CAST-1", applies="broadcast")
def test_everyone_else_hears_a_message(room):
    """Every other member gets the message.

    Send what one client said to the sockets of all the others.
    """
    ana, bia, caio = room.gather("ana", "bia", "caio")

    text = ana.says()

    bia.hears(text)
    caio.hears(text)


@clause("CAST-2", applies="quiet-sender", needs="CAST-1")
def test_the_sender_does_not_hear_itself(room):
    """The sender does not get its own message back.

    Leave the sender's socket out when you send a message on.
    """
    ana, bia = room.gather("ana", "bia")

    text = ana.says()

    with room.arranging():
        bia.hears(text)
    ana.does_not_hear(text)


@clause("CAST-3", applies="broadcast", needs="CAST-1")
def test_a_message_arrives_once_and_unharmed(room):
    """Every other member gets exactly one copy, its text unharmed: accents, emoji, quotes, spaces, format characters.

    Decode and encode as UTF-8, put the text into no format string, and send it to each socket once.
    """
    ana, bia, caio = room.gather_talking("ana", "bia", "caio")

    text = ana.says(ODD_TEXT)

    bia.hears_once(text)
    caio.hears_once(text)


@clause("CAST-4", applies="broadcast", needs="CAST-1")
def test_messages_keep_their_order(room):
    """One sender's messages arrive in the order in which they were sent.

    Send each message on before you read the next one of the same client, or put them into one queue.
    """
    ana, bia = room.gather_talking("ana", "bia")

    texts = [ana.says(f"n{number}") for number in range(BURST)]

    for text in texts:
        bia.hears(text)
    room.in_order(bia, texts)


@clause("CAST-5", applies="signed", needs="CAST-1")
def test_the_sender_can_be_told(room):
    """The sender can be told from the message: the name stands before the text.

    Put the name that the client gave in front of the text, as the dialect writes it.
    """
    ana, bia = room.gather("ana", "bia")

    text = ana.says()

    with room.arranging():
        bia.hears(text)
    room.settle()
    room.expect(bia.heard_from(ana, text), f"{bia} hears {text!r} with the name {ana} before it", bia.heard_lines())


@clause("CAST-6", applies="broadcast", needs="CAST-1")
def test_speaking_alone_breaks_nothing(room):
    """A client that is alone on the server may speak, and nothing breaks.

    A list of receivers may be empty.
    """
    with room.elsewhere() as other:
        other.converse(*other.gather("ana", "bia"))
    (ana,) = room.gather("ana")

    ana.says()
    room.settle()

    room.converse(ana, room.join("bia"))


@clause("CAST-7", applies="broadcast", needs="CAST-1", long=True)
def test_speaking_at_once_mixes_nothing(room):
    """When several speak at once, each text reaches everyone else exactly once and in one piece.

    Two threads must not write to one socket at the same time: take a lock, or give each client one writer.
    """
    people = room.gather_talking("ana", "bia", "caio", "davi", "eva")

    said = room.say_at_once(people, 10)

    each_text_once(room, said)


@clause("CAST-8", applies="broadcast", needs="CAST-1")
def test_a_long_message_arrives_whole(room):
    """A message that is longer than one read (4,096 letters) arrives whole and in order.

    TCP delivers bytes, not messages: one read may hold a part. Send on all of it, with sendall.
    """
    ana, bia = room.gather_talking("ana", "bia")

    text = ana.says_exactly(room.letters(LONG))

    bia.hears_whole(text, ana)


@clause("CAST-9", applies="broadcast", level="should", needs="CAST-1")
def test_a_slow_reader_delays_nobody(room):
    """A client that stops reading delays nobody else.

    A send to it waits once the buffers are full: give each client a queue and a thread of its own that writes.
    """
    ana, bia, davi = room.gather_talking("ana", "bia", "davi")

    caio = joins_and_never_reads(room, "caio")
    floods(room, ana)

    hear_each_other_beside(room, caio, bia, davi)


@clause("CAST-10", applies="broadcast", level="should", needs="CAST-1 CAST-8")
def test_a_very_long_message_of_accents_arrives_whole(room):
    """A message of 64 KiB, with accents across every read, arrives whole.

    A read may end in the middle of a character: keep its first bytes for the next, or relay bytes and decode nothing.
    """
    ana, bia = room.gather("ana", "bia")
    with room.arranging():
        bia.hears_whole(ana.says_exactly(room.letters(LONG)), ana)

    text = ana.says_exactly(accents(room, VERY_LONG))

    bia.hears_whole(text, ana)


@clause("CAST-11", applies="broadcast copy", level="may", needs="CAST-1")
def test_the_sender_gets_its_copy(room):
    """Where the dialect gives the sender a copy or an acknowledgement, it gets exactly one.

    Send it once: either with the broadcast or by itself.
    """
    ana, bia = room.gather_talking("ana", "bia")

    text = ana.says()

    with room.arranging():
        bia.hears(text)
    gets_its_copy(room, ana, text)
