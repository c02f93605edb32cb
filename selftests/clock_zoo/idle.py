"""An echo server with an idle limit, written in each way that Python has for it: idle.py TECHNIQUE [SECONDS].

It runs on 3.8. Every one echoes what it reads, and after SECONDS (30) without anything says TIMEOUT and closes.
"""

import asyncio
import queue
import select
import selectors
import signal
import socket
import socketserver
import struct
import sys
import threading
import time

TECHNIQUE = sys.argv[1]
IDLE_S = int(sys.argv[2]) if len(sys.argv) > 2 else 30
ADDRESS = ("127.0.0.1", 8000)


def let_go(client):
    """Say TIMEOUT and end the connection."""
    try:
        client.sendall(b"TIMEOUT\n")
        client.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


# ---- the thread that reads waits itself: what came, or None when the time is over ---------------


def settimeout(client):
    client.settimeout(IDLE_S)
    try:
        return client.recv(4096)
    except socket.timeout:
        return None


def settimeout_of_a_second(client):
    client.settimeout(1)
    for _ in range(IDLE_S):
        try:
            return client.recv(4096)
        except socket.timeout:
            pass
    return None


def select_call(client):
    return client.recv(4096) if select.select([client], [], [], IDLE_S)[0] else None


def select_each_second(client):
    began = time.time()
    while time.time() - began < IDLE_S:
        if select.select([client], [], [], 1)[0]:
            return client.recv(4096)
    return None


def poll(client):
    poller = select.poll()
    poller.register(client, select.POLLIN)
    return client.recv(4096) if poller.poll(IDLE_S * 1000) else None


def receive_timeout(client):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", IDLE_S, 0))
    try:
        return client.recv(4096)
    except BlockingIOError:
        return None


def busy_loop(client):
    client.setblocking(False)
    began = time.time()
    try:
        while time.time() - began < IDLE_S:
            try:
                return client.recv(4096)
            except BlockingIOError:
                pass
    finally:
        client.setblocking(True)
    return None


def serve_waiting(client, wait):
    """Echo until the time is over, or the client goes."""
    try:
        while True:
            data = wait(client)
            if data is None:
                let_go(client)
            if not data:
                break
            client.sendall(data)
    except OSError:
        pass
    client.close()


# ---- somebody else watches the thread that reads: each returns what is called when something came -----


def sleeper(clock, step):
    def watch(client, ended):
        last = [clock()]

        def run():
            while clock() - last[0] < IDLE_S and not ended.is_set():
                time.sleep(step)
            if not ended.is_set():
                let_go(client)

        threading.Thread(target=run, daemon=True).start()
        return lambda: last.__setitem__(0, clock())

    return watch


def counted_sleeps(client, ended):
    slept = [0]

    def run():
        while slept[0] < IDLE_S and not ended.is_set():
            time.sleep(1)
            slept[0] += 1
        if not ended.is_set():
            let_go(client)

    threading.Thread(target=run, daemon=True).start()
    return lambda: slept.__setitem__(0, 0)


def timer(client, ended):
    running = []

    def start():
        while running:
            running.pop().cancel()
        running.append(threading.Timer(IDLE_S, let_go, [client]))
        running[0].daemon = True
        running[0].start()

    start()
    return start


def event(client, ended):
    spoke = threading.Event()

    def run():
        while spoke.wait(IDLE_S):
            spoke.clear()
        let_go(client)

    threading.Thread(target=run, daemon=True).start()
    return spoke.set


def condition(client, ended):
    spoke = threading.Condition()

    def run():
        with spoke:
            while spoke.wait(IDLE_S):
                pass
        let_go(client)

    def notify():
        with spoke:
            spoke.notify_all()

    threading.Thread(target=run, daemon=True).start()
    return notify


def queue_get(client, ended):
    said = queue.Queue()

    def run():
        try:
            while True:
                said.get(timeout=IDLE_S)
        except queue.Empty:
            let_go(client)

    threading.Thread(target=run, daemon=True).start()
    return lambda: said.put(1)


def serve_watched(client, watch):
    """Echo; the watcher ends the connection."""
    ended = threading.Event()
    spoke = watch(client, ended)
    try:
        while True:
            data = client.recv(4096)
            if not data:
                break
            spoke()
            client.sendall(data)
    except OSError:
        pass
    ended.set()
    client.close()


# ---- one loop for all ---------------------------------------------------------------------------


def listener():
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(ADDRESS)
    server.listen(64)
    return server


def with_threads(serve, way):
    server = listener()
    while True:
        client, _ = server.accept()
        threading.Thread(target=serve, args=(client, way), daemon=True).start()


def with_alarm():
    """SIGALRM is one for the process: it is set for whoever is silent longest."""
    server = listener()
    last = {}

    def on_alarm(*_):
        now = time.monotonic()
        for client in [client for client, at in last.items() if now - at >= IDLE_S]:
            del last[client]
            let_go(client)
        if last:
            signal.setitimer(signal.ITIMER_REAL, max(0.001, min(last.values()) + IDLE_S - time.monotonic()))

    def serve(client):
        try:
            while True:
                data = client.recv(4096)
                if not data:
                    break
                last[client] = time.monotonic()
                client.sendall(data)
        except OSError:
            pass
        last.pop(client, None)
        client.close()

    signal.signal(signal.SIGALRM, on_alarm)
    while True:
        client, _ = server.accept()
        last[client] = time.monotonic()
        if len(last) == 1:
            signal.alarm(IDLE_S)
        threading.Thread(target=serve, args=(client,), daemon=True).start()


def with_selectors():
    server = listener()
    selector = selectors.DefaultSelector()
    selector.register(server, selectors.EVENT_READ)
    last = {}

    def forget(client):
        selector.unregister(client)
        del last[client]

    while True:
        left = min((at + IDLE_S - time.monotonic() for at in last.values()), default=None)
        for key, _ in selector.select(None if left is None else max(left, 0)):
            if key.fileobj is server:
                client, _ = server.accept()
                selector.register(client, selectors.EVENT_READ)
                last[client] = time.monotonic()
                continue
            client = key.fileobj
            try:
                data = client.recv(4096)
                client.sendall(data)
            except OSError:
                data = b""
            if data:
                last[client] = time.monotonic()
            else:
                forget(client)
                client.close()
        for client in [client for client, at in last.items() if time.monotonic() - at >= IDLE_S]:
            forget(client)
            let_go(client)
            client.close()


class Handler(socketserver.BaseRequestHandler):
    """Serves one client, in a thread of the server's."""

    def handle(self):
        serve_waiting(self.request, settimeout)


def with_socketserver():
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    socketserver.ThreadingTCPServer.daemon_threads = True
    socketserver.ThreadingTCPServer(ADDRESS, Handler).serve_forever()


async def read_within(reader):
    if TECHNIQUE == "asyncio_timeout":
        async with asyncio.timeout(IDLE_S):
            return await reader.read(4096)
    return await asyncio.wait_for(reader.read(4096), IDLE_S)


async def serve_async(reader, writer):
    loop = asyncio.get_running_loop()

    def over():
        writer.write(b"TIMEOUT\n")
        writer.close()

    try:
        while True:
            if TECHNIQUE == "call_later":
                handle = loop.call_later(IDLE_S, over)
                data = await reader.read(4096)
                handle.cancel()
            else:
                data = await read_within(reader)
            if not data:
                break
            writer.write(data)
    except asyncio.TimeoutError:
        over()
    except OSError:
        pass
    writer.close()


async def with_asyncio():
    server = await asyncio.start_server(serve_async, *ADDRESS)
    async with server:
        await server.serve_forever()


WAITING = {
    "settimeout": settimeout,
    "settimeout_of_a_second": settimeout_of_a_second,
    "select": select_call,
    "select_each_second": select_each_second,
    "poll": poll,
    "receive_timeout": receive_timeout,
    "busy_loop": busy_loop,
}
WATCHED = {
    "sleep_on_the_wall_clock": sleeper(time.time, 1),
    "sleep_on_the_monotonic_clock": sleeper(time.monotonic, 1),
    "short_sleeps": sleeper(time.time, 0.1),
    "counted_sleeps": counted_sleeps,
    "timer": timer,
    "event": event,
    "condition": condition,
    "queue": queue_get,
}
LOOPS = {
    "alarm": with_alarm,
    "selectors": with_selectors,
    "socketserver": with_socketserver,
    "wait_for": lambda: asyncio.run(with_asyncio()),
    "call_later": lambda: asyncio.run(with_asyncio()),
    "asyncio_timeout": lambda: asyncio.run(with_asyncio()),  # 3.11
}

if TECHNIQUE in WAITING:
    with_threads(serve_waiting, WAITING[TECHNIQUE])
elif TECHNIQUE in WATCHED:
    with_threads(serve_watched, WATCHED[TECHNIQUE])
else:
    LOOPS[TECHNIQUE]()
