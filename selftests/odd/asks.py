"""Asks for its port before it listens."""

import socket

port = int(input("Porta: "))
listener = socket.create_server(("127.0.0.1", port))
while True:
    listener.accept()
