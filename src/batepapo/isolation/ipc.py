"""How pytest, the launcher and the keepers talk: a length, JSON, and descriptors beside it."""

from __future__ import annotations

import array
import json
import socket
import struct
from collections.abc import Sequence
from typing import Any

_LENGTH = struct.Struct("=I")
_MOST_DESCRIPTORS = 4


def send(channel: socket.socket, message: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
    """Send one message; the descriptors travel with its first byte."""
    body = json.dumps(message).encode()
    raw = _LENGTH.pack(len(body)) + body
    beside = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    sent = channel.sendmsg([raw], beside)
    if sent < len(raw):  # sending nothing fails, too, where the other side has read all and closed
        channel.sendall(raw[sent:])


def receive(channel: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Return the next message and the descriptors that came with it.

    Raises:
        EOFError: The other side is gone.
    """
    try:
        raw, beside, _, _ = channel.recvmsg(
            _LENGTH.size, socket.CMSG_SPACE(_MOST_DESCRIPTORS * 4), socket.MSG_CMSG_CLOEXEC
        )
    except ConnectionError as error:
        raise EOFError from error
    descriptors = array.array("i")
    for level, kind, data in beside:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    raw += _exactly(channel, _LENGTH.size - len(raw)) if raw else b""
    if not raw:
        raise EOFError
    (length,) = _LENGTH.unpack(raw)
    message: dict[str, Any] = json.loads(_exactly(channel, length))
    return message, list(descriptors)


def _exactly(channel: socket.socket, count: int) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        try:
            part = channel.recv(count - len(parts))
        except ConnectionError as error:
            raise EOFError from error
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)
