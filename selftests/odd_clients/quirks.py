"""A client of the dialect sair with one quirk that public clients have; its name is the argument."""

import os
import signal
import socket
import sys
import threading

quirk = sys.argv[1]
if quirk == "readline":
    import readline  # noqa: F401 (input() draws what is typed by itself from now on)
PROMPT = {"another language": "Введите имя: "}.get(quirk, "Nome: ")


def receive(sock):
    while data := sock.recv(4096):
        print(data.decode(), end="", flush=True)
    print("fim", flush=True)
    os._exit(0)


try:
    sock = socket.create_connection(("127.0.0.1", 5555))
except OSError:
    print("sem servidor", flush=True)
    if quirk == "crashes":
        os.kill(os.getpid(), signal.SIGSEGV)
    if quirk == "waits":
        input()
    sys.exit(1)
sock.sendall(input(PROMPT).encode())
threading.Thread(target=receive, args=(sock,), daemon=True).start()
while (text := input("> ")) != "sair":
    if quirk == "dies":
        os._exit(0)
    sock.sendall(text.encode())
    if quirk == "readline":
        print("eu:", text, flush=True)
os._exit(0)
