"""How pytest, the launcher and the keepers talk: messages whole, descriptors beside them, an end that is known."""

import os
import socket
import struct
import threading

import pytest

from batepapo.isolation import ipc


@pytest.fixture
def ends():
    """Both ends of a channel."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_messages_come_whole_and_in_order(ends):
    ours, theirs = ends
    ipc.send(ours, {"do": "start", "argv": ["olá"]})
    ipc.send(ours, {})

    assert ipc.receive(theirs) == ({"do": "start", "argv": ["olá"]}, [])
    assert ipc.receive(theirs) == ({}, [])


def test_descriptors_travel_with_their_message(ends):
    """They are others' copies, and no program that is started inherits them."""
    ours, theirs = ends
    read, write = os.pipe()
    ipc.send(ours, {"first": 1}, [write])
    ipc.send(ours, {"second": 2})

    message, (copy,) = ipc.receive(theirs)

    assert (message, ipc.receive(theirs)) == ({"first": 1}, ({"second": 2}, []))
    assert not os.get_inheritable(copy)
    os.write(copy, b"x")
    assert os.read(read, 1) == b"x"
    for descriptor in (read, write, copy):
        os.close(descriptor)


def test_a_message_longer_than_the_channel_holds_comes_whole(ends):
    """An environment may be large."""
    ours, theirs = ends
    message = {"env": "x" * 4_000_000}
    sender = threading.Thread(target=ipc.send, args=(ours, message))
    sender.start()

    assert ipc.receive(theirs) == (message, [])
    sender.join()


def test_a_message_that_comes_in_pieces_is_put_together(ends):
    ours, theirs = ends
    body = b'{"a": 1}'
    raw = struct.pack("=I", len(body)) + body

    def trickle():
        for place in range(len(raw)):
            ours.send(raw[place : place + 1])

    sender = threading.Thread(target=trickle)
    sender.start()

    assert ipc.receive(theirs) == ({"a": 1}, [])
    sender.join()


@pytest.mark.parametrize("sent", [b"", b"\x08", b"\x08\x00\x00\x00", b'\x08\x00\x00\x00{"a"'])
def test_a_channel_that_ends_before_the_message_does_is_at_its_end(ends, sent):
    """Wherever: the other side was killed."""
    ours, theirs = ends
    ours.sendall(sent)
    ours.close()

    with pytest.raises(EOFError):
        ipc.receive(theirs)
