"""Everything at once (dialect completo): names, notices, exit words, idle clients, and a console that speaks.

Teaches: two threads for each client (one that stops reading delays nobody), and one lock, which orders all events.
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

EXIT_WORDS = {"TCHAU", "sair", "x"}
MOST_QUEUED = 16 * 2**20  # bytes for one client; a burst of 8 MiB costs a slow reader nothing yet
lock = threading.RLock()  # guards people, their names and what is put in their outboxes
people = []  # who is logged in, in the order of arrival
screen = queue.Queue(1000)  # what the terminal has yet to show


def relay(text, hearers):
    """Queue a text for people and for the terminal, without waiting."""
    data = f"{text}\n".encode()  # CAST-3: the text as it was said
    with lock:
        if not screen.full():
            screen.put(text)  # CONSOLE-1
        for person in hearers:  # CAST-6: perhaps nobody
            person.queued += len(data)
            person.outbox.put(data)
            if person.queued - person.sent > MOST_QUEUED:  # CAST-9: it does not read, and is let go
                with contextlib.suppress(OSError):
                    person.sock.shutdown(socket.SHUT_RDWR)  # both its threads wake up and end


class Person:
    """One connection; the name is None before the login."""

    def __init__(self, sock):
        self.sock, self.name, self.outbox, self.queued, self.sent = sock, None, queue.SimpleQueue(), 0, 0

    def enter(self, wanted):
        """Log in under this name, or one like it if that is taken."""
        with lock:  # JOIN-3, JOIN-5: named, announced and registered, and nobody speaks in between
            names = [wanted] + [f"{wanted} ({number})" for number in range(2, len(people) + 2)]
            self.name = next(name for name in names if name not in [other.name for other in people])  # LOGIN-5
            relay(f"{self.name} entrou no chat!", people)  # JOIN-1, JOIN-2
            people.append(self)  # JOIN-4: after the notice; JOIN-6: of those before it, it hears nothing

    def leave(self):
        """Be forgotten: nothing more is queued, and the name is free before anybody hears of it."""
        with lock:  # LEAVE-3, LEAVE-4, LEAVE-5; DROP-6, DROP-8: nobody is in the midst of the list
            if self in people:  # LOGIN-4
                people.remove(self)
                relay(f"{self.name} saiu do chat.", people)  # LEAVE-1, LEAVE-2, DROP-7, IDLE-6
            self.outbox.put(b"")  # the last thing to write

    def read(self, idle_seconds):
        """Yield message by message, until the stream ends or nothing was said for too long."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")  # TOUGH-1; CAST-10: holds back a cut character
        lines, half, deadline = None, "", time.monotonic() + idle_seconds  # TOUGH-7: half a line waits for its rest
        while select.select([self.sock], [], [], max(0, deadline - time.monotonic()))[0]:  # IDLE-3, IDLE-5
            if not (data := self.sock.recv(65536)) or len(half) > MOST_QUEUED // 8:  # DROP-1, DROP-4, TOUGH-3
                return  # DROP-5: half a line and half a character go with it
            lines = b"\n" in data if lines is None else lines  # the first data tells what ends a message: \n or a read
            if decoder.getstate()[0] and data[0] & 0xC0 != 0x80:  # what was held back does not go on: no character
                decoder.reset()
            *texts, half = (half + decoder.decode(data)).split("\n") if lines else (decoder.decode(data), "")
            for text in texts if lines else filter(None, texts):  # TOUGH-8; over raw, "" is half a character
                deadline = time.monotonic() + idle_seconds  # IDLE-4
                yield text.rstrip("\r\n")
        relay("TIMEOUT", [self])  # IDLE-1

    def write(self):
        """Send what comes to the outbox, to the empty piece that is the last."""
        with contextlib.suppress(OSError):  # the reading thread finds the end, too
            for data in iter(self.outbox.get, b""):
                self.sock.sendall(data)  # CAST-8: all of it
                self.sent += len(data)
            self.sock.shutdown(socket.SHUT_WR)  # EXIT-1, IDLE-2

    def serve(self, idle_seconds):
        """Do all for this client, from the first byte to the last."""
        writer = threading.Thread(target=self.write, daemon=True)
        writer.start()
        with contextlib.suppress(OSError, ValueError):  # DROP-2, DROP-3; select() refuses high numbers
            for text in self.read(idle_seconds):
                if text.strip() in EXIT_WORDS:  # EXIT-2, EXIT-4, EXIT-6
                    break
                if self.name is None:
                    self.enter(text.strip() or "visitante")  # LOGIN-1, LOGIN-2, LOGIN-6
                elif text.strip():  # TOUGH-2
                    with lock:  # CAST-1, CAST-2, CAST-4, CAST-7
                        relay(f"{self.name}: {text}", [other for other in people if other is not self])  # CAST-5
        self.leave()  # EXIT-3: it alone
        writer.join(1)  # EXIT-1: what is queued gets a second; the whole end has two
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)  # wakes a writer whose client does not read
            while self.sock.recv(65536):  # unread input makes a reset of close(), which can overtake the last words
                pass
        writer.join()  # DROP-12
        self.sock.close()  # DROP-9


def accept(listener, idle_seconds):
    """Let people in, for ever."""
    while True:  # LISTEN-3
        try:
            sock = listener.accept()[0]
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # DROP-11
            threading.Thread(target=Person(sock).serve, args=(idle_seconds,), daemon=True).start()  # TOUGH-6
        except (OSError, RuntimeError):  # TOUGH-5; no descriptor or no thread left: later, perhaps
            time.sleep(0.1)


def paint():
    """Show the traffic, in a thread of its own: a terminal that stands still holds up nobody."""
    sys.stdout.reconfigure(errors="replace")
    while True:
        print("".join(c if c.isprintable() else "?" for c in screen.get()[:200]), flush=True)  # TOUGH-4


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for flag, default in ("--host", "0.0.0.0"), ("--port", 5050), ("--idle-seconds", 30.0):
        parser.add_argument(flag, type=type(default), default=default)
    options = parser.parse_args()
    try:
        listener = socket.create_server((options.host, options.port), backlog=100)  # LISTEN-4: reuses the address
    except (OSError, OverflowError) as error:
        sys.exit(f"cannot listen on {options.host}:{options.port}: {error}")
    screen.put("listening on {}:{}".format(*listener.getsockname()))
    threading.Thread(target=paint, daemon=True).start()
    threading.Thread(target=accept, args=(listener, options.idle_seconds), daemon=True).start()
    with contextlib.suppress(OSError), open(0, errors="replace") as keyboard:
        for line in filter(str.strip, keyboard):
            if line.strip() == "sair":  # CONSOLE-3
                return
            relay(f"Servidor: {line.rstrip()}", people)  # CONSOLE-2
    threading.Event().wait()  # CONSOLE-4: the end of input is not the end of the server


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):  # LISTEN-5
        main()
    os._exit(0)  # not sys.exit(): a thread may hold sys.stdout, and ending then crashes
