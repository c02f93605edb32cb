"""One raw-socket client, against a peer in the same process."""

import select
import socket
import time

import pytest

from batepapo.testbed.connection import FLOOD_BYTES, KEPT_BYTES, Connection
from batepapo.testbed.transcript import Transcript
from conformance.steps import cast


@pytest.fixture
def pair():
    """A client and the socket that a server would have of it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sock = socket.create_connection(listener.getsockname())
        peer, _ = listener.accept()
    sock.setblocking(False)
    client = Connection("ana", sock, Transcript())
    yield client, peer
    client.close()
    peer.close()


def wait(descriptor):
    """Wait until there is something to read, an end included."""
    assert select.select([descriptor], [], [], 5)[0]


def test_what_comes_is_kept_in_order(pair):
    """Reads are joined: TCP keeps no boundaries."""
    client, peer = pair
    for part in (b"o", b"i ana", b"\n"):
        peer.sendall(part)
        wait(client)
        client.receive()

    assert bytes(client.stream) == b"oi ana\n"
    assert client.alive


def test_an_end_of_stream_and_a_reset_are_told_apart(pair):
    """FIN or RST: a failure says which."""
    client, peer = pair
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    peer.close()
    wait(client)

    assert client.receive()
    assert client.end == "RST"


def test_what_came_before_the_end_counts(pair):
    """A farewell right before the end is heard."""
    client, peer = pair
    peer.sendall(b"TIMEOUT")
    peer.close()
    wait(client)
    while client.alive:
        client.receive()

    assert bytes(client.stream) == b"TIMEOUT"
    assert client.end == "FIN"


def test_closing_sends_an_end_of_stream(pair):
    """As a program does that ends."""
    client, peer = pair
    client.close()

    assert peer.recv(10) == b""
    assert client.end == "closed"


def test_resetting_sends_a_reset(pair):
    """As a program does that is killed."""
    client, peer = pair
    client.reset()

    with pytest.raises(ConnectionResetError):
        peer.recv(10)


def test_a_half_closed_client_still_hears(pair):
    """Only the sending side is shut."""
    client, peer = pair
    client.half_close()
    assert peer.recv(10) == b""
    peer.sendall(b"oi")
    wait(client)
    client.receive()

    assert bytes(client.stream) == b"oi"
    assert client.alive


def test_a_peer_that_does_not_read_does_not_block_us(pair):
    """What the kernel does not take waits, and goes out later."""
    client, peer = pair
    began_s = time.monotonic()
    client.send(b"x" * (32 << 20))

    assert time.monotonic() - began_s < 2
    assert client.pending > 0
    while client.pending:
        peer.recv(1 << 20)
        client.flush()
    assert client.alive


def test_each_byte_has_the_time_when_it_came(pair):
    """IDLE measures with it; the kernel tells it to a tick of its clock."""
    client, peer = pair
    peer.sendall(b"oi")
    wait(client)
    client.receive()
    between_s = time.monotonic()
    peer.sendall(b"TIMEOUT")
    wait(client)
    client.receive()

    assert client.arrived_at_s(0) <= client.arrived_at_s(1) <= between_s <= client.arrived_at_s(2) + 0.01


def test_a_flood_is_kept_up_to_a_bound(pair):
    """The rest is read, so that the peer goes on, and forgotten."""
    client, peer = pair
    peer.setblocking(False)
    sent = 0
    while sent < KEPT_BYTES + (4 << 20):
        try:
            sent += peer.send(b"x" * (1 << 20))
        except BlockingIOError:
            client.receive()

    assert len(client.stream) < KEPT_BYTES + (1 << 20)


def test_the_most_that_a_check_says_is_no_flood():
    """And what one client keeps of a flood shows that it is one."""
    assert cast.FLOOD_BYTES < FLOOD_BYTES < KEPT_BYTES


def test_a_stimulus_lies_between_two_moments(pair):
    """One before it, for what must not come early, and one after it, for what must not come late."""
    client, _ = pair
    before_s = time.monotonic()

    client.send(b"oi")

    assert before_s <= client.stimulus_began_s <= client.last_stimulus_s <= time.monotonic()


def test_what_was_read_late_came_when_it_came(pair):
    """A busy machine must not make an early TIMEOUT look punctual."""
    client, peer = pair
    peer.sendall(b"TIMEOUT")
    sent_s = time.monotonic()
    time.sleep(0.1)

    client.receive()

    assert abs(client.arrived_at_s(0) - sent_s) < 0.05
