"""All TCP sockets of one network, asked from the kernel over netlink (inet_diag); no right is needed.

The netlink socket answers for the network namespace it was made in, from any process or thread that holds it.

pyroute2 does this, too; but the launcher imports this module, without site-packages, and a dump is asked for some
hundred times a second.
"""

from __future__ import annotations

import itertools
import os
import socket
import struct
from typing import NamedTuple

(ESTABLISHED, SYN_SENT, SYN_RECV, FIN_WAIT1, FIN_WAIT2, TIME_WAIT, CLOSE, CLOSE_WAIT, LAST_ACK, LISTEN, CLOSING) = (
    range(1, 12)
)

_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_REQUEST_AND_DUMP = 0x301
_DUMP_INTERRUPTED = 0x10
_ATTRIBUTE_INFO, _ATTRIBUTE_V6ONLY = 2, 11
_WANT_INFO = 1 << (_ATTRIBUTE_INFO - 1)
_ALL_STATES = 0xFFF
_KEEP_ALIVE_TIMER = 2  # `idiag_timer`; a socket with something unacknowledged shows another one
_REQUEST = struct.Struct("=IHHII BBBxI 48s")
_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_QUEUES = struct.Struct("=III4xI")  # expires, unread, unsent, (uid), inode
_PORTS = struct.Struct(">HH")
_MAPPED_IPV4 = b"\0" * 10 + b"\xff" * 2
_TCP_INFO_SIZE = 248  # up to bytes_retrans and a little more; older kernels give less, padded with zeros

# Sequence numbers tell an answer from what an abandoned dump left in the queue.
_sequence = itertools.count(1)


# Named tuples, not dataclasses: some hundred of them are made per millisecond of looking.
class TcpInfo(NamedTuple):
    """The part of the kernel's `struct tcp_info` that tells what is still on the way."""

    bytes_received: int
    notsent: int
    bytes_sent: int
    bytes_retrans: int


class Socket(NamedTuple):
    """One TCP socket; for a listener, `unread` is the length of its accept queue.

    `keep_alive` holds while the keep-alive timer runs, that is on an idle connection with SO_KEEPALIVE.
    """

    family: int
    state: int
    local: tuple[str, int]
    remote: tuple[str, int]
    unread: int
    unsent: int
    inode: int
    info: TcpInfo | None
    v6only: bool | None
    keep_alive: bool = False


def open_diag() -> socket.socket:
    """Return a netlink socket that answers for the network namespace of the calling thread."""
    return socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC, _NETLINK_SOCK_DIAG)


def sockets(diag: socket.socket, *, listening_only: bool = False) -> list[Socket]:
    """Return the TCP sockets of both families.

    Raises:
        OSError: The kernel has no inet_diag, or the netlink socket is closed.
    """
    states = 1 << LISTEN if listening_only else _ALL_STATES
    extension = 0 if listening_only else _WANT_INFO
    found: list[Socket] = []
    for family in (socket.AF_INET, socket.AF_INET6):
        # A table that changed under the dump is read again; after a third time, what we have is good enough.
        for _ in range(3):
            some, whole = _dump(diag, family, states, extension)
            if whole:
                break
        found += some
    return found


def _dump(diag: socket.socket, family: int, states: int, extension: int) -> tuple[list[Socket], bool]:
    sequence = next(_sequence) & 0xFFFFFFFF
    any_address = struct.pack("=HH16s16sIII", 0, 0, b"", b"", 0, 0xFFFFFFFF, 0xFFFFFFFF)
    request = _REQUEST.pack(
        _REQUEST.size,
        _SOCK_DIAG_BY_FAMILY,
        _REQUEST_AND_DUMP,
        sequence,
        0,
        family,
        socket.IPPROTO_TCP,
        extension,
        states,
        any_address,
    )
    diag.sendto(request, (0, 0))
    found: list[Socket] = []
    whole = True
    while True:
        answer = diag.recv(1 << 18)
        offset = 0
        while offset + _HEADER.size <= len(answer):
            length, kind, flags, number, _ = _HEADER.unpack_from(answer, offset)
            if number == sequence:
                whole = whole and not flags & _DUMP_INTERRUPTED
                if kind == _NLMSG_DONE:
                    return found, whole
                if kind == _NLMSG_ERROR:
                    (negative,) = struct.unpack_from("=i", answer, offset + _HEADER.size)
                    if family == socket.AF_INET6 and negative:
                        return found, True  # a kernel without IPv6
                    raise OSError(-negative, f"sock_diag: {os.strerror(-negative)}")
                found.append(_socket(answer, offset, length))
            offset += (max(length, _HEADER.size) + 3) & ~3


def _socket(answer: bytes, offset: int, length: int) -> Socket:
    """Decode one `struct inet_diag_msg` that begins after the header at `offset`."""
    family, state = answer[offset + 16], answer[offset + 17]
    source_port, destination_port = _PORTS.unpack_from(answer, offset + 20)
    size = 4 if family == socket.AF_INET else 16
    source = _address(family, answer[offset + 24 : offset + 24 + size])
    destination = _address(family, answer[offset + 40 : offset + 40 + size])
    _, unread, unsent, inode = _QUEUES.unpack_from(answer, offset + 68)
    info, v6only = None, None
    at = offset + 88
    while at + _ATTRIBUTE.size <= offset + length:
        attribute_length, attribute = _ATTRIBUTE.unpack_from(answer, at)
        if attribute_length < _ATTRIBUTE.size:
            break
        if attribute == _ATTRIBUTE_INFO:
            info = _tcp_info(answer[at + 4 : at + attribute_length])
        elif attribute == _ATTRIBUTE_V6ONLY:
            v6only = bool(answer[at + 4])
        at += (attribute_length + 3) & ~3
    return Socket(
        family,
        state,
        (source, source_port),
        (destination, destination_port),
        unread,
        unsent,
        inode,
        info,
        v6only,
        answer[offset + 18] == _KEEP_ALIVE_TIMER,
    )


def _address(family: int, raw: bytes) -> str:
    """Return the address as text; an IPv4 peer of an IPv6 socket as plain IPv4, so that both ends of a pair agree."""
    if raw.startswith(_MAPPED_IPV4):
        return socket.inet_ntop(socket.AF_INET, raw[len(_MAPPED_IPV4) :])
    return socket.inet_ntop(family, raw)


def _tcp_info(raw: bytes) -> TcpInfo:
    raw = raw.ljust(_TCP_INFO_SIZE, b"\0")
    (bytes_received,) = struct.unpack_from("=Q", raw, 128)
    (notsent,) = struct.unpack_from("=I", raw, 144)
    bytes_sent, bytes_retrans = struct.unpack_from("=QQ", raw, 200)
    return TcpInfo(bytes_received, notsent, bytes_sent, bytes_retrans)
