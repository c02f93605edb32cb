"""A user: what they say, and how they leave."""


def test_who_goes_by_half_still_hears(relay):
    """Only the sending side is shut, at once."""
    room = relay()
    _, bia = room.gather("ana", "bia")

    bia.goes(half=True)

    assert not bia.is_gone()
    assert not bia.connection.converses


def test_a_text_in_pieces_is_expected_like_any_other(relay):
    """It is taken for said before its first byte is sent."""
    room = relay()
    ana, bia = room.gather("ana", "bia")
    text = ana.is_about_to_say(f"oi {room.word()}")
    for place in range(len(text)):
        ana.sends(text[place : place + 1].encode())
        ana.is_taken()

    bia.hears_once(text)

    assert text in room.evidence.expected_words().texts
