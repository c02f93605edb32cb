"""One thread per client; relays each line to the others, but not `noop`; `late SECONDS ...` so much later.

usage: relay.py [direct|queue|tick|timer] [DELAY_S]

direct: the handler sleeps first. queue: a writer thread sends. tick: a thread empties the queue every DELAY_S.
timer: `threading.Timer` sends.
"""

import queue
import socket
import sys
import threading
import time

style = sys.argv[1] if len(sys.argv) > 1 else "direct"
delay_s = float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
clients: list[socket.socket] = []
lock = threading.Lock()
outbox: "queue.Queue[tuple[socket.socket | None, bytes]]" = queue.Queue()


def delay_of(line):
    return float(line.split()[1]) if line.startswith(b"late ") else delay_s


def relay(speaker, line):
    with lock:
        for client in clients:
            if client is not speaker:
                client.sendall(line)


def write():
    while True:
        speaker, line = outbox.get()
        time.sleep(delay_of(line))
        relay(speaker, line)


def tick():
    while True:
        time.sleep(delay_s)
        while not outbox.empty():
            relay(*outbox.get())


def serve(client):
    with lock:
        clients.append(client)
    try:
        for line in client.makefile("rb"):
            if line == b"noop\n":
                continue
            if style == "direct":
                time.sleep(delay_of(line))
                relay(client, line)
            elif style == "timer":
                threading.Timer(delay_of(line), relay, (client, line)).start()
            else:
                outbox.put((client, line))
    except ConnectionError:
        pass
    with lock:
        clients.remove(client)
    client.close()
    relay(None, b"left\n")


if style in ("queue", "tick"):
    threading.Thread(target=write if style == "queue" else tick, daemon=True).start()
listener = socket.create_server(("127.0.0.1", 5555))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
