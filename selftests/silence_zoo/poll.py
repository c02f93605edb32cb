"""One thread, `select` with a timeout that it does not need.  usage: poll.py TIMEOUT_S"""

import select
import socket
import sys

listener = socket.create_server(("127.0.0.1", 5555))
clients: list[socket.socket] = []
while True:
    for ready in select.select([listener, *clients], [], [], float(sys.argv[1]))[0]:
        if ready is listener:
            clients.append(listener.accept()[0])
            continue
        line = ready.recv(4096)
        if not line:
            clients.remove(ready)
        for client in clients:
            if client is not ready and line not in (b"", b"noop\n"):
                client.sendall(line)
