"""Accepts everybody and reads nothing."""

import socket

listener = socket.create_server(("127.0.0.1", 3001), backlog=100)
people = []
while True:
    people.append(listener.accept()[0])
