"""On the shared network one program runs at a time."""

import os
import sys
import threading
import time

from batepapo.isolation import process_tree
from batepapo.isolation.program import Program
from batepapo.isolation.runner import Runner
from selftests.isolation.starting import until


def test_on_the_shared_network_the_second_start_waits_for_the_end_of_the_first(monkeypatch, tmp_path):
    monkeypatch.setenv("BATEPAPO_NETWORK", "shared")
    order = []
    code = "import socket; s = socket.create_server(('127.0.0.1', 0)); input()"
    program = Program((sys.executable, "-I", "-c", code), tmp_path, dict(os.environ))
    with Runner() as one, Runner() as other:
        first = one.start(program)
        (listener,) = until(first.listeners)  # ours alone, whatever else listens on this machine
        assert listener.inode in process_tree.socket_inodes([first.pid])

        def second():
            start = other.start(program)
            order.append("second")
            start.stop()

        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.1)
        order.append("first")
        first.stop()
        thread.join()

    assert order == ["first", "second"]
