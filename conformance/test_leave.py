"""LEAVE: what happens around an exit word."""

from batepapo import Joined, Left, clause


@clause("LEAVE-1", applies="exit left")
def test_others_are_told_who_left(room):
    """After an exit word every remaining member is told who left.

    Announce the departure to the others, whichever way it happened.
    """
    ana, bia, caio = room.gather("ana", "bia", "caio")

    caio.leaves()

    ana.is_told(Left(caio.name))
    bia.is_told(Left(caio.name))


@clause("LEAVE-2", applies="exit left", needs="LEAVE-1")
def test_others_are_told_once(room):
    """Every remaining member is told of a departure exactly once.

    Announce a departure in one place only: where the connection is cleaned up.
    """
    ana, bia, caio = room.gather("ana", "bia", "caio")

    caio.leaves()

    ana.is_told_once(Left(caio.name))
    bia.is_told_once(Left(caio.name))


@clause("LEAVE-3", applies="exit left", needs="LEAVE-1 CAST-1")
def test_the_notice_comes_last(room):
    """The notice of a departure comes after the leaver's last message, and nothing of the leaver follows it.

    Send the leaver's last message on before you announce that it left.
    """
    ana, caio = room.gather("ana", "caio")

    text = caio.says_and_leaves()

    with room.arranging():
        ana.hears(text)
        ana.is_told(Left(caio.name))
    room.settle()
    early = ana.notices(Left(caio.name), upto=ana.offset(text))
    room.expect(early.count == 0, f"{ana} hears {text!r} before the notice that {caio} left", ana.heard_lines())


@clause("LEAVE-4", applies="exit broadcast", needs="CAST-1 EXIT-3")
def test_the_leaver_gets_nothing_further(room):
    """Who left by an exit word gets nothing further of what the others say.

    Take the leaver off the list of receivers before anything else is sent.
    """
    ana, bia, caio = room.gather_talking("ana", "bia", "caio")

    caio.leaves()
    room.settle()
    text = ana.says()

    with room.arranging():
        bia.hears(text)
    caio.does_not_hear(text)


@clause("LEAVE-5", applies="login joined", needs="JOIN-1")
def test_the_same_name_can_come_back(room):
    """The same name can come back, and is announced again.

    Forget the name when its client goes.
    """
    (ana,) = room.gather("ana")
    with room.arranging():
        bia = room.join("bia")
        ana.is_told(Joined(bia.name))

    bia.leaves()
    room.settle()
    bia.closes()
    room.settle()
    again = room.join_as(bia.name)

    ana.is_told(Joined(again.name))
