"""Leaves daemons behind at its start and ignores every signal that can be ignored; relays as it should."""

import contextlib
import os
import signal
import time

from like_x import x

for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
    signal.signal(number, signal.SIG_IGN)

for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
    os.wait()

with contextlib.suppress(KeyboardInterrupt):
    x.main()
