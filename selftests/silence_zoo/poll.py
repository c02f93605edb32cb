"""One thread and `select`; `late SECONDS ...` is relayed so much later.  usage: poll.py TIMEOUT_S|exact

With a number, `select` has that timeout, which it does not need; exact: it has one only while something is due.
"""

import select
import socket
import sys
import time

timeout_s = None if sys.argv[1] == "exact" else float(sys.argv[1])
listener = socket.create_server(("127.0.0.1", 5555))
clients: list[socket.socket] = []
due: list[tuple[float, socket.socket, bytes]] = []


def relay(speaker, line):
    for client in clients:
        if client is not speaker:
            client.sendall(line)


def next_s():
    """How long to wait: for what is due, if nothing else is asked."""
    if timeout_s is not None or not due:
        return timeout_s
    return max(0.0, min(due)[0] - time.monotonic())


while True:
    for ready in select.select([listener, *clients], [], [], next_s())[0]:
        if ready is listener:
            clients.append(listener.accept()[0])
            continue
        line = ready.recv(4096)
        if not line:
            clients.remove(ready)
        elif line.startswith(b"late "):
            due.append((time.monotonic() + float(line.split()[1]), ready, line))
        elif line != b"noop\n":
            relay(ready, line)
    for one in [one for one in due if one[0] <= time.monotonic()]:
        due.remove(one)
        relay(*one[1:])
