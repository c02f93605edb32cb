"""The processes that a program leaves: found and ended."""

import time

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
