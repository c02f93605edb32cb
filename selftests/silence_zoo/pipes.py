"""One process per client; the parent relays over pipes, `late SECONDS ...` so much later.

Children that have ended are never collected.
"""

import multiprocessing
import os
import select
import socket
import time

listener = socket.create_server(("127.0.0.1", 5555))


def serve(client, pipe):
    while True:
        ready = select.select([client, pipe], [], [])[0]
        if client in ready:
            line = client.recv(4096)
            if not line:
                os._exit(0)
            if line.startswith(b"late "):
                time.sleep(float(line.split()[1]))
            pipe.send_bytes(line)
        if pipe in ready:
            client.sendall(pipe.recv_bytes())


pipes: list = []
while True:
    for ready in select.select([listener, *pipes], [], [])[0]:
        if ready is listener:
            client, _ = listener.accept()
            ours, theirs = multiprocessing.Pipe()
            if os.fork() == 0:
                for fd in (listener, ours, *pipes):
                    fd.close()
                serve(client, theirs)
            client.close()
            theirs.close()
            pipes.append(ours)
            continue
        try:
            line = ready.recv_bytes()
        except (EOFError, OSError):
            pipes.remove(ready)
            continue
        for pipe in pipes:
            if pipe is not ready and line != b"noop\n":
                pipe.send_bytes(line)
