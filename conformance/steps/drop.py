"""People who go without a word: one, several at once, half of a message behind them; and what the server keeps."""

from batepapo import Framing, Joined, Left, shown

from .idle import GONE_WITHIN_S

FOUR = ("ana", "bia", "caio", "davi")
THREADS_MORE = 2  # after twenty departures more, not one for each of them
LOOK_EVERY_S = 0.02


def is_let_go_or_still_hears(room, gone, speaker):
    """Check that a half-closed client's connection ends, or that it still hears what is said."""
    if room.until(gone.is_gone):
        return
    if "echo" in room.dialect.features:  # it cannot speak any more, so that nothing is left to serve
        room.fail(f"{gone}'s connection ends within {room.limit_s:g} s", ["it is still open"])
    text = speaker.says()
    if not room.until(lambda: gone.copies(text) > 0 or gone.is_gone()):
        room.fail(
            f"{gone}'s connection ends within {room.limit_s:g} s, or {gone} still hears {text!r}",
            ["the connection is open, and nothing comes"],
        )


def leaves_unread(room, user, speaker):
    """Let a message reach somebody's kernel and stay there: whoever goes now is reset."""
    with room.arranging():
        room.settle()
        user.stops_reading()
        (user if "echo" in room.dialect.features else speaker).says()
        room.settle()


# ---- half a message ----


def half_a_message(room, speaker):
    """Let somebody begin a message and not end it; return what was sent of it.

    Over line that is a line without its newline, over length4 less than the length says, over raw a message whose
    last character is cut.
    """
    begun, rest = f"oi {room.word()}".encode(), b" ..."
    if room.framing is Framing.RAW:
        begun += "ã".encode()[:1]
    if room.framing is Framing.LENGTH4:
        speaker.sends(room.framing.encode(begun + rest).removesuffix(rest))
    else:
        speaker.sends(begun)
    return begun


def hears_apart_from(room, hearer, text, fragment):
    """Check that a text comes whole and, over line, that the half message does not stand on its line."""
    hearer.hears(text)
    if room.framing is not Framing.LINE:
        return
    before = hearer.heard_before_on_its_line(text)
    expected = f"{hearer} hears {shown(text.encode())} on a line of its own"
    room.expect(fragment not in before, expected, [shown(before + text.encode())])


# ---- while others speak, or arrive ----


def fours_with_one_gone(room):
    """Give four people, who of them goes, and whether by RST: the first, a middle and the last, each both ways."""
    for index in (0, 1, 3):
        for reset in (False, True):
            people = room.gather(*FOUR)
            yield people, people[index], reset


def all_speak(room, people, rounds=2):
    """Let all who are still there speak at once, and see that each message reaches each of the others."""
    there = [user for user in people if not user.is_gone()]
    said = room.say_at_once(there, rounds)
    for speaker, texts in said.items():
        for user in there:
            for text in texts if user is not speaker else ():
                user.hears(text)


def all_go(room, people):
    """Let everybody go, so that the next people meet an empty room."""
    for user in people:
        user.is_taken()
        user.goes()
    room.settle()


def all_go_as_one_arrives(room, leavers, name):
    """Let people close their connections at the same moment, while somebody arrives; return who arrived."""
    for user in leavers:
        room.mark_before(Left(user.name))
    name = room.unique(name)
    room.mark_before(Joined(name))
    newcomer = room.arrives(name)
    for number, user in enumerate(leavers):
        user.goes()
        if number == len(leavers) // 2:
            room.logs_in(newcomer)
    newcomer.is_taken()
    room.settle()
    return newcomer


def nobody_is_announced_twice(room, hearers, leavers, newcomer):
    """Check that no notice about these came twice."""
    events = [Left(user.name) for user in leavers if "left" in room.dialect.features]
    if "joined" in room.dialect.features:
        events.append(Joined(newcomer.name))
    for hearer in hearers:
        for event in events:
            times = hearer.notices(event).count
            room.expect(times < 2, f"{hearer} is told {event} once", [f"{times} times", *hearer.heard_lines(20)])


def somebody_comes_and_goes(room, *stay):
    """Let somebody come and close, as set-up, and see that no notice comes twice even so."""
    with room.arranging():
        zoe = room.join("zoe")
        zoe.closes()
        room.settle()
        nobody_is_announced_twice(room, stay, [zoe], zoe)
        room.converse(*stay)


# ---- what is left ----


def sockets_held(room):
    """Settle, and return how many descriptors of sockets the server has."""
    room.settle()
    return room.resource_usage().sockets


def no_socket_is_left(room, before):
    """Check that the server holds no more sockets than before, and none whose client has closed."""

    def held():
        unclosed, now = room.unclosed_sockets(), room.resource_usage().sockets
        found = [f"{unclosed} sockets whose client has closed (CLOSE_WAIT)"] if unclosed else []
        return found + ([f"{now} sockets open, {before} before they came"] if now > before else [])

    closed = room.until(lambda: not held(), look_every_s=LOOK_EVERY_S)
    room.expect(closed, f"the server has closed the sockets of those who went, within {room.limit_s:g} s", held())


def threads_after(room, departures):
    """Let so many people come and go, and return how many threads the server has then."""
    room.come_and_go(departures)
    seen = room.resource_usage()
    room.transcript.note("server", f"has {seen.threads} threads and {seen.resident_bytes / 2**20:.1f} MiB of memory")
    return seen.threads


def threads_do_not_grow(room, after_twenty, after_forty):
    """Check that the server has hardly more threads after forty departures than after twenty."""
    room.expect(
        after_forty <= after_twenty + THREADS_MORE,
        f"the server has at most {THREADS_MORE} threads more after forty departures than after twenty",
        [f"{after_twenty} threads, then {after_forty}"],
    )


def finds_who_vanished(room, gone, talker):
    """Check that a client from which nothing comes any more is found: by keep-alive, or by the idle rule."""
    room.settle()
    end = room.server_end(gone)
    if end is not None and end.keep_alive:
        return
    if room.dialect.idle is None:
        room.fail(f"the server has keep-alive set on its socket of {gone}", ["SO_KEEPALIVE is not set"])
    until_s = room.idle_s + GONE_WITHIN_S
    room.keep_talking(talker, beside=gone, until=until_s, unless=lambda: not room.socket_left(gone))
    room.expect(
        not room.socket_left(gone),
        f"the server closes its socket of {gone} by {until_s:g} s, or has keep-alive set on it",
        ["the socket is still there, without keep-alive"],
    )
