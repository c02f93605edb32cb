"""Turns on the shared loopback: one start after another, whatever process of this machine it belongs to."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
import time

from batepapo.errors import Undecided
from batepapo.isolation import sockdiag

# The longest thing that holds a turn is one watch of the 30-second rule, both attempts of it, for each other worker.
_WAIT_AT_MOST_S = 600.0
_LOOK_EVERY_S = 0.01

# TIME_WAIT lasts 60 s on Linux.
_TIME_WAIT_AT_MOST_S = 65.0


class LoopbackLock:
    """The right to run a program on the shared loopback, held from now until `give_up`.

    Raises:
        Undecided: Others held it all the time.
    """

    def __init__(self) -> None:
        path = os.path.join(tempfile.gettempdir(), "batepapo-network.lock")
        self.descriptor = _open(path)
        give_up = time.monotonic() + _WAIT_AT_MOST_S
        while True:
            try:
                fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > give_up:
                    self.release()
                    raise Undecided(f"another run held {path} for {_WAIT_AT_MOST_S:.0f} s") from None
                time.sleep(_LOOK_EVERY_S)
            else:
                return

    def release(self) -> None:
        """Give the turn on at once. The keeper holds it, too, until it has ended the program."""
        if self.descriptor != -1:
            os.close(self.descriptor)
            self.descriptor = -1


def _open(path: str) -> int:
    """Open the lock file; it may be another user's, so reading must do (flock needs no more)."""
    try:
        # Readable by all, whatever the umask of whoever comes first.
        descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    except PermissionError:
        # Linux protects files of others in sticky folders from O_CREAT (fs.protected_regular).
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    if os.fstat(descriptor).st_uid == os.getuid():
        os.fchmod(descriptor, 0o644)
    return descriptor


def outwait_closed_connections() -> bool:
    """Wait until the connections that are closed by now keep no port busy any longer; return whether there were any.

    A server without SO_REUSEADDR cannot listen on a port before that.
    """
    with sockdiag.open_diag() as diag:
        closed = _closed(diag)
        give_up = time.monotonic() + _TIME_WAIT_AT_MOST_S
        while closed & _closed(diag) and time.monotonic() < give_up:
            time.sleep(_LOOK_EVERY_S)
    return bool(closed)


def _closed(diag: socket.socket) -> set[tuple[tuple[str, int], tuple[str, int]]]:
    return {(one.local, one.remote) for one in sockdiag.sockets(diag) if one.state == sockdiag.TIME_WAIT}
