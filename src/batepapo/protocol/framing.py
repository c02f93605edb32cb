"""How a message becomes bytes on the wire: its own axis, beside the dialect (protocol.md, section 1)."""

from __future__ import annotations

from enum import Enum

LENGTH_BYTES = 4


class Framing(Enum):
    """What marks the end of a message; a dialect's is only a hint, the server's own is found."""

    RAW = "raw"  # nothing: a message is what one send carried
    LINE = "line"  # a newline
    LENGTH4 = "length4"  # its length before it: four bytes, big-endian

    def encode(self, message: bytes | str) -> bytes:
        """Return the bytes that carry one message; a string goes as UTF-8, bytes as they are."""
        if isinstance(message, str):
            message = message.encode("utf-8", "surrogateescape")
        if self is Framing.LINE:
            return message + b"\n"
        if self is Framing.LENGTH4:
            return len(message).to_bytes(LENGTH_BYTES, "big") + message
        return message


class Unframer:
    """Takes the marks of a framing off a stream that arrives in any pieces, so that all streams can be read alike.

    Only lengths are taken off: what follows one becomes a line of its own, and comes as soon as its bytes do. A server
    may prefix what it reads and not what it writes; no text begins with NUL, so what does not either is passed on as
    it came. Lengths from 16 MiB on are therefore text; no check says as much.
    """

    def __init__(self, framing: Framing) -> None:
        self._prefixed = framing is Framing.LENGTH4
        self._header = b""
        self._left = 0  # bytes of the message that are still to come

    def feed(self, data: bytes) -> bytes:
        """Return what a piece of the stream adds to what is heard."""
        if not self._prefixed:
            return data
        heard = bytearray()
        while data:
            if self._left:
                heard += data[: self._left]
                self._left, data = max(0, self._left - len(data)), data[self._left :]
                if not self._left and not heard.endswith(b"\n"):
                    heard += b"\n"
            elif not self._header and data[0]:
                bare, _, _ = data.partition(b"\0")
                heard += bare
                data = data[len(bare) :]
            else:
                missing = LENGTH_BYTES - len(self._header)
                self._header, data = self._header + data[:missing], data[missing:]
                if len(self._header) == LENGTH_BYTES:
                    self._left, self._header = int.from_bytes(self._header, "big"), b""
        return bytes(heard)
