"""Relays as it should, in one loop that never waits: it takes a whole processor."""

import contextlib
import socket

MOST_QUEUED_BYTES = 32 << 20

listener = socket.create_server(("127.0.0.1", 3001), backlog=100)
listener.setblocking(False)
people = {}  # socket: what it has not taken yet


def run_check(sock):
    """Return what one client said, b"" at its end, or None when it says nothing."""
    try:
        return sock.recv(1 << 20)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def flush(sock, queue):
    """Send what the client takes, and say whether it is still there."""
    try:
        while queue:
            del queue[: sock.send(queue)]
    except BlockingIOError:
        return True
    except OSError:
        return False
    return True


while True:
    with contextlib.suppress(BlockingIOError):
        newcomer = listener.accept()[0]
        newcomer.setblocking(False)
        newcomer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        people[newcomer] = bytearray()
    for sock in list(people):
        said = run_check(sock)
        if said == b"" or (said and said.strip() == b"x"):
            flush(sock, people.pop(sock))
            sock.close()
        elif said and said.strip():
            for other, queue in people.items():
                if other is not sock and len(queue) < MOST_QUEUED_BYTES:
                    queue += said
    for sock, queue in list(people.items()):
        if not flush(sock, queue):
            del people[sock]
            sock.close()
