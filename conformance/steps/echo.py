"""Echoes to several at once."""


def each_gets_its_own(room, said):
    """Check that each text came back to its sender once, and to nobody else."""
    for speaker, texts in said.items():
        for text in texts:
            speaker.hears(text)
    room.settle()
    for speaker, texts in said.items():
        for user in room.members():
            for text in texts:
                user.heard_exactly(text, int(user is speaker))
