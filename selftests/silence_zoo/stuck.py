"""Servers that do not do what they should.  usage: stuck.py deaf|spin|flood

deaf: accepts and never reads. spin: a busy loop on non-blocking sockets. flood: sends without end to whoever connects.
"""

import socket
import sys
import threading
import time

listener = socket.create_server(("127.0.0.1", 5555))
clients = []
if sys.argv[1] == "deaf":
    while True:
        clients.append(listener.accept()[0])
elif sys.argv[1] == "flood":
    while True:
        client = listener.accept()[0]
        clients.append(client)
        threading.Thread(target=client.sendall, args=(bytes(100_000_000),), daemon=True).start()
listener.setblocking(False)
while True:
    try:
        clients.append(listener.accept()[0])
    except BlockingIOError:
        time.sleep(0)
