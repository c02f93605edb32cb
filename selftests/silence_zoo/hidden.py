"""One thread in epoll without a timeout; what it relays is sent 50 ms later by a timer that no system call shows.

usage: hidden.py alarm|timerfd
"""

import ctypes
import os
import select
import signal
import socket
import struct
import sys

listener = socket.create_server(("127.0.0.1", 5555))
epoll = select.epoll()
epoll.register(listener, select.EPOLLIN)
clients: dict[int, socket.socket] = {}
pending: list[tuple[int, bytes]] = []
libc = ctypes.CDLL(None)
timer_fd = -1


def flush(*_):
    while pending:
        speaker, line = pending.pop(0)
        for fd, client in clients.items():
            if fd != speaker:
                client.sendall(line)


def arm():
    if timer_fd >= 0:
        libc.timerfd_settime(timer_fd, 0, struct.pack("qqqq", 0, 0, 0, 50_000_000), None)
    else:
        signal.setitimer(signal.ITIMER_REAL, 0.05)


if sys.argv[1] == "timerfd":
    timer_fd = libc.timerfd_create(1, 0o4000)
    epoll.register(timer_fd, select.EPOLLIN)
else:
    signal.signal(signal.SIGALRM, flush)
while True:
    for fd, _ in epoll.poll():
        if fd == listener.fileno():
            client, _ = listener.accept()
            clients[client.fileno()] = client
            epoll.register(client, select.EPOLLIN)
        elif fd == timer_fd:
            os.read(timer_fd, 8)
            flush()
        else:
            line = clients[fd].recv(4096)
            if not line:
                epoll.unregister(fd)
                clients.pop(fd).close()
            elif line != b"noop\n":
                pending.append((fd, line))
                arm()
