"""Dials whatever address its command line says; asks for the name after connecting."""

import os
import socket
import sys
import threading

sock = socket.create_connection((sys.argv[1], int(sys.argv[2])))


def receive():
    while data := sock.recv(4096):
        print(data.decode(), end="", flush=True)
    print("fim", flush=True)
    os._exit(0)


sock.sendall(input("Nome: ").encode())
threading.Thread(target=receive, daemon=True).start()
while (text := input()) != "sair":
    sock.sendall(text.encode())
os._exit(0)
