"""A thread per client in a plain `recv` with SO_RCVTIMEO: it sends what others said when the 50 ms are over."""

import queue
import socket
import struct
import threading

outboxes: "dict[socket.socket, queue.Queue[bytes]]" = {}


def serve(client):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, 50_000))
    outboxes[client] = queue.Queue()
    while True:
        try:
            line = client.recv(4096)
            if not line:
                break
            for other, outbox in outboxes.items():
                if other is not client and line != b"noop\n":
                    outbox.put(line)
        except BlockingIOError:
            while not outboxes[client].empty():
                client.sendall(outboxes[client].get())
    del outboxes[client]


listener = socket.create_server(("127.0.0.1", 5555))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
