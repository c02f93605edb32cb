"""Writes to every client and to its terminal without end, as fast as it can."""

import contextlib
import socket
import threading

BLOCK = b"na na na na na na na na batman\n" * 2000


def flood(sock):
    with contextlib.suppress(OSError):
        while True:
            sock.sendall(BLOCK)


def scroll():
    while True:
        print("0123456789" * 100)


listener = socket.create_server(("127.0.0.1", 3001), backlog=100)
threading.Thread(target=scroll, daemon=True).start()
while True:
    threading.Thread(target=flood, args=(listener.accept()[0],), daemon=True).start()
