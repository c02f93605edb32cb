"""Everything at once (dialect completo) with asyncio: names, notices, exit words, idle clients, a speaking console.

Teaches: one coroutine for each client, which reads like a thread; it can be interrupted at an `await` and nowhere else,
so that nothing needs a lock.
Bad at: steps that take long and never await, for everybody waits for them; and half of it is hidden in the library.
"""

import argparse
import asyncio
import codecs
import contextlib
import os
import queue
import socket
import sys
import threading
import time

EXIT_WORDS = {"TCHAU", "sair", "x"}
MOST_QUEUED = 16 * 2**20  # bytes for one client; a burst of 8 MiB costs a slow reader nothing yet
people = []  # who is logged in, in the order of arrival
screen = queue.Queue(1000)  # what the terminal has yet to show


def relay(text, hearers):
    """Queue a text for people and for the terminal, without waiting."""
    data = f"{text}\n".encode()
    if not screen.full():
        screen.put(text)  # CONSOLE-1
    for person in hearers:
        if not person.writer.is_closing():
            person.writer.write(data)
        if person.writer.transport.get_write_buffer_size() > MOST_QUEUED:  # CAST-9: it does not read, and is let go
            person.writer.transport.abort()  # its stream ends, and its coroutine goes on


class Person:
    """One connection; the name is None before the login."""

    def __init__(self, reader, writer):
        self.reader, self.writer, self.name = reader, writer, None

    def enter(self, wanted):
        """Log in under this name, or one like it if that is taken."""
        names = [wanted] + [f"{wanted} ({number})" for number in range(2, len(people) + 2)]
        self.name = next(name for name in names if name not in [other.name for other in people])  # LOGIN-5
        relay(f"{self.name} entrou no chat!", people)  # JOIN-1, JOIN-2, JOIN-3, JOIN-5: nothing is awaited here
        people.append(self)  # JOIN-4: after the notice

    def leave(self):
        """Be forgotten: nothing more is queued, and the name is free before anybody hears of it."""
        if self in people:  # LOGIN-4
            people.remove(self)  # LEAVE-3, LEAVE-4, LEAVE-5
            relay(f"{self.name} saiu do chat.", people)  # LEAVE-1, LEAVE-2, DROP-7, IDLE-6

    async def read(self, idle_seconds):
        """Yield message by message, until the stream ends or nothing was said for too long."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")  # TOUGH-1; holds back a character cut by two reads
        lines, half, deadline = None, "", time.monotonic() + idle_seconds
        with contextlib.suppress(asyncio.TimeoutError):  # IDLE-5: each waits by itself
            while data := await asyncio.wait_for(self.reader.read(65536), deadline - time.monotonic()):  # IDLE-3
                if len(half) > MOST_QUEUED // 8:  # TOUGH-3
                    return
                lines = b"\n" in data if lines is None else lines  # the first data tells: lines, or reads
                if decoder.getstate()[0] and data[0] & 0xC0 != 0x80:  # what was held back does not go on: no character
                    decoder.reset()
                text = half + decoder.decode(data)
                *texts, half = text.split("\n") if lines else (text, "")
                for text in texts if lines else filter(None, texts):  # over raw, "" is half a character
                    deadline = time.monotonic() + idle_seconds  # IDLE-4
                    yield text.rstrip("\r\n")
            return  # DROP-1, DROP-4; DROP-5: half a line and half a character go with it
        relay("TIMEOUT", [self])  # IDLE-1

    async def write(self):
        """Send what is queued and the end of the stream, and wait for the client's."""
        self.writer.write_eof()  # EXIT-1, IDLE-2
        await self.writer.drain()
        while await self.reader.read(65536):  # unread input makes a reset of close(), which can overtake the last words
            pass

    async def serve(self, idle_seconds):
        """Do all for this client, from the first byte to the last."""
        with contextlib.suppress(OSError):  # DROP-2
            async for text in self.read(idle_seconds):
                if text.strip() in EXIT_WORDS:  # EXIT-2, EXIT-4, EXIT-6
                    break
                if self.name is None:
                    self.enter(text.strip() or "visitante")  # LOGIN-1, LOGIN-6
                elif text.strip():  # TOUGH-2; CAST-1, CAST-2, CAST-4, CAST-7
                    relay(f"{self.name}: {text}", [other for other in people if other is not self])
        self.leave()
        with contextlib.suppress(OSError, asyncio.TimeoutError):
            await asyncio.wait_for(self.write(), 1)  # EXIT-1: what is queued gets a second; the whole end has two
        self.writer.transport.abort()  # DROP-9, DROP-10


async def accept(reader, writer, idle_seconds):
    """Let one client in; asyncio calls this for each, and begins a task with it."""
    writer.transport.set_write_buffer_limits(0)  # drain() waits until all is sent
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # DROP-11
    await Person(reader, writer).serve(idle_seconds)


def paint():
    """Show the traffic, in a thread of its own: a terminal that stands still holds up nobody."""
    sys.stdout.reconfigure(errors="replace")
    while True:
        print("".join(c if c.isprintable() else "?" for c in screen.get()[:200]), flush=True)


def obey(loop, stopped):
    """Read the keyboard, in a thread of its own, and let the loop do what is typed."""
    with contextlib.suppress(OSError), open(0, errors="replace") as keyboard:
        for line in filter(str.strip, keyboard):
            if line.strip() == "sair":
                loop.call_soon_threadsafe(stopped.set)  # CONSOLE-3
            else:
                loop.call_soon_threadsafe(relay, f"Servidor: {line.rstrip()}", people)  # CONSOLE-2


async def chat(listener, idle_seconds):
    """Serve until the operator stops it; CONSOLE-4: the end of input does not."""
    stopped = asyncio.Event()
    threading.Thread(target=obey, args=(asyncio.get_running_loop(), stopped), daemon=True).start()
    await asyncio.start_server(lambda reader, writer: accept(reader, writer, idle_seconds), sock=listener)
    try:
        await stopped.wait()
    finally:  # by Ctrl-C, too; asyncio.run() would cancel the coroutines, and some versions complain of each
        os._exit(0)


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
    asyncio.run(chat(listener, options.idle_seconds))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):  # LISTEN-5
        main()
    os._exit(0)  # not sys.exit(): a thread may hold sys.stdout, and ending then crashes
