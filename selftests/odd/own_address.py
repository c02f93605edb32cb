"""Relays as it should, on the address that the machine's own name has."""

import contextlib
import socket
import sys

from like_x import x

sys.argv += ["--host", socket.gethostbyname(socket.gethostname())]
with contextlib.suppress(KeyboardInterrupt):
    x.main()
