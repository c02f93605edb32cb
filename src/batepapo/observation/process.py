"""What only the memory and the descriptors of a process tell about the waits of its threads."""

from __future__ import annotations

import ctypes
import functools
import os
import struct

from batepapo.isolation.process_tree import descriptors, socket_inode
from batepapo.observation.blocked_calls import FOREVER

_SOL_SOCKET, _SO_RCVTIMEO, _SO_SNDTIMEO = 1, 20, 21
_PIDFD_GETFD = 438  # the same number on every processor


class ObservedProcess:
    """One process of the server. Its memory stays open, which is what makes decoding cheap."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._memory = -1
        self._pidfd = -1

    def memory(self, address: int, size: int) -> bytes:
        """Return bytes of its memory.

        Raises:
            OSError: They cannot be read; PermissionError if none ever can.
        """
        if self._memory < 0:
            self._open_memory()
        found = os.pread(self._memory, size, address)
        if not found:  # the descriptor belongs to the program that this process was before an exec
            self._open_memory()
            found = os.pread(self._memory, size, address)
        return found

    def _open_memory(self) -> None:
        if self._memory >= 0:
            os.close(self._memory)
            self._memory = -1
        self._memory = os.open(f"/proc/{self.pid}/mem", os.O_RDONLY | os.O_CLOEXEC)

    def inode(self, fd: int) -> int | None:
        """Return the inode of the socket behind a descriptor; None if it is none."""
        try:
            return socket_inode(os.readlink(f"/proc/{self.pid}/fd/{fd}"))
        except OSError:
            return None

    def inodes(self) -> set[int]:
        """Return the inodes of all its sockets.

        Raises:
            OSError: They cannot be listed.
        """
        return {inode for _, target in descriptors(self.pid) if (inode := socket_inode(target)) is not None}

    def socket_timeout_s(self, fd: int, *, sending: bool) -> float:
        """Return SO_RCVTIMEO or SO_SNDTIMEO: a plain recv may end by a timer that its arguments do not show.

        FOREVER where the kernel does not let us ask, as if there were none: the option is rare.
        """
        if self.inode(fd) is None:
            return FOREVER
        try:
            if self._pidfd < 0:
                self._pidfd = os.pidfd_open(self.pid)
            ours = _libc().syscall(_PIDFD_GETFD, self._pidfd, fd, 0)
        except (OSError, AttributeError):  # AttributeError: not Linux
            return FOREVER
        if ours < 0:
            return FOREVER
        try:
            # Not by socket.socket(fileno=...): a default timeout would make the server's own socket non-blocking.
            value, size = ctypes.create_string_buffer(16), ctypes.c_uint(16)
            option = _SO_SNDTIMEO if sending else _SO_RCVTIMEO
            if _libc().getsockopt(ours, _SOL_SOCKET, option, value, ctypes.byref(size)):
                return FOREVER
        finally:
            os.close(ours)
        seconds, microseconds = struct.unpack("qq", value.raw)
        return float(seconds) + float(microseconds) / 1e6 or FOREVER

    def close(self) -> None:
        for fd in (self._memory, self._pidfd):
            if fd >= 0:
                os.close(fd)
        self._memory = self._pidfd = -1


@functools.lru_cache(maxsize=1)
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)
