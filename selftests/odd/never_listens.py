"""Runs for ever and never listens."""

import time

print("starting...", flush=True)
while True:
    time.sleep(60)
