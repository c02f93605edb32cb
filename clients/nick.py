"""Chat in the dialect nick: type a line, see the lines of the others; Ctrl-D or Ctrl-C ends it.

Teaches: one thread shows what comes while the main thread waits for the keyboard.
Bad at: sparing you your own lines, which the server sends to you, too; and a half-typed line is torn by one that comes.
"""

import argparse
import codecs
import contextlib
import os
import re
import select
import socket
import sys
import threading
import time

PATIENCE_SECONDS = 5  # for the server to ask; one that never does gets the name unasked
asked = threading.Event()  # the server wants the name
leaving = threading.Event()  # the person wants to go: the end of the connection is no news


def show(line):
    """Print one line of others; CLIENT-12: their control characters do nothing to this terminal."""
    print(re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "?", line.rstrip("\r")), flush=True)


def receive(sock):
    """Show what comes until the connection ends, then end the program."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")  # keeps a character that two reads cut
    rest = ""
    with contextlib.suppress(OSError):
        while data := sock.recv(65536):
            *lines, rest = (rest + decoder.decode(data)).split("\n")  # CLIENT-10
            if rest and not select.select([sock], [], [], 0.1)[0]:  # no newline, and none follows: it is whole
                lines, rest = [*lines, rest], ""
            for line in lines:
                if line.strip() == "NICK":
                    asked.set()
                else:
                    show(line)
    if rest:
        show(rest)
    if not leaving.is_set():  # CLIENT-7, CLIENT-9
        print("The server has ended the connection.", flush=True)
        os._exit(0)  # the main thread waits for the keyboard, and nothing else ends that


def typed():
    """Yield what the person types, without blank lines, until the end of input."""
    with contextlib.suppress(EOFError, KeyboardInterrupt):  # CLIENT-5, CLIENT-6
        while True:
            text = input()  # no prompt: a line that comes would stand behind it
            if text.strip():
                yield text


def send(sock, text, end):
    """Send one message."""
    sock.sendall((text + end).encode(errors="replace"))
    if not end:
        time.sleep(0.05)  # nothing marks where a raw message ends: give the server the time to read it by itself


def chat(sock, name, end):
    """Give the name when the server asks, and send what the person types, the name in front, until the end of input."""
    lines = typed()
    name = name or next(lines, "").strip()  # CLIENT-1
    if name:
        asked.wait(PATIENCE_SECONDS)
        send(sock, name, end)
    for text in lines:
        send(sock, f"{name}: {text}", end)  # CLIENT-2


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for flag, default in ("--host", "127.0.0.1"), ("--port", 55555), ("--name", ""):
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
    if not options.name:
        print("Your name:", flush=True)  # before the receiver starts: two threads that print would mix their lines
    receiver = threading.Thread(target=receive, args=(sock,), daemon=True)
    receiver.start()
    with contextlib.suppress(OSError):  # the server is gone: the receiver finds it, too, and says so
        chat(sock, options.name, options.line)
        leaving.set()
        sock.shutdown(socket.SHUT_WR)  # what was typed arrives before the end
    receiver.join(0.5)  # the server's last words


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
    os._exit(0)  # not sys.exit(): the receiver may hold sys.stdout, and ending then crashes
