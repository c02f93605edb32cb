"""The few kernel calls that Python 3.10 does not offer: namespaces, mounts, the loopback device of a network.

pyroute2 offers some of them; the launcher, which makes them, runs without site-packages.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x20000, 0x10000000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000

_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_PR_SET_NAME, _PR_SET_CHILD_SUBREAPER = 15, 36
_RTM_NEWROUTE, _NLMSG_ERROR = 24, 2
_NLM_F_REQUEST, _NLM_F_ACK, _NLM_F_REPLACE, _NLM_F_CREATE = 1, 4, 0x100, 0x400
_RT_TABLE_LOCAL, _RTPROT_BOOT, _RT_SCOPE_HOST, _RTN_LOCAL, _RTA_OIF = 255, 3, 254, 2, 4

# Buckets of the TCP hash table of a private network. The host's (262,144 here) makes each dump of the
# sockets cost 375 microseconds instead of 83 (feasibility.md, section a).
_HASH_BUCKETS = 256

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, call: str) -> None:
    if result != 0:
        errno = ctypes.get_errno()
        raise OSError(errno, f"{call}: {os.strerror(errno)}")


def unshare(flags: int) -> None:
    """Leave the namespaces named by `flags`; EINVAL for a user namespace when there is a second thread."""
    _check(_libc.unshare(ctypes.c_int(flags)), "unshare")


def enter_network(descriptor: int) -> None:
    """Go into the network that somebody else made."""
    _check(_libc.setns(ctypes.c_int(descriptor), ctypes.c_int(CLONE_NEWNET)), "setns")


def map_own_ids(uid: int, gid: int) -> None:
    """Keep the same user and group in a fresh user namespace; both as they were before."""
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def mount(source: str | None, target: str, kind: str | None, flags: int = 0, options: str | None = None) -> None:
    """Call mount(2)."""
    source_, target_, kind_, options_ = (None if t is None else os.fsencode(t) for t in (source, target, kind, options))
    _check(_libc.mount(source_, target_, kind_, ctypes.c_ulong(flags), options_), f"mount {kind or 'bind'} on {target}")


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, daemons included."""
    _check(_libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl")


def name_process(name: str) -> None:
    """Set what `ps` shows, 15 bytes at most."""
    _check(_libc.prctl(_PR_SET_NAME, name.encode(), 0, 0, 0), "prctl")


def small_hash_tables() -> None:
    """Give networks made from now on, out of the present one, a small TCP table of their own (Linux 6.1)."""
    try:
        with open("/proc/sys/net/ipv4/tcp_child_ehash_entries", "w") as file:
            file.write(str(_HASH_BUCKETS))
    except OSError:
        return  # an older kernel: looking is slower, nothing else changes


def loopback_up() -> None:
    """Bring `lo` up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        answer = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, struct.pack("16sH22x", b"lo", 0))
        (flags,) = struct.unpack_from("H", answer, 16)
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", flags | _IFF_UP))


def every_address_is_local() -> None:
    """Add the route `local 0.0.0.0/0 dev lo`: any IPv4 address can be bound and reached, nothing leaves."""
    route = struct.pack(
        "=BBBBBBBBI", socket.AF_INET, 0, 0, 0, _RT_TABLE_LOCAL, _RTPROT_BOOT, _RT_SCOPE_HOST, _RTN_LOCAL, 0
    )
    device = struct.pack("=HHI", 8, _RTA_OIF, socket.if_nametoindex("lo"))
    flags = _NLM_F_REQUEST | _NLM_F_ACK | _NLM_F_CREATE | _NLM_F_REPLACE
    header = struct.pack("=IHHII", 16 + len(route) + len(device), _RTM_NEWROUTE, flags, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.sendto(header + route + device, (0, 0))
        answer = netlink.recv(4096)
    kind, negative = struct.unpack_from("=H", answer, 4)[0], struct.unpack_from("=i", answer, 16)[0]
    if kind == _NLMSG_ERROR and negative:
        raise OSError(-negative, f"rtnetlink: {os.strerror(-negative)}")
