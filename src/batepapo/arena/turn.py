"""Turns on the shared loopback: one start after another, whatever process of this machine it belongs to."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
import time
from collections.abc import Collection

from batepapo.arena import sockdiag
from batepapo.errors import Undecided

# The longest thing that holds a turn is one watch of the 30-second rule, both hearings of it, for each other worker.
_WAIT_AT_MOST_S = 600.0
_LOOK_EVERY_S = 0.01

# TIME_WAIT lasts 60 s on Linux.
_TIME_WAIT_AT_MOST_S = 65.0


class Turn:
    """The right to run a program on the shared loopback, held from now until `end`.

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
                    self.give_up()
                    raise Undecided(f"another run held {path} for {_WAIT_AT_MOST_S:.0f} s") from None
                time.sleep(_LOOK_EVERY_S)
            else:
                return

    def end(self, diag: socket.socket, ports: Collection[int]) -> None:
        """Give the turn on, when no closed connection keeps one of the ports busy any longer."""
        give_up = time.monotonic() + _TIME_WAIT_AT_MOST_S
        while ports and time.monotonic() < give_up and _keep_busy(diag, ports):
            time.sleep(_LOOK_EVERY_S)
        self.give_up()

    def give_up(self) -> None:
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


def _keep_busy(diag: socket.socket, ports: Collection[int]) -> bool:
    return any(one.state == sockdiag.TIME_WAIT and one.local[1] in ports for one in sockdiag.sockets(diag))
