"""Broadcasts of several at once, of accents, and beside somebody who does not read."""

import time

from batepapo import shown

FLOOD_BYTES = 8 << 20
FLOOD_S = 2.0  # or as much as goes in this time
SLOW_READER_BYTES = 4096  # SO_RCVBUF of the client that does not read
PATIENCE = 3  # limits, where it is measured how long a server takes that nobody holds up
MARGIN = 1.5  # "as fast as without the slow reader", on a machine where nothing takes the same time twice
ACCENTED = "áéíóúâêôãõçàü"  # two bytes each


def each_text_once(room, said):
    """Check that each text stands once with everybody else; whether its sender gets it back is another clause's."""
    for speaker, texts in said.items():
        for user in room.hearers(speaker):
            for text in texts:
                user.hears(text)
    room.settle()
    for speaker, texts in said.items():
        for user in room.hearers(speaker):
            for text in texts:
                user.heard_exactly(text, 1)


def gets_its_copy(room, speaker, text):
    """Check that the sender gets one copy of its text, or none where the dialect acknowledges in other words."""
    room.settle()
    wanted = int(room.dialect.sender == "copy")
    copies = speaker.copies(text)
    expected = f"{speaker} hears its own {text!r} {'once' if wanted else 'never'}"
    room.expect(copies == wanted, expected, [f"{copies} times"])


def accents(room, size):
    """Return a text of `size` bytes in which no byte at an even place begins a letter."""
    head = room.word()
    return head + room.random_text((size - len(head)) // 2, ACCENTED)


def joins_and_never_reads(room, name):
    """Bring in somebody with a small receive buffer who reads nothing from then on."""
    user = room.join(name, receive_buffer=SLOW_READER_BYTES)
    user.stops_reading()
    return user


def floods(room, speaker):
    """Let somebody say 8 MiB, or as much as goes in 2 s, and wait until the server has read it, if it does."""
    message = room.framing.encode(room.random_text(1000))
    speaker.sends(message * (FLOOD_BYTES // len(message)))
    room.until(lambda: speaker.pending_bytes == 0, FLOOD_S, early=False)
    speaker.stops_sending()
    speaker.was_taken()


def hear_each_other_beside(room, slow, *people):
    """Check that people hear each other within the limit, or as fast as where nobody is slow."""
    missing = _speak(room, people)
    if room.until(lambda: not missing(), early=False):
        return
    with room.elsewhere() as other:
        usual_s = _time_after_a_flood(other, [user.name for user in people])
    if not room.until(lambda: not missing(), MARGIN * usual_s, early=False):
        hearer, text = missing()[0]
        room.fail(
            f"beside {slow}, who reads nothing, {hearer} hears {shown(text.encode())} within {room.limit_s:g} s "
            f"(without {slow}: {usual_s:.1f} s)",
            hearer.heard_lines(2),
        )


def _time_after_a_flood(room, names):
    """Return how long people take to hear each other after a flood, in a room where everybody reads."""
    speaker, *people = room.gather("ana", *names)
    floods(room, speaker)
    began_s = time.monotonic()
    missing = _speak(room, people)
    heard = room.until(lambda: not missing(), PATIENCE * room.limit_s, early=False)
    room.expect(heard, f"{people[0]} and {people[-1]} hear each other after the same flood, where everybody reads")
    return time.monotonic() - began_s


def _speak(room, people):
    """Let people speak twice, read or not; return what tells who has not heard which text yet.

    One that came in two pieces, with words of another between them, has come: to be mixed is another fault.
    """
    said = []
    is_read = True
    for speaker in (*people, *people):
        # While they are read: else two messages may come in one segment, which is another fault.
        is_read = is_read and speaker.was_taken()
        said.append((speaker, speaker.sends_text(f"oi {room.word()}{room.word()}")))

    def missing():
        pairs = [(hearer, text) for speaker, text in said for hearer in people if hearer is not speaker]
        return [(hearer, text) for hearer, text in pairs if not any(map(hearer.copies, _halves(text)))]

    return missing


def _halves(text):
    """Return a text in two: wherever it is torn, one of them stays whole."""
    middle = len(text) // 2
    return text[:middle], text[middle:]
