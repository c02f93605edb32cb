"""A thread per client that does its work in four plain sleeps of 40 ms, and only then relays."""

import socket
import threading
import time

clients: list[socket.socket] = []


def serve(client):
    clients.append(client)
    for line in client.makefile("rb"):
        if line == b"noop\n":
            continue
        for _ in range(4):
            time.sleep(0.04)
        for other in clients:
            if other is not client:
                other.sendall(line)
    clients.remove(client)


listener = socket.create_server(("127.0.0.1", 5555))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
