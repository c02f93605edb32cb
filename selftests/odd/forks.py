"""Forks without end before it would listen: each child lives a moment, and there are always some."""

import os
import time

while True:
    for _ in range(20):
        if os.fork() == 0:
            time.sleep(0.2)
            os._exit(0)
    for _ in range(20):
        os.wait()
