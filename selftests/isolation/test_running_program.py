"""One running program: its terminal, its sockets and its end."""

import os
import signal
import socket

import pytest

from batepapo.isolation.running_program import KeeperTimeout
from selftests.isolation.starting import alive, printed, until


def test_a_family_that_does_not_exist_is_an_os_error(run):
    start = run(argv=("/bin/sleep", "60"))

    with pytest.raises(OSError, match="family"):
        start.socket(45)


def test_what_is_printed_without_a_flush_is_seen(run):
    start = run("import time; print('here'); time.sleep(60)", env={"PATH": os.environ["PATH"]})

    assert printed(start, b"here\r\n") == b"here\r\n"


def test_nothing_that_is_typed_is_echoed(run):
    start = run("print('you typed', input())")
    os.write(start.console, "olá\n".encode())

    assert printed(start, b"typed") == "you typed olá\r\n".encode()


def test_control_c_ends_a_program_even_when_our_parent_ignored_it(run):
    start = run("import time; print('ready', flush=True); time.sleep(60)")
    printed(start, b"ready")
    os.write(start.console, b"\x03")

    assert until(lambda: start.exit_status() is not None)
    assert start.exit_status() == -signal.SIGINT


def test_the_exit_status_is_that_of_the_program(run):
    start = run("raise SystemExit(7)")

    assert until(lambda: start.exit_status() is not None)
    assert start.exit_status() == 7


def test_stopping_twice_and_asking_afterwards_is_harmless(run):
    start = run("import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)")

    start.stop()
    start.stop()

    assert start.exit_status() == -signal.SIGKILL
    assert not alive(start.pid)


def test_what_a_program_leaves_that_kills_its_keeper_is_ended(run):
    start = run("import os, signal, time\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(60)")

    until(lambda: not alive(start.pid))
    assert start.exit_status() == -signal.SIGKILL
    with pytest.raises(OSError, match="killed"):
        start.socket(socket.AF_INET)


def test_a_keeper_that_does_not_answer_is_our_error_and_its_late_answer_answers_nothing(run):
    """It was taken for a killed keeper, and what it said later for the answer to the next question."""
    start = run("from signal import pause; pause()")
    start._channel.settimeout(0.1)
    os.kill(start.keeper_pid, signal.SIGSTOP)

    with pytest.raises(KeeperTimeout, match="did not answer within"):
        start.exit_status()
    os.kill(start.keeper_pid, signal.SIGCONT)
    until(lambda: not os.path.exists(f"/proc/{start.keeper_pid}"))

    with pytest.raises(OSError, match="was killed"):
        start.socket(socket.AF_INET)


def test_a_stop_that_is_not_answered_frees_what_is_ours_and_says_so(run):
    """Nothing says that the processes are gone, so the run is not valid."""
    start = run("from signal import pause; pause()")
    start._channel.settimeout(0.1)
    os.kill(start.keeper_pid, signal.SIGSTOP)

    with pytest.raises(KeeperTimeout):
        start.stop()
    os.kill(start.keeper_pid, signal.SIGCONT)

    assert start.console == -1
    until(lambda: not os.path.exists(f"/proc/{start.keeper_pid}"))
