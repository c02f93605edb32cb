"""The threads of a program, as /proc shows them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from batepapo.observation.quiescence import QuiescenceMonitor
from batepapo.observation.threads import Tree, VanishedError
from selftests.observation.zoo import WINDOW_S, Talk, forbid, python


@pytest.mark.parametrize("talk", [python("pipes.py")], indirect=True)
def test_no_descriptor_stays_open(talk: Talk) -> None:
    before = len(os.listdir("/proc/self/fd"))
    silence = QuiescenceMonitor(talk.start.keeper_pid, talk.start.diag)
    talk.follow(silence.begin(WINDOW_S))

    silence.close()

    assert len(os.listdir("/proc/self/fd")) == before


# ---- one thread, and the tree ----------------------------------------------------------------


@pytest.fixture
def tree() -> Iterator[Tree]:
    """The processes below this one."""
    one = Tree(os.getpid())
    yield one
    one.close()


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A program that waits for a line, with one thread more, and its own child."""
    code = (
        "import subprocess, sys, threading\n"
        "threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
        "below = subprocess.Popen(['sleep', '60'])\n"
        "print(below.pid, flush=True); sys.stdin.readline(); below.kill(); below.wait()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        yield program


def test_every_thread_of_every_process_is_in_the_tree(tree: Tree, child: subprocess.Popen[bytes]) -> None:
    """Those of children of children, too; a second look finds the same."""
    assert child.stdout is not None
    below = int(child.stdout.readline())

    assert not tree.refresh()

    assert {child.pid, below} <= tree.processes.keys()
    assert sum(thread.process.pid == child.pid for thread in tree.threads.values()) == 2
    assert tree.refresh()
    assert tree.trouble == ""


def test_who_has_ended_is_in_the_tree_no_more(tree: Tree, child: subprocess.Popen[bytes]) -> None:
    assert child.stdout is not None
    child.stdout.readline()
    tree.refresh()

    child.communicate(b"\n")

    assert not tree.refresh()
    assert child.pid not in tree.processes


def test_a_thread_that_sleeps_does_not_run_between_two_samples(tree: Tree, child: subprocess.Popen[bytes]) -> None:
    """Its system call line is that of a wait, and its letter says so."""
    assert child.stdout is not None
    child.stdout.readline()
    tree.refresh()
    thread = tree.threads[child.pid]
    give_up = time.monotonic() + 10
    while thread.sample() != thread.sample() or thread.state() != b"S":
        assert time.monotonic() < give_up

    runs, line = thread.sample()

    assert runs > 0
    assert not line.startswith((b"running", b"-1"))
    assert thread.name.startswith("python")


def test_a_thread_that_is_gone_has_vanished(tree: Tree, child: subprocess.Popen[bytes]) -> None:
    assert child.stdout is not None
    child.stdout.readline()
    tree.refresh()
    thread = tree.threads[child.pid]
    child.communicate(b"\n")

    with pytest.raises(VanishedError):
        thread.sample()
    assert thread.processor_s() == 0.0


def test_what_cannot_be_seen_is_said(
    tree: Tree, child: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kernel may keep a file from us; nothing is proved then."""
    assert child.stdout is not None
    child.stdout.readline()
    forbid(monkeypatch, f"/{child.pid}/schedstat")
    forbid(monkeypatch, f"/{child.pid}/children")

    tree.refresh()

    assert tree.trouble.startswith("a thread cannot be watched: ")
