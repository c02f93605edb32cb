"""The servers of the silence zoo: each has a reason to be silent and yet not finished."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from batepapo.isolation import sockdiag
from batepapo.isolation.program import Program
from batepapo.isolation.runner import Runner
from batepapo.isolation.running_program import RunningProgram
from batepapo.observation.quiescence import Quiescence, QuiescenceMonitor, QuiescenceWait
from selftests.tree import ROOT

ZOO = ROOT / "selftests" / "silence_zoo"
WINDOW_S = 0.5
QUICK, HELD = {"proof"}, {"proof", "cycle"}


@dataclass
class Talk:
    """A server, two of its clients, and the silence."""

    start: RunningProgram
    silence: QuiescenceMonitor
    clients: list[socket.socket] = field(default_factory=list)
    heard: bytes = b""

    def connect(self) -> socket.socket:
        client = self.start.socket(socket.AF_INET)
        # The keeper closes its own copy after it has sent ours, and answers in order: until then our close() closes
        # nothing, and no reset is sent. 14 of 14,400 resets were late that way.
        self.start.exit_status()
        client.connect(("127.0.0.1", 5555))
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.setblocking(False)
        self.clients.append(client)
        return client

    def settle(self, window_s: float = WINDOW_S, extend_s: float = 0.0, *, pump: bool = True) -> Quiescence:
        return self.follow(self.silence.begin(window_s, extend_s), pump=pump)

    def follow(self, watch: QuiescenceWait, *, pump: bool = True) -> Quiescence:
        while (settled := watch.look()) is None:
            readable = select.select(self.clients if pump else [], [], [], watch.nap_s)[0]
            for client in readable:
                self.read(client)
        for client in self.clients if pump else []:
            self.read(client)
        return settled

    def read(self, client: socket.socket) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        try:
            self.heard += client.recv(65536)
        except BlockingIOError:
            return

    def say(self, client: socket.socket, line: bytes) -> None:
        self.silence.mark()
        client.send(line)


@contextlib.contextmanager
def talking(runner: Runner, command: tuple[str, ...]) -> Iterator[Talk]:
    """Start a server of the zoo; two clients are in and everything is settled."""
    start = runner.start(Program(command, ZOO, dict(os.environ)))
    give_up = time.monotonic() + 20
    while not sockdiag.sockets(start.diag, listening_only=True):
        if start.exit_status() is not None or time.monotonic() > give_up:
            start.stop()
            pytest.fail(f"{command} does not listen")
        time.sleep(0.002)
    silence = QuiescenceMonitor(start.keeper_pid, start.diag)
    talk = Talk(start, silence)
    for client in (talk.connect(), talk.connect()):
        talk.say(client, b"noop\n")
        talk.settle(0.1)
    try:
        yield talk
    finally:
        silence.close()
        for client in talk.clients:
            client.close()
        start.stop()


def python(*words: str) -> tuple[str, ...]:
    return (sys.executable, *words)


def forbid(monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    """Let one file of /proc be unreadable, as another user's is."""
    really_open, really_list = os.open, os.listdir

    def refuse(path: object) -> None:
        if isinstance(path, str) and path.startswith("/proc/") and path.endswith(ending):
            raise PermissionError(13, "Permission denied", path)

    def guarded_open(path: str, *args: int, **kwargs: int) -> int:
        refuse(path)
        return really_open(path, *args, **kwargs)

    def guarded_list(path: str) -> list[str]:
        refuse(path)
        return really_list(path)

    monkeypatch.setattr(os, "open", guarded_open)
    monkeypatch.setattr(os, "listdir", guarded_list)
