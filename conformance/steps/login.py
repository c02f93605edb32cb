"""Names that are seen, that are taken or empty, and people who never give one."""

from batepapo import Framing, Joined


def shows_its_name(room, hearer, who):
    """Check that the name which `who` gave is what `hearer` sees: in the notice, or before a message."""
    room.settle()
    if hearer.notices(Joined(who.name)).count or _signs(room, hearer, who):
        return
    room.fail(f"{hearer} sees the name {who.name!r}, in the notice or before a message", hearer.heard_lines())


def shows_some_name(room, hearer, who):
    """The same, but where nothing at all shows a name it cannot be decided whose it is."""
    room.settle()
    if not hearer.heard_since(Joined(who.name)) and "signed" not in room.dialect.features:
        with room.arranging():
            shows_its_name(room, hearer, who)
    shows_its_name(room, hearer, who)


def _signs(room, hearer, who):
    text = who.says()
    with room.arranging():
        hearer.hears(text)
    room.settle()
    return hearer.heard_from(who, text)


def is_told_of_no_passers_by(room, hearer):
    """Let people come and go without a name, by FIN and by RST, and check that no notice came meanwhile."""
    room.settle()
    before = hearer.heard_bytes
    for number in range(2):
        guest = room.arrives(f"mudo{number}")
        room.settle()
        guest.closes() if number else guest.resets()
        room.settle()
    room.expect(not hearer.was_told_of_anybody(before), f"{hearer} is told of nobody", hearer.heard_lines())


def tries_the_name(room, name):
    """Let somebody give a name that is taken or empty; they are no member, whatever comes of it."""
    room.mark_before(Joined(name))
    guest = room.arrives("outra")
    room.logs_in(guest, name)
    guest.logged_in = False
    guest.is_taken()
    room.settle()


def an_empty_name(room):
    """Return nothing, or over raw, where nothing cannot be said, a blank."""
    return " " if room.framing is Framing.RAW else ""
