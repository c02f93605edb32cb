"""Talk to a server of the dialect tchau: type a line, see the answer; `TCHAU` ends it.

Teaches: ask and answer in turn, in one thread.
Bad at: hearing anything while it waits for the keyboard: a TIMEOUT shows at the next Enter.
"""

import argparse
import contextlib
import re
import select
import socket
import sys

EXIT_WORDS = {"TCHAU"}


def show(text):
    """Print what the server says; its control characters do nothing to this terminal."""
    print(re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "?", text.rstrip("\r\n")), flush=True)


def came(sock, seconds):
    """Is there something to read within so many seconds?"""
    return bool(select.select([sock], [], [], seconds)[0])


def receive(sock, length):
    """Show what the server says, waiting for the first bytes of it, and for the rest while some keeps coming.

    Raises:
        ConnectionError: The connection has ended.
    """
    data = sock.recv(65536)
    while data and len(data) < length and came(sock, 0.2) and (more := sock.recv(65536)):
        data += more
    if not data:
        raise ConnectionError
    show(data.decode(errors="replace"))


def send(sock, text, end):
    """Send one message and return its length in bytes."""
    data = (text + end).encode(errors="replace")
    sock.sendall(data)
    return len(data)


def chat(sock, end):
    """Send what the person types and show each answer, until the exit word."""
    while (text := input()).strip() not in EXIT_WORDS:  # CLIENT-4
        while came(sock, 0):  # not asked for: a greeting, TIMEOUT, the end (CLIENT-7, CLIENT-9)
            receive(sock, 0)
        if text.strip():
            receive(sock, send(sock, text, end))  # CLIENT-2
    with contextlib.suppress(OSError):
        send(sock, text.strip(), end)
        if came(sock, 0.5):
            receive(sock, 0)  # the server's last words


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for flag, default in ("--host", "127.0.0.1"), ("--port", 8000):
        parser.add_argument(flag, type=type(default), default=default)
    parser.add_argument("--line", action="store_const", const="\n", default="", help="end each message with a newline")
    options = parser.parse_args()
    for stream in (sys.stdin, sys.stdout):
        stream.reconfigure(errors="replace")
    try:
        sock = socket.create_connection((options.host, options.port))
    except (OSError, OverflowError) as error:  # CLIENT-8
        sys.exit(f"no server at {options.host}:{options.port}: {error}")
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        chat(sock, options.line)
    except OSError:
        print("The server has ended the connection.")


if __name__ == "__main__":
    with contextlib.suppress(EOFError, KeyboardInterrupt):  # CLIENT-5, CLIENT-6
        main()
