"""Reads what everybody says and never answers."""

import socket
import threading


def read(sock):
    while sock.recv(65536):
        pass
    sock.close()


listener = socket.create_server(("127.0.0.1", 3001), backlog=100)
while True:
    threading.Thread(target=read, args=(listener.accept()[0],), daemon=True).start()
