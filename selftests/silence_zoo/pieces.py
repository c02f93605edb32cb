"""Writes each line in three pieces: Nagle's algorithm keeps the later ones back while all threads sleep."""

import socket
import threading

clients: list[socket.socket] = []


def serve(client):
    clients.append(client)
    for line in client.makefile("rb"):
        for other in clients:
            if other is not client and line != b"noop\n":
                other.sendall(line[:1])
                other.sendall(line[1:3])
                other.sendall(line[3:])
    clients.remove(client)


listener = socket.create_server(("127.0.0.1", 5555))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
