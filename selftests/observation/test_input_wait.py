"""Whether a program waits for a key or a datagram and for nothing else: on programs of a line or two."""

import os
import socket
import sys
import time

import pytest

from batepapo.isolation.program import Program
from batepapo.observation.input_wait import DATAGRAM, KEYBOARD, InputWait, bound_udp

AFTER_S = 0.2
UDP = "import socket; udp = socket.socket(type=socket.SOCK_DGRAM); udp.bind(('', 3001)); "
SLOW = "threading.Thread(target=time.sleep, args=(60,), daemon=True).start(); "


@pytest.fixture
def watch(private, tmp_path):
    """Start a line of Python, and wait until it says that it is ready."""
    opened = []

    def watch(code):
        line = f"import select, subprocess, sys, threading, time; {code}"
        running = private.start(Program((sys.executable, "-I", "-c", line), tmp_path, dict(os.environ)))
        input_wait = InputWait(running.keeper_pid, AFTER_S)
        opened.append((running, input_wait))
        return running, input_wait

    yield watch
    for running, input_wait in opened:
        input_wait.close()
        running.stop()


def seen(input_wait, within_s):
    """The first thing that it is found to wait for, in so many seconds."""
    end_s = time.monotonic() + within_s
    found = None
    while found is None and time.monotonic() < end_s:
        found = input_wait.look()
        time.sleep(0.01)
    return found


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("input()", KEYBOARD),
        ("select.select([0], [], [])", KEYBOARD),
        ("poll = select.epoll(); poll.register(0, 1); poll.poll()", KEYBOARD),
        ("thread = threading.Thread(target=input); thread.start(); thread.join()", KEYBOARD),
        ("subprocess.run([sys.executable, '-c', 'input()'])", KEYBOARD),
        (UDP + "udp.recvfrom(9)", DATAGRAM),
        (UDP + "select.select([udp, 0], [], [])", DATAGRAM),
    ],
    ids=["input", "select", "epoll", "a thread", "a child", "udp", "udp or a key"],
)
def test_what_a_program_waits_for_is_known_once_nothing_ran_for_a_while(watch, code, found):
    """A datagram counts before a key: it is what the server does wrong."""
    _, input_wait = watch(code)

    assert seen(input_wait, 10.0) == found


@pytest.mark.parametrize(
    "code",
    [
        SLOW + "input()",
        "select.select([0], [], [], 60)",
        "import socket; a, b = socket.socketpair(); select.select([0, a], [], [])",
        "import signal; signal.signal(signal.SIGALRM, print); signal.alarm(60); input()",
        "import socket; s = socket.create_server(('', 5000)); s.accept()",
        "threading.Event().wait()",
    ],
    ids=["a sleeping thread", "a timeout", "a socket", "an alarm", "a listener", "nothing"],
)
def test_what_may_go_on_by_itself_is_left_alone(watch, code):
    _, input_wait = watch(code)

    assert seen(input_wait, 1.0) is None


def test_a_key_that_some_thread_waits_for_is_asked_for_at_once(watch):
    """Whatever the others do, and however long ago anything ran."""
    _, input_wait = watch(SLOW + "input()")
    end_s = time.monotonic() + 10

    while not (input_wait.asks() and input_wait.reads_keyboard()):
        assert time.monotonic() < end_s
    assert input_wait.look() is None


def test_a_console_thread_beside_is_not_the_program_reading_its_keyboard(watch):
    _, input_wait = watch("threading.Thread(target=input, daemon=True).start(); time.sleep(60)")
    end_s = time.monotonic() + 10

    while not input_wait.asks():
        assert time.monotonic() < end_s
    assert not input_wait.reads_keyboard()


def test_a_program_that_ended_asks_for_nothing(watch):
    running, input_wait = watch("pass")
    while running.exit_status() is None:
        time.sleep(0.01)

    assert (input_wait.look(), input_wait.asks(), input_wait.reads_keyboard()) == (None, False, False)


def test_the_ports_of_datagrams_are_those_that_are_bound():
    with socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))

        assert bound_udp(os.getpid())[os.fstat(udp.fileno()).st_ino] == udp.getsockname()[1]


def test_a_process_that_is_gone_has_no_ports():
    assert bound_udp(2**22) == {}
