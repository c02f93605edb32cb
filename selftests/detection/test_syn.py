"""The address in the first packet of a connection."""

import socket
import struct

from batepapo.detection.syn import DialledAddress, dialled_address, dialled_addresses

SYN, SYN_ACK, RST = 0x02, 0x12, 0x14


def packet(host, port, flags=SYN):
    """An IP packet with a TCP header, as a packet socket gives it."""
    tcp = struct.pack("!HHIIBBHHH", 40000, port, 1, 0, 0x50, flags, 512, 0, 0)
    if ":" in host:
        return (
            b"\x60\0\0\0"
            + struct.pack("!HBB", len(tcp), 6, 64)
            + bytes(16)
            + socket.inet_pton(socket.AF_INET6, host)
            + tcp
        )
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, 0, 0, 64, 6, 0, bytes(4), socket.inet_aton(host)) + tcp


def test_a_syn_names_the_address_of_either_family():
    assert dialled_address(packet("192.168.18.13", 7777)) == DialledAddress("192.168.18.13", 7777)
    assert str(dialled_address(packet("::1", 5555))) == "[::1]:5555"


def test_what_is_no_attempt_names_none():
    """Answers, refusals, other protocols, half a packet."""
    assert dialled_address(packet("127.0.0.1", 5555, SYN_ACK)) is None
    assert dialled_address(packet("127.0.0.1", 5555, RST)) is None
    assert dialled_address(packet("127.0.0.1", 5555)[:30]) is None
    assert dialled_address(b"") is None


def test_attempts_are_told_once_each_in_their_order():
    tries = [packet("::1", 1), packet("::1", 1), packet("127.0.0.1", 1, RST), packet("127.0.0.1", 1)]

    assert [str(one) for one in dialled_addresses(tries)] == ["[::1]:1", "127.0.0.1:1"]
