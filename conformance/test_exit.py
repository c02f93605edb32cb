"""EXIT: the words that end a connection."""

from batepapo import clause

from .steps.exit import is_let_go_as_the_case_says, one_for_each_word, one_leaves_by_the_word, texts_around_words


@clause("EXIT-1", applies="exit")
def test_the_word_ends_the_connection(room):
    """An exit word ends its sender's connection.

    When the message is the exit word, close that client's socket.
    """
    leavers = one_for_each_word(room)

    for word, leaver in leavers.items():
        leaver.leaves(word)

        leaver.is_let_go()


@clause("EXIT-2", applies="exit")
def test_the_word_is_not_relayed(room):
    """The exit word itself is not relayed to anybody else as a message.

    Look whether the message is the exit word before you send it to the others.
    """
    (ana,) = room.gather("ana")
    leavers = one_for_each_word(room)

    for word, leaver in leavers.items():
        leaver.leaves(word)
        room.settle()

        room.expect(
            not ana.was_given_the_word(word, leaver), f"{ana} is not given {word!r} as a message", ana.heard_lines()
        )


@clause("EXIT-3", applies="exit", needs="CAST-1:broadcast ECHO-1:echo")
def test_everyone_else_stays(room):
    """Everyone else stays connected and served when somebody leaves by an exit word.

    Close the socket of the one who said it, and leave the others and the accepting loop alone.
    """
    ana, bia = room.gather("ana", "bia")
    leavers = one_for_each_word(room)
    with room.arranging():
        room.converse(ana, bia)

    for word, leaver in leavers.items():
        leaver.leaves(word)
        room.settle()

        room.converse(ana, bia)

    room.converse(ana, room.join("zoe"))


@clause("EXIT-4", applies="exit", needs="CAST-1:broadcast ECHO-1:echo")
def test_a_message_that_holds_the_word_is_a_message(room):
    """A message in which an exit word is only a part is an ordinary message.

    Compare the whole message with the word; do not look for the word inside it.
    """
    ana, _ = room.gather_talking("ana", "bia")

    for text in texts_around_words(room):
        room.everyone_hears(ana, ana.says(text))

    ana.is_still_connected()


@clause("EXIT-5", applies="exit exit-case", needs="EXIT-1")
def test_letter_case_is_as_the_dialect_says(room):
    """The letter case of an exit word matters, or does not, as the dialect says.

    Compare with the word exactly as it is written, or fold both first, as your dialect says.
    """
    ana, davi = room.gather("ana", "davi")
    with room.elsewhere() as other:
        one_leaves_by_the_word(other)

    is_let_go_as_the_case_says(room, davi)
    ana.is_still_connected()


@clause("EXIT-6", applies="exit", needs="EXIT-1")
def test_the_word_works_first_and_last(room):
    """The exit word works as the first message, and as the last after many.

    Look for it in every message, the first one after the name included.
    """
    with room.elsewhere() as other:
        one_leaves_by_the_word(other)

    first, last = room.join("ana"), room.join("bia")
    for number in range(20):
        last.says(f"n{number}")
    first.leaves()
    last.leaves()

    first.is_let_go()
    last.is_let_go()
