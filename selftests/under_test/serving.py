"""Servers that tests write down, and what is asked of them."""

import socket
import time

import pytest

from batepapo.errors import ProgramDidNotStart

ECHO = """
import socket, sys
server = socket.socket()
server.bind(("", int(sys.argv[1]) if len(sys.argv) > 1 else 5555))
server.listen()
print("waiting")
while True:
    client, _ = server.accept()
    while line := client.recv(100):
        client.sendall(line)
"""


def answers(server, line=b"hello"):
    """Return what the server answers to one line."""
    with server.connect() as client:
        assert not client.getblocking()
        assert client.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        client.settimeout(5)
        client.sendall(line)
        return client.recv(100)


def trouble(serve, *args, **more):
    with pytest.raises(ProgramDidNotStart) as raised:
        serve(*args, **more)
    assert "\n" not in raised.value.what
    assert "\n" not in raised.value.hint
    return raised.value


KEYBOARD = """
import os, socket, sys, threading
server = socket.create_server(("", 5555))
def serve():
    client, _ = server.accept()
    with open("typed.txt", "a+") as file:
        file.seek(0)
        client.sendall(file.read().encode() or b"nothing")
threading.Thread(target=serve, daemon=True).start()
with open("typed.txt", "a") as file:
    for line in sys.stdin:
        print("typed:", line.strip(), file=file, flush=True)
        print("read", line.strip(), flush=True)
    print("the end", file=file, flush=True)
print("at its end", flush=True)
threading.Event().wait()
"""


def printed(server, word, within_s=5.0):
    """Wait until the server has printed a word."""
    end_s = time.monotonic() + within_s
    while word not in server.output:
        assert time.monotonic() < end_s, server.output
        server.read_console()
        time.sleep(0.005)


def ended(server, within_s=5.0):
    """Wait until the server has ended; return its exit status."""
    end_s = time.monotonic() + within_s
    while server.alive():
        assert time.monotonic() < end_s, server.output
        time.sleep(0.005)
    server.read_console()
    return server.exit_status()
