"""Ends before it listens, with a traceback."""

raise RuntimeError("no database here")
