"""From a check to its verdict: attempts, side by side, and idle waits together."""
