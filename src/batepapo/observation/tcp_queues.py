"""What the sockets of the server's network say: is anything unread, or still on the way?

Pure: a list of sockets in, one `TcpQueues` out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from batepapo.isolation import sockdiag
from batepapo.isolation.sockdiag import Socket

_End = tuple[str, int]
_CLOSING = frozenset({sockdiag.FIN_WAIT1, sockdiag.CLOSING, sockdiag.LAST_ACK})
_CARRYING = _CLOSING | {sockdiag.ESTABLISHED, sockdiag.CLOSE_WAIT}


@dataclass(frozen=True)
class TcpQueues:
    """All connections of the server at one moment.

    Attributes:
        unrest: Why more may be coming; empty if nothing is on its way.
        waiting: Whether that is only input that the server has not read or accepted.
        progress: Changes with every byte the server sends or gets, and with every connection.
        ends: The server's ends of its connections.
        listening: The inodes of its listening sockets.
    """

    unrest: str
    waiting: bool
    progress: tuple[object, ...]
    ends: tuple[Socket, ...]
    listening: frozenset[int]


def queues_of(sockets: Iterable[Socket], ports: Collection[int], ignored: Collection[int] = ()) -> TcpQueues:
    """Return what goes on between the server that listens, or once listened, on these ports and its clients.

    Args:
        sockets: All sockets of the network; those of strangers do not matter.
        ports: The ports of the server.
        ignored: Ports of clients that do not take what they are sent: what is under way to them stays there.
    """
    listening: set[int] = set()
    backlog = False
    ends: dict[tuple[_End, _End], Socket] = {}
    for sock in sockets:
        if sock.state == sockdiag.LISTEN and sock.local[1] in ports:
            listening.add(sock.inode)
            backlog = backlog or sock.unread > 0
        elif sock.state not in (sockdiag.LISTEN, sockdiag.TIME_WAIT) and _ours(sock, ports):
            ends[sock.local, sock.remote] = sock

    moving, unread = "", False
    progress, servers_ends = [], []
    for (local, remote), sock in ends.items():
        if local[1] not in ignored and remote[1] not in ignored:
            moving = moving or _on_the_way(sock, ends.get((remote, local)), by_server=local[1] in ports)
        if local[1] in ports:
            unread = unread or sock.unread > 0
            servers_ends.append(sock)
            progress.append((local, remote, sock.state, _sent(sock), sock.info.bytes_received if sock.info else 0))
    standing = "a connection is not accepted yet" if backlog else "input is unread" if unread else ""
    return TcpQueues(
        unrest=moving or standing,
        waiting=bool(standing) and not moving,
        progress=tuple(sorted(progress)),
        ends=tuple(servers_ends),
        listening=frozenset(listening),
    )


def taken(sockets: Iterable[Socket], local: _End, remote: _End) -> bool:
    """Return whether the server has read all that one client, from `local` to `remote`, has sent.

    True as well when the server's end exists no more: it will read nothing.
    """
    ends = {(s.local, s.remote): s for s in sockets if s.state != sockdiag.LISTEN}
    client, server = ends.get((local, remote)), ends.get((remote, local))
    if server is None:
        return client is None or client.state != sockdiag.ESTABLISHED
    return server.unread == 0 and (client is None or not _bytes_on_the_way(client, server))


def _ours(sock: Socket, ports: Collection[int]) -> bool:
    return sock.local[1] in ports or sock.remote[1] in ports


def _sent(sock: Socket) -> int:
    """Bytes that its program has written. `bytes_sent` counts retransmissions, and they happen on a loaded loopback."""
    return sock.info.bytes_sent - sock.info.bytes_retrans + sock.info.notsent if sock.info else 0


def _bytes_on_the_way(sock: Socket, peer: Socket) -> bool:
    """Whether bytes have left one program and not reached the other end; a delayed acknowledgement does not matter.

    Nagle's algorithm shows here, too: it keeps bytes in the server's queue while every thread is asleep.
    """
    if sock.info is None or peer.info is None:
        return False
    return _sent(sock) > peer.info.bytes_received


def _on_the_way(sock: Socket, peer: Socket | None, *, by_server: bool) -> str:
    if sock.state in (sockdiag.SYN_SENT, sockdiag.SYN_RECV):
        return "a connection is being made"
    if peer is None and by_server and sock.state == sockdiag.ESTABLISHED:
        return "a reset is on its way"  # both ends live in this network, so the client's is gone
    if sock.unsent and sock.state in _CLOSING:
        return "an end of stream is on its way"
    if peer is not None and peer.info is not None:
        return "bytes are on their way" if _bytes_on_the_way(sock, peer) else ""
    return "bytes are not acknowledged" if sock.unsent and sock.state in _CARRYING else ""
