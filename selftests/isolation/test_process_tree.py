"""The processes that a program leaves: found and ended."""

import subprocess
import sys
import time

import pytest

from batepapo.isolation import process_tree
from selftests.isolation.starting import alive, printed, until


def test_a_daemon_that_forked_twice_is_ended(run):
    start = run(
        """
        import os, signal, time
        if os.fork():
            os._exit(0)
        os.setsid()
        if os.fork():
            os._exit(0)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        print("daemon", flush=True)
        time.sleep(60)
        """
    )
    printed(start, b"daemon")
    until(lambda: start.exit_status() == 0)
    (daemon,) = process_tree.descendants(start.keeper_pid)

    start.stop()

    assert not alive(daemon)
    until(lambda: not alive(start.keeper_pid), within_s=1)  # it has closed its channel and is on its way out


def test_an_endless_chain_of_forks_is_ended(run):
    start = run("import os\nprint('go', flush=True)\nwhile True:\n    if os.fork():\n        os._exit(0)\n")
    printed(start, b"go")

    begun = time.monotonic()
    start.stop()

    assert time.monotonic() - begun < 2
    assert process_tree.descendants(start.keeper_pid) == []


# ---- looking ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stat", "name", "words"),
    [
        (b"7 (python3) S 1 7", b"python3", [b"S", b"1", b"7"]),
        (b"7 (a b) c) d) R 1 7", b"a b) c) d", [b"R", b"1", b"7"]),
        (b"7 ((sd-pam)) S 1 7", b"(sd-pam)", [b"S", b"1", b"7"]),
    ],
)
def test_a_name_may_hold_blanks_and_parentheses(stat, name, words):
    """Any program can call itself as it likes."""
    assert process_tree.stat_words(stat) == (name, words)


def test_a_file_that_was_read_while_its_process_ended_is_an_index_error():
    with pytest.raises(IndexError):
        process_tree.stat_words(b"")


@pytest.mark.parametrize(("target", "inode"), [("socket:[123]", 123), ("pipe:[123]", None), ("/a/socket:[1]", None)])
def test_only_a_socket_has_the_inode_of_one(target, inode):
    assert process_tree.socket_inode(target) == inode


FAMILY = """
import subprocess, sys, threading
def child():
    subprocess.Popen([sys.executable, "-c", "import subprocess; subprocess.Popen(['sleep', '60']).wait()"]).wait()
threading.Thread(target=child).start()
"""


def test_descendants_come_after_their_parents_and_those_of_a_thread_count(run):
    start = run(FAMILY)

    first, second, third = until(lambda: len(found := process_tree.descendants(start.keeper_pid)) == 3 and found)

    assert first == start.pid
    assert process_tree.children(first) == [second] == process_tree._children_by_parent(first)
    assert process_tree.children(second) == [third]


def test_nothing_below_what_is_spared_is_a_descendant(run):
    start = run(FAMILY)
    first, second, _ = until(lambda: len(found := process_tree.descendants(start.keeper_pid)) == 3 and found)

    assert process_tree.descendants(start.keeper_pid, spare=[second]) == [first]


def test_who_is_gone_has_no_children_and_no_sockets(run):
    start = run("pass")
    until(lambda: start.exit_status() is not None)

    assert process_tree.descendants(start.pid) == []
    assert process_tree.socket_inodes([start.pid]) == set()
    process_tree.kill(start.pid)


def test_a_child_that_has_ended_is_collected_with_its_status():
    """In a process of its own: this one has children that are pytest's."""
    code = (
        "import subprocess, sys; from batepapo.isolation.process_tree import reap; statuses = {}\n"
        "child = subprocess.Popen([sys.executable, '-c', 'raise SystemExit(3)'])\n"
        "while reap(statuses): pass\n"
        "print(statuses == {child.pid: 3}, reap(statuses))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "True False\n"
