"""The runner: a network of its own for each start, on the best rung that there is."""

import os
import sys
import threading

import pytest

from batepapo.errors import UsageError
from batepapo.isolation.program import Program
from batepapo.isolation.runner import Runner
from batepapo.isolation.running_program import CannotExec
from selftests.isolation.starting import LISTENER, printed, talk, until

# ---- networks --------------------------------------------------------------------------------


def test_eight_servers_listen_on_one_port_side_by_side(run, private):
    starts = [run(LISTENER.format(family=2, host="", port=5555, says=f"number {n}".encode())) for n in range(8)]

    assert [talk(start, "127.0.0.1", 5555) for start in starts] == [f"number {n}".encode() for n in range(8)]


def test_starts_may_come_from_several_threads(private, tmp_path):
    code = LISTENER.format(family=2, host="", port=5555, says=b"hello")
    heard = []

    def one():
        start = private.start(Program((sys.executable, "-I", "-c", code), tmp_path, dict(os.environ)))
        try:
            heard.append(talk(start, "127.0.0.1", 5555))
        finally:
            start.stop()

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert heard == [b"hello"] * 8


@pytest.mark.parametrize("host", ["192.168.18.13", "127.0.0.1", "localhost", "", "8.8.8.8"])
def test_a_server_may_bind_any_ipv4_address(run, private, host):
    start = run(LISTENER.format(family=2, host=host, port=5000, says=b"hello"))
    ((address, _),) = {listener.local for listener in until(start.listeners)}

    assert talk(start, "127.0.0.1" if address == "0.0.0.0" else address, 5000) == b"hello"


def test_the_name_of_the_machine_is_loopback(run, private):
    start = run("import socket; print(socket.gethostbyname(socket.gethostname()), socket.gethostbyname('localhost'))")

    assert printed(start, b"\n") == b"127.0.0.1 127.0.0.1\r\n"


# ---- starting and ending ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "errno"), [(("there-is-none",), 2), (("./nothing.py",), 2), (("./plain.txt",), 13), (("/etc",), 13)]
)
def test_a_program_that_cannot_run_is_said_with_its_errno(run, tmp_path, argv, errno):
    (tmp_path / "plain.txt").touch(0o644)

    with pytest.raises(CannotExec) as raised:
        run(argv=argv)

    assert raised.value.errno == errno


# ---- the ladder ------------------------------------------------------------------------------


def test_a_rung_that_does_not_exist_is_named_with_those_that_do(monkeypatch):
    monkeypatch.setenv("BATEPAPO_NETWORK", "private")

    with pytest.raises(UsageError, match=r"BATEPAPO_NETWORK=private: .* write one of own, user, shared"):
        Runner()
