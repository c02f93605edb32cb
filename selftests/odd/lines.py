"""Takes whole lines only: without a newline it waits for ever. The first line is the name, as in sair."""

import contextlib
import socket
import threading

lock = threading.Lock()
people = {}


def tell(text, but):
    with lock:
        for sock in list(people):
            if sock is not but:
                with contextlib.suppress(OSError):
                    sock.sendall(text.encode() + b"\n")


def serve(sock):
    name = ""
    with contextlib.suppress(OSError), sock.makefile(encoding="utf-8", errors="replace") as lines:
        name = lines.readline().strip()
        if name:
            tell(f"{name} entrou no chat!", sock)
            with lock:
                people[sock] = name
        for line in lines:
            if line.strip() == "sair":
                break
            tell(f"{name}: {line.strip()}", sock)
    with lock:
        people.pop(sock, None)
    if name:
        tell(f"{name} saiu do chat.", sock)
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()


listener = socket.create_server(("127.0.0.1", 5555), backlog=100)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
