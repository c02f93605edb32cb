"""Tries again and again until its server is there, and says so each time."""

import os
import socket
import threading
import time

name = input("Nome: ")
while True:
    try:
        sock = socket.create_connection(("127.0.0.1", 5555))
        break
    except OSError:
        print("servidor fora do ar, tentando de novo", flush=True)
        time.sleep(0.5)
sock.sendall(name.encode())


def receive():
    while data := sock.recv(4096):
        print(data.decode(), end="", flush=True)
    os._exit(0)


threading.Thread(target=receive, daemon=True).start()
while (text := input()) != "sair":
    sock.sendall(text.encode())
os._exit(0)
