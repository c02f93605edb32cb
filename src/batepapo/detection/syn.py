"""Which address a client dials: seen in the first packet of its connection, whether it is answered or refused.

A client may have its server's address written in its program, and /proc shows no connection that was refused. Pure:
packets in, addresses out.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass

_TCP = socket.IPPROTO_TCP
_SYN, _ACK = 0x02, 0x10


@dataclass(frozen=True)
class DialledAddress:
    """What one attempt to connect named."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def dialled_address(packet: bytes) -> DialledAddress | None:
    """Return the address that an IP packet asks for a connection to, or None if it asks for none."""
    version = packet[0] >> 4 if packet else 0
    if version == 4 and len(packet) >= 20 and packet[9] == _TCP:
        at, host = (packet[0] & 0xF) * 4, packet[16:20]
    elif version == 6 and len(packet) >= 40 and packet[6] == _TCP:
        at, host = 40, packet[24:40]
    else:
        return None
    segment = packet[at : at + 14]
    if len(segment) < 14 or segment[13] & (_SYN | _ACK) != _SYN:
        return None
    (port,) = struct.unpack_from("!H", segment, 2)
    return DialledAddress(str(ipaddress.ip_address(host)), port)


def dialled_addresses(packets: Iterable[bytes]) -> tuple[DialledAddress, ...]:
    """Return the addresses of all attempts, each once, in their order."""
    return tuple(dict.fromkeys(one for packet in packets if (one := dialled_address(packet)) is not None))
