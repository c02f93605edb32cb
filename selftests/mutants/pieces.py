"""Pieces of the reference servers that several mutants replace."""

OTHERS = "[other for other in people if other is not self]"
CONNECTED = "people = []  # who is connected, in the order of arrival"
LOGGED_IN = "people = []  # who is logged in, in the order of arrival"
SCREEN = "screen = queue.Queue(1000)  # what the terminal has yet to show"
