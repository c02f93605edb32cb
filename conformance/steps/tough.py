"""Odd bytes, odd pieces of messages, and crowds that say nothing."""

from batepapo import Framing, Left, shown

QUEUE_EVERY = 4  # connections; the smallest backlog in use is 5
LOOK_EVERY_S = 0.002


# ---- odd messages ----


def blanks(room, texts):
    """Return these blank messages and, where it can be said, the empty one, as they go on the wire."""
    empty = [] if room.framing is Framing.RAW else [""]
    return [room.framing.encode(text) for text in (*empty, *texts)]


def is_served_or_gone(room, user, *others):
    """Check that somebody is served as before, or is gone and announced as gone: no ghost."""
    room.settle()
    if not user.is_gone():
        text = user.says()
        for other in room.hearers(user):
            _hears_or_sees_gone(room, other, user, text)
    if user.is_gone() and "left" in room.dialect.features:
        for other in others:
            other.is_told(Left(user.name))


def _hears_or_sees_gone(room, other, user, text):
    if not room.until(lambda: other.copies(text) > 0 or user.is_gone()):
        room.fail(
            f"{other} hears {shown(text.encode())} of {user}, or {user}'s connection ends, within {room.limit_s:g} s",
            other.heard_lines(),
        )


def byte_by_byte(room, speaker):
    """Let somebody send one message a byte at a time, each read by the server before the next; return its text."""
    text = speaker.is_about_to_say(f"oi {room.word()}")
    data = room.framing.encode(text)
    for place in range(len(data)):
        speaker.sends(data[place : place + 1])
        speaker.is_taken()
    return text


def two_in_one_segment(room, speaker):
    """Let somebody send two messages at once; return their texts."""
    speaker.is_taken()
    texts = [speaker.is_about_to_say(f"{number} {room.word()}") for number in ("um", "dois")]
    speaker.sends(b"".join(map(room.framing.encode, texts)))
    return texts


def hears_two(room, hearer, speaker, texts):
    """Check that two messages come: both texts, and both with the sender's name if the first has it."""
    for text in texts:
        hearer.hears(text)
    first, second = (hearer.heard_from(speaker, text) for text in texts)
    room.expect(second or not first, f"{hearer} hears {texts[1]!r} as a message of its own", hearer.heard_lines())


# ---- crowds ----


def connect_and_close(room, times):
    """Let clients connect and close at once, by FIN; each is let in before the next few."""
    for number in range(times):
        guest = room.arrives(f"mudo{number}")
        guest.goes()
        _everyone_is_let_in(room, number)
        room.is_seen_off(guest)
    room.settle()


def silent_crowd(room, size):
    """Let clients connect who never say a word, not even a name."""
    for number in range(size):
        room.arrives(f"mudo{number}")
        _everyone_is_let_in(room, number)
    room.settle()


def _everyone_is_let_in(room, number):
    """After every fourth connection, wait until the server has accepted what waits at its door."""
    if number % QUEUE_EVERY:
        return
    port = room.open().address[1]

    def empty():
        doors = room.sockets(listening_only=True)
        return all(door.unread == 0 for door in doors if door.local[1] == port)

    if not room.until(empty, look_every_s=LOOK_EVERY_S):
        room.fail(f"the server accepts connection {number + 1} within {room.limit_s:g} s", ["it waits at the door"])
