"""How a message becomes bytes on the wire: its own axis, beside the dialect (protocol.md, section 1)."""

from __future__ import annotations

from enum import Enum

from batepapo.errors import UsageError

AUTO = "auto"


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
            return len(message).to_bytes(4, "big") + message
        return message


OFFERED = (Framing.RAW, Framing.LINE)  # what --framing takes; LENGTH4 follows when servers can be heard in it


def framing_option(value: str) -> Framing | None:
    """Return the framing that the value of --framing names, None for "auto".

    Raises:
        UsageError: It names none.
    """
    if value == AUTO:
        return None
    for framing in OFFERED:
        if framing.value == value:
            return framing
    known = ", ".join([AUTO, *(framing.value for framing in OFFERED)])
    raise UsageError(f"--framing {value!r}: must be one of {known}")
