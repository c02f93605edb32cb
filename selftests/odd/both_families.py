"""Relays as it should, on `::`, for both families of addresses."""

import contextlib
import functools
import socket
import sys

from like_x import x

sys.argv += ["--host", "::"]
x.socket.create_server = functools.partial(socket.create_server, family=socket.AF_INET6, dualstack_ipv6=True)
with contextlib.suppress(KeyboardInterrupt):
    x.main()
