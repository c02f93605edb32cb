"""Real servers, each with a reason to be silent and yet not finished: silence is never declared before the answer."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from batepapo.isolation import sockdiag
from batepapo.isolation.program import Program
from batepapo.isolation.runner import Runner
from batepapo.isolation.running_program import RunningProgram
from batepapo.observation.hidden_timers import hidden_timers
from batepapo.observation.quiescence import Quiescence, QuiescenceMonitor, QuiescenceWait
from batepapo.observation.threads import Thread
from selftests.tree import ROOT

ZOO = ROOT / "selftests" / "silence_zoo"
WINDOW_S = 0.5
QUICK, HELD = {"proof"}, {"proof", "cycle"}


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Runner() as runner:
        if runner.rung == "shared":
            pytest.skip(f"no private network: {runner.why}")
        yield runner


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


@pytest.fixture
def talk(runner: Runner, request: pytest.FixtureRequest) -> Iterator[Talk]:
    with talking(runner, request.param) as talk:
        yield talk


def python(*words: str) -> tuple[str, ...]:
    return (sys.executable, *words)


@pytest.fixture(scope="session")
def java_classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("classes")
    subprocess.run(["javac", "-d", str(into), str(ZOO / "Relay.java")], check=True)
    return into


SERVERS = {
    "a thread per client": (python("relay.py"), 30, QUICK),
    "a writer thread": (python("relay.py", "queue"), 30, QUICK),
    "asyncio": (python("aio.py"), 30, QUICK),
    "a process per client": (python("pipes.py"), 30, QUICK),
    "in pieces, held back by Nagle": (python("pieces.py"), 15, QUICK),
    "a polling acceptor": (python("handlers.py"), 30, {"proof", "listen"}),
    "sleeps 50 ms first": (python("relay.py", "direct", "0.05"), 30, QUICK),
    "asyncio, 50 ms late": (python("aio.py", "0.05"), 15, QUICK),
    "a timer thread for each line": (python("relay.py", "timer", "0.05"), 15, QUICK),
    "a tick thread": (python("relay.py", "tick", "0.05"), 10, HELD),
    "a polling loop": (python("poll.py", "0.05"), 10, HELD),
    "a plain recv with a timeout": (python("receive_timeout.py"), 10, HELD),
    "works in four sleeps": (python("steps.py"), 6, QUICK | {"window"}),
    "a timerfd in epoll": (python("hidden.py", "timerfd"), 15, QUICK),
    "a handler of SIGALRM": (python("hidden.py", "alarm"), 3, {"window"}),
}


def _exchange(talk: Talk, stimuli: int, kinds: set[str]) -> None:
    """Say things, every third of which is answered by nothing; what was answered must be heard when it is settled."""
    ana, bia = talk.clients
    premature, seen = [], Counter[str]()
    for number in range(stimuli):
        speaker = ana if number % 2 else bia
        line = b"noop\n" if number % 3 == 2 else b"line %d\n" % number
        talk.heard = b""
        talk.say(speaker, line)
        settled = talk.settle()
        seen[settled.kind] += 1
        if line not in talk.heard and line != b"noop\n":
            premature.append((number, line, settled, talk.heard))

    assert premature == []
    # Not each: a stack that moves while the interpreter warms up, or a busy machine, may leave only the window.
    assert seen.most_common(1)[0][0] in kinds
    assert seen.keys() <= kinds | {"window"}


@pytest.mark.parametrize(
    ("talk", "stimuli", "kinds"),
    [pytest.param(*row, id=name) for name, row in SERVERS.items()],
    indirect=["talk"],
)
def test_silence_is_not_declared_before_the_answer(talk: Talk, stimuli: int, kinds: set[str]) -> None:
    _exchange(talk, stimuli, kinds)


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
@pytest.mark.parametrize("talk", [("node", "relay.js"), ("node", "relay.js", "50")], indirect=True)
def test_silence_is_not_declared_before_node_has_answered(talk: Talk) -> None:
    _exchange(talk, 15, HELD)


@pytest.mark.skipif(shutil.which("javac") is None, reason="no Java compiler is installed")
@pytest.mark.parametrize("delay_ms", ["0", "50"])
def test_silence_is_not_declared_before_java_has_answered(runner: Runner, java_classes: Path, delay_ms: str) -> None:
    with talking(runner, ("java", "-cp", str(java_classes), "Relay", delay_ms)) as talk:
        _exchange(talk, 15, HELD)


SANDBOX = ("unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc")


@pytest.mark.skipif(
    shutil.which("unshare") is None or subprocess.run([*SANDBOX, "true"], capture_output=True).returncode != 0,
    reason="no pid namespace can be made here",
)
@pytest.mark.parametrize("words", [("relay.py",), ("relay.py", "direct", "0.05")], ids=["at once", "50 ms late"])
def test_silence_is_not_declared_before_a_server_in_a_sandbox_has_answered(
    runner: Runner, words: tuple[str, ...]
) -> None:
    """It has other process numbers inside; we look at it from outside, where nothing changes."""
    with talking(runner, (*SANDBOX, *python(*words))) as talk:
        _exchange(talk, 15, QUICK)


@pytest.mark.parametrize("talk", [python("relay.py")], indirect=True)
def test_a_reset_is_not_settled_before_the_others_were_told(talk: Talk) -> None:
    for _ in range(15):
        caio = talk.connect()
        talk.say(caio, b"noop\n")
        talk.settle()
        talk.heard = b""
        talk.clients.remove(caio)
        caio.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        talk.silence.mark()
        caio.close()

        settled = talk.settle()

        assert (settled.kind, talk.heard) == ("proof", b"left\n" * 2)


@pytest.mark.parametrize("talk", [python("relay.py", "direct", "0.7")], indirect=True)
def test_a_slow_handler_is_granted_more_than_the_window(talk: Talk) -> None:
    talk.say(talk.clients[0], b"late\n")

    settled = talk.settle(0.2, extend_s=2.0)

    assert settled.kind == "proof"
    assert talk.heard == b"late\n"


@pytest.mark.parametrize("talk", [python("relay.py", "direct", "0.7")], indirect=True)
def test_a_timer_beyond_the_window_does_not_matter(talk: Talk) -> None:
    talk.say(talk.clients[0], b"late\n")

    settled = talk.settle(0.2)

    assert settled.kind == "proof"
    assert settled.waited_s < 0.2


@pytest.mark.parametrize("talk", [python("stuck.py", "deaf")], indirect=True)
def test_a_server_that_does_not_read_is_stalled(talk: Talk) -> None:
    settled = talk.settle()

    assert (settled.kind, settled.detail) == ("stalled", "input is unread")


@pytest.mark.parametrize("talk", [python("stuck.py", "deaf")], indirect=True)
def test_nothing_is_taken_by_a_server_that_does_not_read(talk: Talk) -> None:
    ana = talk.clients[0]

    assert not talk.silence.taken(ana.getsockname(), ana.getpeername())


@pytest.mark.parametrize("talk", [python("relay.py")], indirect=True)
def test_a_line_is_taken_soon(talk: Talk) -> None:
    ana = talk.clients[0]
    ana.send(b"noop\n")
    give_up = time.monotonic() + 1

    while not talk.silence.taken(ana.getsockname(), ana.getpeername()):
        assert time.monotonic() < give_up


@pytest.mark.parametrize("talk", [python("stuck.py", "spin")], indirect=True)
def test_a_busy_loop_is_named_and_never_quiet(talk: Talk) -> None:
    watch = talk.silence.begin(0.6, 0.0)
    busy_after_s = None
    began = time.monotonic()
    while (settled := watch.look()) is None:
        if watch.busy and busy_after_s is None:
            busy_after_s = time.monotonic() - began
        time.sleep(watch.nap_s)

    assert settled.kind == "window"
    assert busy_after_s is not None
    assert busy_after_s < 0.5


@pytest.mark.parametrize("talk", [python("stuck.py", "flood")], indirect=True)
def test_a_client_that_does_not_read_on_purpose_is_ignored(talk: Talk) -> None:
    before = talk.settle(0.1, pump=False)
    for client in talk.clients:
        talk.silence.ignore(client.getsockname()[1])

    settled = talk.settle(pump=False)

    assert (before.kind, settled.kind) == ("window", "stalled")  # stalled: it has never read our first lines


@pytest.mark.parametrize("talk", [python("pipes.py")], indirect=True)
def test_processes_that_nobody_collects_do_not_matter(talk: Talk) -> None:
    talk.clients.pop().close()

    settled = talk.settle()

    assert settled.kind == "proof"


@pytest.mark.parametrize("talk", [python("relay.py")], indirect=True)
def test_a_server_that_was_killed_is_silent(talk: Talk) -> None:
    talk.silence.mark()
    os.kill(talk.start.pid, signal.SIGKILL)
    while talk.start.exit_status() is None:
        time.sleep(0.001)

    settled = talk.settle()

    assert settled.kind == "proof"


@pytest.mark.parametrize("talk", [python("relay.py")], indirect=True)
def test_looking_at_a_stopped_start_only_ends_the_window(talk: Talk) -> None:
    talk.start.stop()

    settled = talk.settle(0.05)

    assert settled.kind == "window"
    assert settled.detail


@pytest.mark.parametrize("talk", [python("relay.py")], indirect=True)
def test_without_the_system_calls_a_quiet_window_is_only_called_blocked(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _forbid(monkeypatch, "/syscall")
    silence = QuiescenceMonitor(talk.start.keeper_pid, talk.start.diag)
    watch = silence.begin(0.1)

    settled = talk.follow(watch)

    silence.close()
    assert settled.kind == "blocked"
    assert settled.detail.endswith("waits for cannot be read")
    assert settled.waited_s >= 0.1


@pytest.mark.parametrize("name", ["/schedstat", "/children", "/task"])
@pytest.mark.parametrize("talk", [python("relay.py")], indirect=True)
def test_without_the_run_counters_or_the_tree_only_the_window_is_left(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    _forbid(monkeypatch, name)
    silence = QuiescenceMonitor(talk.start.keeper_pid, talk.start.diag)

    settled = talk.follow(silence.begin(0.05))

    silence.close()
    assert settled.kind == "window"
    assert settled.detail


@pytest.mark.parametrize("talk", [python("relay.py", "tick", "0.05")], indirect=True)
def test_without_the_memory_nothing_timed_is_proven(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    _forbid(monkeypatch, "/mem")
    silence = QuiescenceMonitor(talk.start.keeper_pid, talk.start.diag)

    settled = talk.follow(silence.begin(0.1))

    silence.close()
    assert settled.kind in ("blocked", "window")
    assert settled.waited_s >= 0.1


@pytest.mark.parametrize("talk", [python("pipes.py")], indirect=True)
def test_no_descriptor_stays_open(talk: Talk) -> None:
    before = len(os.listdir("/proc/self/fd"))
    silence = QuiescenceMonitor(talk.start.keeper_pid, talk.start.diag)
    talk.follow(silence.begin(WINDOW_S))

    silence.close()

    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("talk", [python("relay.py")], indirect=True)
def test_a_thread_that_was_woken_and_has_not_run_yet_is_not_at_rest(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Thread, "state", lambda thread: b"R")

    settled = talk.settle(0.05)

    assert settled.kind == "window"


def test_an_ended_process_has_no_hidden_timers_even_if_its_files_are_closed_to_us(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it stays a zombie
    _forbid(monkeypatch, "/fd")

    found = hidden_timers([child.pid]), hidden_timers([os.getpid()])

    child.wait()
    assert [timers.exist for timers in found] == [False, True]


POSIX_TIMER = """
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
int main(void)
{
    struct sigevent nothing = {.sigev_notify = SIGEV_NONE};
    struct itimerspec later = {{0, 0}, {1000, 0}};
    timer_t timer;
    if (timer_create(CLOCK_MONOTONIC, &nothing, &timer) || timer_settime(timer, 0, &later, NULL))
        return 1;
    puts("set");
    fflush(stdout);
    return pause();
}
"""


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler is installed")
def test_a_timer_that_no_call_shows_is_found(tmp_path: Path) -> None:
    """timer_create: the program just pauses."""
    program = tmp_path / "timer"
    subprocess.run(["cc", "-x", "c", "-o", str(program), "-", "-lrt"], input=POSIX_TIMER.encode(), check=True)
    child = subprocess.Popen([program], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"set\n"

    found = hidden_timers([child.pid])

    child.kill()
    child.communicate()
    assert found.exist
    assert found.soonest_s == 0.0  # when it fires cannot be read, so it may be at once


def _forbid(monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
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
