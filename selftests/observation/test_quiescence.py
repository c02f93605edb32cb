"""Real servers, each with a reason to be silent and yet not finished: silence is never declared before the answer."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from batepapo.isolation.runner import Runner
from selftests.observation.zoo import HELD, QUICK, ZOO, Talk, python, talking


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
def test_silence_is_not_declared_before_java_has_answered(private: Runner, java_classes: Path, delay_ms: str) -> None:
    with talking(private, ("java", "-cp", str(java_classes), "Relay", delay_ms)) as talk:
        _exchange(talk, 15, HELD)


SANDBOX = ("unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc")


@pytest.mark.skipif(
    shutil.which("unshare") is None or subprocess.run([*SANDBOX, "true"], capture_output=True).returncode != 0,
    reason="no pid namespace can be made here",
)
@pytest.mark.parametrize("words", [("relay.py",), ("relay.py", "direct", "0.05")], ids=["at once", "50 ms late"])
def test_silence_is_not_declared_before_a_server_in_a_sandbox_has_answered(
    private: Runner, words: tuple[str, ...]
) -> None:
    """It has other process numbers inside; we look at it from outside, where nothing changes."""
    with talking(private, (*SANDBOX, *python(*words))) as talk:
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
