"""A server that answers each client with what it said, and ends whom it does not hear for 30 s (dialect tchau).

Teaches: a deadline in each client's own thread, on the monotonic clock, started anew by messages and by nothing else.
Bad at: thousands of clients (two threads each, and select() cannot watch descriptor numbers from 1,024 on).
"""

import argparse
import codecs
import contextlib
import os
import queue
import select
import socket
import sys
import threading
import time

EXIT_WORDS = {"TCHAU"}
MOST_QUEUED = 16 * 2**20  # bytes for one client; a burst of 8 MiB costs a slow reader nothing yet
lock = threading.RLock()  # guards people and what is put in their outboxes
people = []  # who is connected, in the order of arrival
screen = queue.Queue(1000)  # what the terminal has yet to show


def relay(text, hearers):
    """Queue a text for people and for the terminal, without waiting."""
    data = text.encode(errors="surrogateescape")  # ECHO-4: the same bytes
    with lock:
        if not screen.full():
            screen.put(text.rstrip("\n"))  # CONSOLE-1
        for person in hearers:
            person.queued += len(data)
            person.outbox.put(data)
            if person.queued - person.sent > MOST_QUEUED:  # EXIT-1: it does not read, and is let go
                with contextlib.suppress(OSError):
                    person.sock.shutdown(socket.SHUT_RDWR)  # both its threads wake up and end


class Person:
    """One connection; lines tells whether newlines end its messages, and is None before the first."""

    def __init__(self, sock):
        self.sock, self.lines, self.outbox, self.queued, self.sent = sock, None, queue.SimpleQueue(), 0, 0

    def enter(self):
        """Be counted; only the terminal shows it."""
        with lock:
            people.append(self)
            relay(f"[{len(people)} connected]", [])

    def leave(self):
        """Be forgotten: nothing more is queued."""
        with lock:
            people.remove(self)  # IDLE-6
            relay(f"[{len(people)} connected]", [])
            self.outbox.put(b"")  # the last thing to write

    def read(self, idle_seconds):
        """Yield message by message, until the stream ends or nothing was said for too long."""
        decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")  # TOUGH-1; holds back half a character
        half, deadline = "", time.monotonic() + idle_seconds
        while select.select([self.sock], [], [], max(0, deadline - time.monotonic()))[0]:  # IDLE-3, IDLE-5
            if not (data := self.sock.recv(65536)) or len(half) > MOST_QUEUED // 8:  # DROP-1, DROP-4, TOUGH-3
                return  # DROP-5: half a line and half a character go with it
            self.lines = b"\n" in data if self.lines is None else self.lines  # the first data tells: lines, or reads
            if decoder.getstate()[0] and data[0] & 0xC0 != 0x80:  # what was held back does not go on: no character
                decoder.reset()
            *texts, half = (half + decoder.decode(data)).split("\n") if self.lines else (decoder.decode(data), "")
            for text in texts:
                if self.lines or text:  # over raw, "" is half a character
                    deadline = time.monotonic() + idle_seconds  # IDLE-4
                    yield text.rstrip("\r") + "\n" if self.lines else text
        relay("TIMEOUT\n" if self.lines else "TIMEOUT", [self])  # IDLE-1

    def write(self):
        """Send what comes to the outbox, to the empty piece that is the last."""
        with contextlib.suppress(OSError):  # the reading thread finds the end, too
            for data in iter(self.outbox.get, b""):
                self.sock.sendall(data)  # ECHO-6: all of it
                self.sent += len(data)
            self.sock.shutdown(socket.SHUT_WR)  # EXIT-1, IDLE-2

    def serve(self, idle_seconds):
        """Do all for this client, from the first byte to the last."""
        writer = threading.Thread(target=self.write, daemon=True)
        writer.start()
        self.enter()
        with contextlib.suppress(OSError, ValueError):  # DROP-2; select() refuses high numbers
            for text in self.read(idle_seconds):
                if text.strip() in EXIT_WORDS:  # EXIT-2, EXIT-4, EXIT-6
                    break
                relay(text, [self])  # ECHO-1, ECHO-2, ECHO-3, ECHO-5; TOUGH-2: a blank one, too, for its sender waits
        self.leave()
        writer.join(1)  # EXIT-1: what is queued gets a second; the whole end has two
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)  # wakes a writer whose client does not read
            while self.sock.recv(65536):  # unread input makes a reset of close(), which can overtake the last words
                pass
        writer.join()
        self.sock.close()  # DROP-9


def accept(listener, idle_seconds):
    """Let people in, for ever."""
    while True:
        try:
            sock = listener.accept()[0]
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # DROP-11
            threading.Thread(target=Person(sock).serve, args=(idle_seconds,), daemon=True).start()
        except (OSError, RuntimeError):  # no descriptor or no thread left: later, perhaps
            time.sleep(0.1)


def paint():
    """Show the traffic, in a thread of its own: a terminal that stands still holds up nobody."""
    sys.stdout.reconfigure(errors="replace")
    while True:
        print("".join(c if c.isprintable() else "?" for c in screen.get()[:200]), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for flag, default in ("--host", "0.0.0.0"), ("--port", 8000), ("--idle-seconds", 30.0):
        parser.add_argument(flag, type=type(default), default=default)
    options = parser.parse_args()
    try:
        listener = socket.create_server((options.host, options.port), backlog=100)  # LISTEN-4: reuses the address
    except (OSError, OverflowError) as error:
        sys.exit(f"cannot listen on {options.host}:{options.port}: {error}")
    screen.put("listening on {}:{}".format(*listener.getsockname()))
    threading.Thread(target=paint, daemon=True).start()
    with listener:
        accept(listener, options.idle_seconds)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):  # LISTEN-5
        main()
    os._exit(0)  # not sys.exit(): a thread may hold sys.stdout, and ending then crashes
