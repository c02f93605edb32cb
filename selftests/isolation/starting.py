"""What tests of a started program wait for."""

import os
import socket
import time
from pathlib import Path

import pytest

from selftests.tree import ROOT

SRC = ROOT / "src"

LISTENER = """
import socket
server = socket.socket({family})
server.bind(({host!r}, {port}))
server.listen()
print("listening", flush=True)
while True:
    client, _ = server.accept()
    client.sendall({says!r})
    client.close()
"""


def until(found, within_s=10.0):
    """Return the first true value of `found()`."""
    give_up = time.monotonic() + within_s
    while not (value := found()):
        if time.monotonic() > give_up:
            pytest.fail(f"not within {within_s} s")
        time.sleep(0.002)
    return value


def printed(start, wanted, within_s=10.0):
    """Return the output as soon as it holds what is wanted."""
    seen = bytearray()

    def look():
        try:
            seen.extend(os.read(start.console, 65536))
        except BlockingIOError:
            return False
        return wanted in seen

    until(look, within_s)
    return bytes(seen)


def talk(start, host, port, family=socket.AF_INET):
    until(start.listeners)
    with start.socket(family) as client:
        client.settimeout(5)
        client.connect((host, port))
        return client.recv(100)


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
