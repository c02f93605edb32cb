"""Lists of sockets, and whether anything is still under way."""

from __future__ import annotations

import socket

import pytest

from batepapo.isolation import sockdiag
from batepapo.isolation.sockdiag import Socket, TcpInfo
from batepapo.observation.tcp_queues import queues_of, taken

SERVER, ANA = ("127.0.0.1", 5555), ("127.0.0.1", 40000)


def info(*, sent: int = 0, received: int = 0, again: int = 0, notsent: int = 0) -> TcpInfo:
    return TcpInfo(bytes_received=received, notsent=notsent, bytes_sent=sent, bytes_retrans=again)


def end(
    local: tuple[str, int],
    remote: tuple[str, int],
    facts: TcpInfo | None = None,
    *,
    state: int = sockdiag.ESTABLISHED,
    unread: int = 0,
    unsent: int = 0,
) -> Socket:
    return Socket(socket.AF_INET, state, local, remote, unread, unsent, local[1], facts or info(), None)


LISTENER = end(SERVER, ("0.0.0.0", 0), state=sockdiag.LISTEN)


def unrest(*sockets: Socket, ignored: tuple[int, ...] = ()) -> str:
    return queues_of((LISTENER, *sockets), {5555}, ignored).unrest


def test_an_idle_connection_is_at_rest() -> None:
    sockets = end(ANA, SERVER, info(sent=5, received=9)), end(SERVER, ANA, info(sent=9, received=5))

    assert unrest(*sockets) == ""


@pytest.mark.parametrize(
    ("sockets", "why"),
    [
        ((end(ANA, SERVER, info(sent=5)), end(SERVER, ANA, info(received=5), unread=5)), "input is unread"),
        ((end(ANA, SERVER, info(sent=5)), end(SERVER, ANA)), "bytes are on their way"),
        ((end(ANA, SERVER), end(SERVER, ANA, info(notsent=3), unsent=3)), "bytes are on their way"),
        ((end(SERVER, ANA),), "a reset is on its way"),
        ((end(SERVER, ANA, state=sockdiag.LAST_ACK, unsent=1),), "an end of stream is on its way"),
        ((end(ANA, SERVER, state=sockdiag.SYN_SENT),), "a connection is being made"),
        ((end(SERVER, ANA, state=sockdiag.CLOSE_WAIT, unsent=4),), "bytes are not acknowledged"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_under_way_is_named(sockets: tuple[Socket, ...], why: str) -> None:
    assert unrest(*sockets) == why


def test_a_connection_that_is_not_accepted_yet_is_unrest() -> None:
    listener = end(SERVER, ("0.0.0.0", 0), state=sockdiag.LISTEN, unread=1)

    assert queues_of((listener,), {5555}).unrest == "a connection is not accepted yet"


def test_bytes_sent_twice_are_counted_once() -> None:
    sockets = end(ANA, SERVER, info(sent=10, again=5)), end(SERVER, ANA, info(received=5))

    assert unrest(*sockets) == ""


def test_what_our_own_client_has_not_read_does_not_matter() -> None:
    sockets = end(ANA, SERVER, info(received=9), unread=9), end(SERVER, ANA, info(sent=9))

    assert unrest(*sockets) == ""


def test_what_is_stuck_before_a_client_that_is_ignored_does_not_matter() -> None:
    sockets = end(ANA, SERVER), end(SERVER, ANA, info(sent=9, notsent=100), unsent=109)

    assert unrest(*sockets) == "bytes are on their way"
    assert unrest(*sockets, ignored=(40000,)) == ""


def test_connections_of_strangers_on_a_shared_loopback_do_not_matter() -> None:
    stranger = end(("127.0.0.1", 6000), ("127.0.0.1", 41000), unread=99)

    assert unrest(stranger) == ""


def test_a_closed_listener_leaves_its_connections_the_servers() -> None:
    sockets = end(ANA, SERVER, info(sent=5)), end(SERVER, ANA, info(received=5), unread=5)

    assert queues_of(sockets, {5555}).waiting


def test_a_line_is_taken_when_the_servers_end_is_empty() -> None:
    said, read = end(ANA, SERVER, info(sent=5)), end(SERVER, ANA, info(received=5))

    assert taken([said, read], ANA, SERVER)
    assert not taken([said, read._replace(unread=5)], ANA, SERVER)
    assert not taken([said, end(SERVER, ANA)], ANA, SERVER)


def test_an_end_that_is_gone_takes_nothing_more() -> None:
    assert taken([], ANA, SERVER)
    assert taken([end(ANA, SERVER, state=sockdiag.CLOSE_WAIT)], ANA, SERVER)
