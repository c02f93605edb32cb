"""Dies at the first message."""

import os
import socket
import threading


def read(sock):
    if sock.recv(65536):
        print("cannot cope with this", flush=True)
        os._exit(7)
    sock.close()


listener = socket.create_server(("127.0.0.1", 3001), backlog=100)
while True:
    threading.Thread(target=read, args=(listener.accept()[0],), daemon=True).start()
