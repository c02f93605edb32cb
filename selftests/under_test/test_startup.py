"""Waiting until a server listens: which port it is, what it asks before, and when it is given up."""

import os
import time

import pytest

from batepapo.errors import ProgramDidNotStart
from selftests.under_test.serving import ECHO, answers, trouble


def test_the_port_is_filled_in_and_preferred(serve):
    server = serve(ECHO, args="{port}", port_hint=5555)

    assert server.address[1] not in (0, 5555)
    assert answers(server) == b"hello"


@pytest.mark.parametrize(("hint", "chosen"), [(6000, 6000), (7000, 5000), (None, 5000)])
def test_of_several_ports_it_is_the_hinted_or_else_the_lowest(serve, hint, chosen):
    server = serve(
        """
        import socket, time
        every = [socket.socket() for _ in range(3)]
        for one, port in zip(every, (6000, 5000, 5001)):
            one.bind(("127.0.0.1", port))
        for one in every:
            one.listen()
        time.sleep(60)
        """,
        port_hint=hint,
    )

    # Only a hint that is missing makes us wait for more than the first.
    assert server.address[1] == chosen if hint else server.address[1] in (5000, 6000)
    assert set(server.ports_seen) <= {5000, 5001, 6000}
    assert server.ports_seen == tuple(sorted(server.ports_seen))


@pytest.mark.parametrize(
    ("bind", "dual", "address"),
    [
        ("::", True, ("127.0.0.1", 5000)),
        ("::", False, ("::1", 5000)),
        ("::1", False, ("::1", 5000)),
    ],
)
def test_an_ipv6_listener_is_reached(serve, bind, dual, address):
    server = serve(
        f"""
        import socket
        server = socket.create_server(({bind!r}, 5000), family=socket.AF_INET6, dualstack_ipv6={dual})
        while True:
            client, _ = server.accept()
            client.sendall(client.recv(100))
        """
    )

    assert server.address == address
    assert answers(server) == b"hello"


def test_a_daemon_counts_as_the_server(serve):
    server = serve("import os, time\nif os.fork(): os._exit(0)\ntime.sleep(0.3)\n" + ECHO)

    assert answers(server) == b"hello"


def test_nobody_connects_to_find_out(serve):
    server = serve(
        """
        import socket
        server = socket.create_server(("", 5555))
        for number in range(2):
            client, _ = server.accept()
            client.sendall(b"number %d" % number)
        """
    )

    with server.connect() as client:
        client.settimeout(5)
        assert client.recv(100) == b"number 0"


def test_a_server_that_floods_without_listening_is_given_up_in_time(serve):
    error = trouble(serve, "while True: print('x' * 70)", start_timeout_s=0.5)

    assert error.seen[-2] == "x" * 70


def test_a_server_that_asks_for_input_is_told_so_before_the_time_is_over(serve):
    begun = time.monotonic()

    error = trouble(serve, "print('Welcome'); port = int(input('Port: '))")

    assert time.monotonic() - begun < 5
    assert error.what == "the server asks for input before it listens: 'Port:'"
    assert error.seen == ("Welcome", "Port:")
    assert "command line" in error.hint


UDP = "import socket, threading, time\nudp = socket.socket(type=socket.SOCK_DGRAM)\nudp.bind(('', 3001))\n"


def test_a_server_of_datagrams_is_told_so_before_the_time_is_over(serve):
    begun = time.monotonic()

    error = trouble(serve, UDP + "udp.recvfrom(100)")

    assert time.monotonic() - begun < 5
    assert error.what.startswith("the server listens on UDP port 3001, but on no TCP port within 2")


@pytest.mark.parametrize(
    "beside",
    [
        "threading.Thread(target=udp.recvfrom, args=(100,), daemon=True).start(); time.sleep(2.5)",
        "udp.settimeout(2.5)\ntry: udp.recvfrom(100)\nexcept TimeoutError: pass",
        "import select; select.select([udp, 0], [], [], 2.5)",
        "import signal; signal.signal(signal.SIGALRM, lambda *_: 1 / 0); signal.alarm(3)\n"
        "try: udp.recvfrom(100)\nexcept ZeroDivisionError: pass",
        "import subprocess; subprocess.run(['sleep', '2.5'])",
        "ours, theirs = socket.socketpair(); threading.Timer(2.5, theirs.send, (b'x',)).start(); ours.recv(1)",
    ],
    ids=["thread", "timeout", "select", "alarm", "child", "connection"],
)
def test_datagrams_beside_a_slow_start_are_no_standstill(serve, beside):
    assert answers(serve(UDP + beside + "\n" + ECHO)) == b"hello"


def test_a_child_that_asks_beside_a_slow_start_is_no_question(serve):
    code = "import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', 'input()'])\ntime.sleep(2.5)\n"

    assert answers(serve(code + ECHO)) == b"hello"


def test_a_console_thread_beside_a_slow_start_is_no_question(serve):
    server = serve(
        "import threading, time\nthreading.Thread(target=input, daemon=True).start()\ntime.sleep(2.5)\n" + ECHO
    )

    assert answers(server) == b"hello"


def test_what_it_asks_before_it_listens_is_answered(serve):
    """In the order in which it asks, each question once, whatever stands around it."""
    server = serve(
        """
        import socket
        name = input("Nome do servidor? ")
        port = int(input("*** Em que PORTA, " + name + "? "))
        server = socket.create_server(("", port))
        server.accept()
        """,
        answers=[("porta", "5678"), ("nome do servidor", "sala")],
    )

    assert server.address[1] == 5678


def test_a_question_without_an_answer_is_told(serve):
    """The dialect answers something else."""
    with pytest.raises(ProgramDidNotStart, match="asks for input"):
        serve("input('IP: ')", answers=[("porta", "5678")])


def test_a_server_that_did_not_start_is_ended(serve, tmp_path):
    code = "import os, time; print(os.getpid(), os.getppid()); time.sleep(60)"

    pids = trouble(serve, code, start_timeout_s=0.3).seen[0].split()

    assert [pid for pid in pids if os.path.exists(f"/proc/{pid}/exe")] == []
