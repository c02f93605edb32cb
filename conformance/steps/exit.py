"""Exit words: each of a dialect's, in another letter case, and inside messages."""

LEAVERS = ("caio", "davi", "eva")


def one_for_each_word(room):
    """Bring in somebody for each exit word of the dialect."""
    words = room.dialect.exit.words
    return dict(zip(words, room.gather(*LEAVERS[: len(words)]), strict=True))


def one_leaves_by_the_word(room):
    """Let somebody leave by the dialect's exit word, and see that it works."""
    (guest,) = room.gather("zoe")
    guest.leaves()
    guest.is_let_go()


def is_let_go_as_the_case_says(room, leaver):
    """Let somebody say the exit word in the other letter case, and check that it matters as the dialect says."""
    word = room.dialect.exit.words[0].swapcase()
    stays = room.dialect.exit.case == "exact"
    leaver.leaves(word)
    room.settle()
    expected = f"{leaver} says {word!r} and {'stays connected' if stays else 'is let go'}"
    room.expect(leaver.is_gone() != stays, expected, leaver.heard_lines())


def texts_around_words(room):
    """Return texts in which each exit word is only a part."""
    return [text for word in room.dialect.exit.words for text in (f"{word} daqui", f"{word}, gente", f"ta{word}i")]
