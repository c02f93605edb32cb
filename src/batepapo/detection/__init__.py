"""Found out once, before the first check: framing, dialect, and what a client dials."""
