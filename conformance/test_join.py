"""JOIN: the others are told, once, and first."""

from batepapo import Joined, clause


@clause("JOIN-1", applies="joined")
def test_others_are_told_who_joined(room):
    """Everyone already in the room is told who joined.

    Tell the others right after you accept the name, before you wait for the newcomer's next message.
    """
    ana, bia = room.gather("ana", "bia")

    caio = room.join("caio")

    ana.is_told(Joined(caio.name))
    bia.is_told(Joined(caio.name))


@clause("JOIN-2", applies="joined", needs="JOIN-1")
def test_others_are_told_once(room):
    """Everyone already in the room is told of a newcomer exactly once.

    Announce a newcomer in one place only.
    """
    ana, bia = room.gather("ana", "bia")

    caio = room.join("caio")

    ana.is_told_once(Joined(caio.name))
    bia.is_told_once(Joined(caio.name))


@clause("JOIN-3", applies="joined", needs="JOIN-1 CAST-1")
def test_the_notice_comes_before_the_first_message(room):
    """The notice of a newcomer comes before any message of the newcomer.

    Announce the newcomer before you read its next message.
    """
    (ana,) = room.gather("ana")

    caio = room.join("caio", settle=False)
    text = caio.says()

    with room.arranging():
        ana.hears(text)
        ana.is_told(Joined(caio.name))
    before = ana.notices(Joined(caio.name), upto=ana.offset(text))
    room.expect(before.count > 0, f"{ana} is told that {caio} joined before {caio} is heard", ana.heard_lines())


@clause("JOIN-4", applies="newcomer", needs="JOIN-1")
def test_the_newcomer_and_its_own_notice(room):
    """The newcomer gets no notice about itself, or gets it, as the dialect says.

    Whether the newcomer is among those who are told is a matter of the order: announce first or register first.
    """
    (ana,) = room.gather("ana")

    caio = room.join("caio")

    with room.arranging():
        ana.is_told(Joined(caio.name))
    told = caio.was_told_of_itself(beside=ana)
    room.expect(
        told == ("newcomer-told" in room.dialect.features),
        f"{caio} is {'not ' if told else ''}told that {caio} joined",
        caio.heard_lines(),
    )


@clause("JOIN-5", applies="broadcast no-history", needs="CAST-1")
def test_a_newcomer_hears_nothing_old(room):
    """A newcomer gets nothing that was said before it connected.

    Send a message to those who are there when it arrives, and keep none for later.
    """
    ana, bia = room.gather("ana", "bia")
    text = ana.says()
    with room.arranging():
        bia.hears(text)
    room.settle()

    caio = room.join("caio")

    caio.does_not_hear(text)


@clause("JOIN-6", applies="joined no-members", level="may", needs="JOIN-1")
def test_a_newcomer_gets_no_old_notices(room):
    """A newcomer gets no notice about those who are already there.

    Announce a newcomer to those who are there; a list of members or a banner for the newcomer is something else.
    """
    ana = room.join("ana")
    bia = room.join("bia")

    room.settle()

    seen = bia.notices(Joined(ana.name)).template
    room.expect(seen == 0, f"{bia} is not told {Joined(ana.name)}", bia.heard_lines())
