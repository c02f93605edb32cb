"""The verbs of a room that checks of several areas share, each file named after what it is about."""
