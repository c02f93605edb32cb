"""Vital signs: a loop is busy on a crowded machine, too, and what is open or ended is counted as it is."""

import os
import subprocess
import sys
import time

import pytest

from batepapo.errors import Undecided
from batepapo.observation import resource_usage

LOOPS = 4  # twice the cores of the machine that CI has
WINDOW_S = 0.3


@pytest.fixture
def run():
    """Run a piece of Python below a shell, as a server is below its keeper; return the shell's pid."""
    shells = []

    def run_below(code):
        command = ["sh", "-c", '"$0" -c "$1" & wait', sys.executable, f"{code}\nprint(flush=True)\nwhile True: pause()"]
        shell = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
        shells.append(shell)
        shell.stdout.readline()
        return shell.pid

    yield run_below
    for shell in shells:
        os.killpg(shell.pid, 9)
        shell.wait()
        shell.stdout.close()


def share(pid):
    """How busy it is for a moment."""
    before = resource_usage.read(pid)
    time.sleep(WINDOW_S)
    return resource_usage.busy_share(before, resource_usage.read(pid))


def test_a_program_that_waits_is_calm(run):
    """It uses no time at all."""
    assert share(run("from signal import pause")) < 0.05


def test_a_loop_is_busy_where_it_gets_no_processor(run):
    """Each waits in the run queue for its turn, which counts: processor time alone would be one half here."""
    shells = [run("def pause(): pass") for _ in range(LOOPS)]

    assert [busy for shell in shells if (busy := share(shell)) < 0.8] == []


def test_a_poll_is_not_a_loop(run):
    """Every ten milliseconds is a habit of many servers; the calmest of five moments: it queues for each turn."""
    shell = run("import time\ndef pause(): time.sleep(0.01)")

    assert min(share(shell) for _ in range(5)) < 0.3


def test_sockets_and_threads_are_counted(run):
    """Of any kind; files and pipes are none."""
    before = resource_usage.read(run("from signal import pause"))
    after = resource_usage.read(
        run(
            "import socket, threading\nfrom signal import pause\n"
            "pair, one, file = socket.socketpair(), socket.socket(), open('/dev/null')\n"
            "for _ in range(3): threading.Thread(target=threading.Event().wait, daemon=True).start()"
        )
    )

    assert (before.sockets, before.threads) == (0, 1)
    assert (after.sockets, after.threads) == (3, 4)
    assert after.resident_bytes > 1 << 20


def test_threads_that_began_count_from_zero_and_those_that_ended_are_lost():
    """Nobody saw them run before, and nobody sees how long they ran."""
    before = resource_usage.ResourceUsage(10.0, {(1, "1"): 1.0, (1, "2"): 5.0}, 0, 0)
    after = resource_usage.ResourceUsage(12.0, {(1, "1"): 1.5, (1, "3"): 0.5}, 0, 0)

    assert resource_usage.busy_share(before, after) == 0.5


def test_a_program_that_ended_has_no_vital_signs(run):
    """It is not an error: somebody else says that the server died."""
    shell = run("from signal import pause")
    os.killpg(shell, 9)
    os.waitid(os.P_PID, shell, os.WEXITED | os.WNOWAIT)

    assert resource_usage.read(shell).threads == 0


def test_what_may_not_be_seen_is_undecided(run, monkeypatch):
    """A program of another user cannot be judged by what it holds open."""
    shell = run("from signal import pause")

    def refused(pid):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(resource_usage, "_sockets", refused)

    with pytest.raises(Undecided, match="cannot be looked at"):
        resource_usage.read(shell)
