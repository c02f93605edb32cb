"""Binds a UDP socket and waits for datagrams."""

import socket

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", 3001))
while True:
    sock.recvfrom(65536)
