"""Everything at once (dialect completo) in one thread: names, notices, exit words, idle clients, a speaking console.

Teaches: one loop that asks the system who is ready (selectors); nobody is interrupted, so that nothing needs a lock.
Bad at: steps that take long, for everybody waits for them; what a thread has in its variables is kept by hand.
"""

import argparse
import codecs
import contextlib
import os
import queue
import socket
import sys
import threading
import time
from selectors import EVENT_READ, EVENT_WRITE, PollSelector

EXIT_WORDS = {"TCHAU", "sair", "x"}
MOST_QUEUED = 16 * 2**20  # bytes for one client; a burst of 8 MiB costs a slow reader nothing yet
ready = PollSelector()  # poll() watches any keyboard: a terminal, a pipe, /dev/null
people, screen = [], queue.Queue(1000)  # who is logged in, as they came; and what the terminal has yet to show


def relay(text, hearers):
    """Send a text to people and to the terminal, without waiting; what does not go at once is queued."""
    if not screen.full():
        screen.put(text)  # CONSOLE-1
    for person in hearers:
        person.outbox += f"{text}\n".encode()
        person.write()


class Person:
    """One connection; the name is None before the login."""

    def __init__(self, sock, idle_seconds):
        self.sock, self.name, self.outbox, self.lines, self.half = sock, None, bytearray(), None, ""
        self.utf8 = codecs.getincrementaldecoder("utf-8")("replace")  # TOUGH-1; holds back a character cut by two reads
        self.leaving, self.idle_seconds, self.deadline = False, idle_seconds, time.monotonic() + idle_seconds

    def enter(self, wanted):
        """Log in under this name, or one like it if that is taken."""
        names = [wanted] + [f"{wanted} ({number})" for number in range(2, len(people) + 2)]
        self.name = next(name for name in names if name not in [other.name for other in people])  # LOGIN-5
        relay(f"{self.name} entrou no chat!", people)  # JOIN-1, JOIN-2, JOIN-3, JOIN-5
        people.append(self)  # JOIN-4: after the notice

    def leave(self):
        """Be forgotten: nothing more is queued, and the name is free before anybody hears of it."""
        if self in people:  # LOGIN-4
            people.remove(self)  # LEAVE-3, LEAVE-4, LEAVE-5
            relay(f"{self.name} saiu do chat.", people)  # LEAVE-1, LEAVE-2, DROP-7, IDLE-6
        self.leaving, self.deadline = True, time.monotonic() + 1  # what is queued gets a second; the whole end has two
        self.write()

    def read(self):
        """Yield the messages that end with the next piece of the stream; an OSError tells its end."""
        if not (data := self.sock.recv(65536)) or len(self.half) > MOST_QUEUED // 8:  # DROP-1, DROP-2, DROP-4, TOUGH-3
            raise ConnectionError  # DROP-5: half a line and half a character go with it
        self.lines = b"\n" in data if self.lines is None else self.lines  # the first data tells: lines, or reads
        if self.utf8.getstate()[0] and data[0] & 0xC0 != 0x80:  # what was held back does not go on: no character
            self.utf8.reset()
        text = self.half + self.utf8.decode(data)
        *texts, self.half = text.split("\n") if self.lines else (text, "")
        for text in texts:
            if (self.lines or text) and not self.leaving:  # over raw, "" is half a character
                self.deadline = time.monotonic() + self.idle_seconds  # IDLE-4
                yield text.rstrip("\r\n")

    def write(self):
        """Send what goes without waiting; the loop calls again when there is room for the rest."""
        with contextlib.suppress(OSError):  # no room; or no connection, which the reading finds, too
            while self.outbox:
                del self.outbox[: self.sock.send(self.outbox[:65536])]
            if self.leaving:
                self.sock.shutdown(socket.SHUT_WR)  # EXIT-1, IDLE-2
        ready.modify(self.sock, EVENT_READ | (EVENT_WRITE if self.outbox else 0), self)

    def serve(self, events):
        """Do for this client what can be done now; without an event its time is over."""
        if not events and not self.leaving:
            relay("TIMEOUT", [self])  # IDLE-1, IDLE-3, IDLE-5
            return self.leave()
        self.write()
        try:
            for text in self.read() if events != EVENT_WRITE else ():
                if text.strip() in EXIT_WORDS:  # EXIT-2, EXIT-4, EXIT-6
                    self.leave()
                elif self.name is None:
                    self.enter(text.strip() or "visitante")  # LOGIN-1, LOGIN-6
                elif text.strip():  # TOUGH-2; CAST-1, CAST-2, CAST-4, CAST-7
                    relay(f"{self.name}: {text}", [other for other in people if other is not self])
        except OSError:
            self.leave()
            ready.unregister(self.sock).fileobj.close()  # DROP-9, DROP-10


def accept(listener, idle_seconds):
    """Let one client in."""
    try:
        sock = listener.accept()[0]
        sock.setblocking(False)  # LISTEN-2, LOGIN-3
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # DROP-11
        ready.register(sock, EVENT_READ, Person(sock, idle_seconds))
    except OSError:  # no descriptor left: later, perhaps
        time.sleep(0.1)


def paint():
    """Show the traffic, in a thread of its own: a terminal that stands still holds up nobody."""
    sys.stdout.reconfigure(errors="replace")
    while True:
        print("".join(c if c.isprintable() else "?" for c in screen.get()[:200]), flush=True)


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
    ready.register(listener, EVENT_READ)
    ready.register(sys.stdin, EVENT_READ)
    while True:
        everybody = [key.data for key in ready.get_map().values() if key.data]
        for key, events in ready.select(min([person.deadline - time.monotonic() for person in everybody], default=60)):
            if key.data:
                key.data.serve(events)
            elif key.fileobj is listener:
                accept(listener, options.idle_seconds)
            elif not (line := sys.stdin.buffer.raw.readline().decode(errors="replace")):
                ready.unregister(sys.stdin)  # CONSOLE-4: the end of input is not the end of the server
            elif line.strip() == "sair":  # CONSOLE-3
                return
            elif line.strip():
                relay(f"Servidor: {line.rstrip()}", people)  # CONSOLE-2
        for person in [p for p in everybody if p.deadline <= time.monotonic() or len(p.outbox) > MOST_QUEUED]:  # CAST-9
            person.serve(0)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):  # LISTEN-5
        main()
    os._exit(0)  # not sys.exit(): a thread may hold sys.stdout, and ending then crashes
