"""Writes without end, as fast as it can, and never listens."""

while True:
    print("0123456789" * 100)
