"""Where a program runs: a network of its own, a fresh view of its folder, a terminal.

Empty on purpose: the launcher imports this package and must stay small (see launcher.py).
"""
