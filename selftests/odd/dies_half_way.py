"""Relays as it should, until the eighth message kills it."""

import contextlib
import itertools
import os

from like_x import x

relay = x.relay
messages = itertools.count(1)


def relay_some(text, others):
    """Do what x does, seven times."""
    if next(messages) == 8:
        print("out of memory", flush=True)
        os._exit(3)
    relay(text, others)


x.relay = relay_some
with contextlib.suppress(KeyboardInterrupt):
    x.main()
