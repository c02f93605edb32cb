"""What the memory and the descriptors of one process tell: here of our own, and of children."""

import ctypes
import os
import socket
import subprocess
import sys

import pytest

from batepapo.observation.blocked_calls import FOREVER
from batepapo.observation.process import ObservedProcess


@pytest.fixture
def ours():
    """This process, as a server is observed."""
    process = ObservedProcess(os.getpid())
    yield process
    process.close()


def test_memory_is_read_where_it_stands(ours):
    text = ctypes.create_string_buffer(b"somewhere")

    assert ours.memory(ctypes.addressof(text), 9) == b"somewhere"


def test_memory_that_is_not_there_is_an_os_error(ours):
    with pytest.raises(OSError, match="Input/output"):
        ours.memory(8, 8)


def test_the_inode_of_a_socket_is_that_of_its_file(ours, tmp_path):
    """A file has none that counts, nor has a descriptor that is not open."""
    with socket.socket() as sock, (tmp_path / "file").open("w") as file:
        assert ours.inode(sock.fileno()) == os.fstat(sock.fileno()).st_ino
        assert sock.fileno() >= 0
        assert os.fstat(sock.fileno()).st_ino in ours.inodes()
        assert ours.inode(file.fileno()) is None
    assert ours.inode(10_000) is None


def test_the_timeouts_of_a_socket_are_told_apart(ours):
    """One for each direction, in the form of the kernel."""
    with socket.socket() as sock:
        assert ours.socket_timeout_s(sock.fileno(), sending=False) == FOREVER
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, (2).to_bytes(8, sys.byteorder) + bytes(8))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, bytes(8) + (500_000).to_bytes(8, sys.byteorder))

        timeouts = [ours.socket_timeout_s(sock.fileno(), sending=sending) for sending in (False, True)]

    assert timeouts == [2.0, 0.5]


def test_what_is_no_socket_has_no_timeout(ours, tmp_path):
    with (tmp_path / "file").open("w") as file:
        assert ours.socket_timeout_s(file.fileno(), sending=False) == FOREVER


def test_looking_leaves_the_socket_as_it_was(ours):
    """A default timeout of Python's would make the server's own socket non-blocking."""
    with socket.socket() as sock:
        before = os.get_blocking(sock.fileno())
        ours.socket_timeout_s(sock.fileno(), sending=True)

        assert os.get_blocking(sock.fileno()) is before is True


def test_a_process_that_ended_has_no_sockets_to_list():
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    process = ObservedProcess(child.pid)

    assert process.inode(0) is None
    with pytest.raises(OSError, match="No such"):
        process.inodes()


def test_every_descriptor_is_closed(ours):
    before = len(os.listdir("/proc/self/fd"))
    text = ctypes.create_string_buffer(b"x")
    with socket.socket() as sock:
        ours.memory(ctypes.addressof(text), 1)
        ours.socket_timeout_s(sock.fileno(), sending=False)

    ours.close()
    ours.close()

    assert len(os.listdir("/proc/self/fd")) == before
