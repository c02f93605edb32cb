"""Has a banner, a menu, and questions for host, port, name and room, before it connects."""

import os
import socket
import sys
import threading

print("=== Bem-vindo ao Chat ===\n1 - Conectar\n2 - Sair")
if input("Escolha uma opção: ") != "1":
    sys.exit(3)
host = input("Digite o IP do servidor [127.0.0.1]: ")
port = int(input("Porta do servidor: "))
name = input("Como quer ser chamado? ")
if input("Sala: ") != f"sala de {name}":
    sys.exit(4)
sock = socket.create_connection((host, port))
sock.sendall(name.encode())


def receive():
    while data := sock.recv(4096):
        print("\r" + data.decode().rstrip("\n") + "\n> ", end="", flush=True)
    os._exit(0)


threading.Thread(target=receive, daemon=True).start()
while (text := input("> ")) != "sair":
    sock.sendall(text.encode())
os._exit(0)
