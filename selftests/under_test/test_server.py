"""The server under test: its command line, how it is found, and what is said when it does not come."""

import errno
import os
import socket
import sys
import textwrap
import time
from pathlib import Path

import pytest

from batepapo.errors import ConformanceFailure, ProgramDidNotStart, UsageError
from batepapo.isolation import process_tree
from batepapo.isolation.runner import Runner
from batepapo.under_test.build import build
from batepapo.under_test.command import Command
from batepapo.under_test.server import AttachedServer, ServerUnderTest
from batepapo.under_test.startup import StartOptions

ECHO = """
import socket, sys
server = socket.socket()
server.bind(("", int(sys.argv[1]) if len(sys.argv) > 1 else 5555))
server.listen()
print("waiting")
while True:
    client, _ = server.accept()
    while line := client.recv(100):
        client.sendall(line)
"""


@pytest.fixture(scope="module")
def runner():
    with Runner() as runner:
        yield runner


@pytest.fixture
def serve(runner, tmp_path):
    """Start Python code, or a command line, as the server under test."""
    servers = []

    def serve(
        code=None,
        command=None,
        *,
        port_hint=None,
        start_timeout_s=10.0,
        args="",
        layers=(),
        stdin_is_terminal=True,
        answers=(),
    ):
        if code is not None:
            (tmp_path / "server.py").write_text(textwrap.dedent(code))
            command = f"'{sys.executable}' -I server.py {args}"
        options = StartOptions(
            port_hint, start_timeout_s, layers=layers, stdin_is_terminal=stdin_is_terminal, answers=answers
        )
        server = ServerUnderTest.start_command(runner, Command.parse(command, tmp_path), options)
        servers.append(server)
        return server

    yield serve
    for server in servers:
        server.stop()


def answers(server, line=b"hello"):
    """Return what the server answers to one line."""
    with server.connect() as client:
        assert not client.getblocking()
        assert client.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        client.settimeout(5)
        client.sendall(line)
        return client.recv(100)


def trouble(serve, *args, **more):
    with pytest.raises(ProgramDidNotStart) as raised:
        serve(*args, **more)
    assert "\n" not in raised.value.what
    assert "\n" not in raised.value.hint
    return raised.value


# ---- found and talked to ---------------------------------------------------------------------


def test_a_server_is_found_talked_to_read_and_ended(serve):
    server = serve(ECHO)

    assert (server.address, server.family, server.ports_seen) == (("127.0.0.1", 5555), socket.AF_INET, (5555,))
    assert answers(server) == b"hello"
    server.read_console()
    assert server.last_lines() == ["waiting"]
    assert server.exit_status() is None
    pids = process_tree.descendants(server.running.keeper_pid)
    server.stop()
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)
    assert server.exit_status() == -9


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


def test_a_listener_that_closed_is_a_conformance_failure(serve):
    server = serve(
        "import socket, time; s = socket.create_server(('', 5000)); time.sleep(.3); s.close(); time.sleep(60)"
    )
    time.sleep(0.5)

    with pytest.raises(ConformanceFailure, match=r"accepts a connection at 127\.0\.0\.1:5000 within 2 s") as raised:
        server.connect()
    assert raised.value.heard == (os.strerror(errno.ECONNREFUSED),)


def test_a_full_accept_queue_is_given_up_in_time(serve):
    server = serve("import socket, time; s = socket.socket(); s.bind(('', 5000)); s.listen(0); time.sleep(60)")
    server._connect_within_s = 0.2
    queued = [server.connect()]  # listen(0) lets one wait

    with pytest.raises(ConformanceFailure) as raised:
        server.connect()
    assert raised.value.heard == (os.strerror(errno.ETIMEDOUT),)
    for client in queued:
        client.close()


def test_the_receive_buffer_can_be_small(serve):
    with serve(ECHO).connect(receive_buffer=4096) as client:
        assert client.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) == 2 * 4096


def test_a_flood_is_read_in_bites_and_its_middle_is_dropped(serve):
    server = serve("import socket; s = socket.create_server(('', 5000)); print('first')\nwhile True: print('x' * 79)")
    read = 0
    while read < 1 << 20:
        new = server.read_console()
        assert len(new) <= 256 * 1024 + 65536
        read += len(new)

    assert len(server.output) < 100 * 1024
    assert server.output.startswith(b"first\r\n")
    assert b"bytes left out ..." in server.output
    assert server.last_lines(3)[1] == "x" * 79


def test_an_attached_server_has_the_same_face():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = AttachedServer(listener.getsockname())
        with server.connect() as client, listener.accept()[0] as accepted:
            accepted.sendall(b"hello")
            client.settimeout(5)
            assert client.recv(100) == b"hello"

    assert (server.running, server.exit_status(), server.read_console(), server.last_lines()) == (None, None, b"", [])
    server.stop()
    with pytest.raises(ConformanceFailure):
        server.connect()
    with pytest.raises(UsageError, match="not known"):
        AttachedServer(("no.such.host.invalid", 5000))


# ---- it did not start ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "what", "hint"),
    [
        ("pyhton3 server.py", "the command 'pyhton3' was not found", "Check the spelling"),
        ("py server.py", "the command 'py' was not found", "`py` is Windows' launcher; write python3."),
        ("plain.py", "the command 'plain.py' was not found", "write python3 plain.py"),
        ("./plain.py", "the program './plain.py' may not be run: it is not executable", "Write python3 plain.py"),
        ("./missing", "the command './missing' was not found", "Check the spelling"),
        ("./dangling.py", "its first line names an interpreter that is not there", "python3 dangling.py"),
        ("./no-hash-bang.py", "is not a program that this machine can run", "python3 no-hash-bang.py"),
        ("./folder", "may not be run: it is not executable", "It is a folder"),
    ],
)
def test_a_command_that_cannot_run(serve, tmp_path, command, what, hint):
    (tmp_path / "folder").mkdir()
    for name, text, mode in (
        ("plain.py", "", 0o644),
        ("dangling.py", "#!/usr/bin/python0\n", 0o755),
        ("no-hash-bang.py", "import socket\n", 0o755),
    ):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(mode)

    error = trouble(serve, command=command)

    assert what in error.what
    assert hint in error.hint


@pytest.mark.parametrize(
    ("code", "what", "hint"),
    [
        (
            "raise SystemExit(3)",
            "the server ended (exit status 3) before it listened on TCP, and printed nothing",
            "by hand",
        ),
        ("print('bye')", "the server ended (exit status 0) before it listened on TCP", "by hand"),
        ("import os; os.kill(os.getpid(), 11)", "the server ended (signal SIGSEGV)", "by hand"),
        ("import nonesuch", "ModuleNotFoundError, No module named 'nonesuch'", "Install that module"),
        ("def f(:\n    pass", "SyntaxError, ", "correct the line"),
        ("print 'hello'", "SyntaxError, ", "Python version"),
        ("if 1:\nprint(2)", "IndentationError, ", "indentation"),
        ("open('config.json')", "FileNotFoundError, ", "--server-dir"),
        ("import sys; sys.argv[1]", "IndexError, ", "sys.argv"),
        (
            "import argparse; p = argparse.ArgumentParser(); p.add_argument('port'); p.parse_args()",
            "other arguments",
            "{port}",
        ),
        (
            "import socket; a, b = socket.socket(), socket.socket(); a.bind(('', 0)); b.bind(a.getsockname())",
            "OSError, [Errno 98] Address already in use",
            "",
        ),
        ("import socket; socket.socket().bind(('nonesuch.invalid', 5000))", "gaierror, ", "0.0.0.0"),
        ("undefined", "NameError, name 'undefined' is not defined", "the line that the traceback names"),
    ],
)
def test_a_server_that_ends_at_once(serve, code, what, hint):
    error = trouble(serve, code)

    assert what in error.what
    assert hint in error.hint
    if "Error" in what:
        assert any(line.startswith(what.partition(",")[0]) or "gaierror" in line for line in error.seen)


def test_a_file_that_is_not_there(serve):
    error = trouble(serve, command=f"'{sys.executable}' -I servr.py")

    assert error.what == "the server ended (exit status 2) before it listened on TCP: there is no file servr.py"
    assert "--server-dir" in error.hint


def test_only_the_last_twenty_lines_are_shown(serve):
    error = trouble(serve, "for n in range(100): print('line', n)")

    assert error.seen == tuple(f"line {n}" for n in range(80, 100))


def test_a_server_that_listens_on_udp_only(serve):
    code = "import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('', 5005)); s.recv(1)"

    error = trouble(serve, code, start_timeout_s=0.5)

    assert error.what == "the server listens on UDP port 5005, but on no TCP port within 0.5 s"
    assert "SOCK_STREAM" in error.hint


def test_a_server_that_never_listens(serve):
    error = trouble(serve, "import time; print('soon'); time.sleep(60)", start_timeout_s=0.5)

    assert error.what == "the server runs, but did not listen on any TCP port within 0.5 s"
    assert error.seen == ("soon",)


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


# ---- its terminal, its end, and another start ------------------------------------------------

KEYBOARD = """
import os, socket, sys, threading
server = socket.create_server(("", 5555))
def serve():
    client, _ = server.accept()
    with open("typed.txt", "a+") as file:
        file.seek(0)
        client.sendall(file.read().encode() or b"nothing")
threading.Thread(target=serve, daemon=True).start()
with open("typed.txt", "a") as file:
    for line in sys.stdin:
        print("typed:", line.strip(), file=file, flush=True)
        print("read", line.strip(), flush=True)
    print("the end", file=file, flush=True)
print("at its end", flush=True)
threading.Event().wait()
"""


def printed(server, word, within_s=5.0):
    """Wait until the server has printed a word."""
    end_s = time.monotonic() + within_s
    while word not in server.output:
        assert time.monotonic() < end_s, server.output
        server.read_console()
        time.sleep(0.005)


def ended(server, within_s=5.0):
    """Wait until the server has ended; return its exit status."""
    end_s = time.monotonic() + within_s
    while server.alive():
        assert time.monotonic() < end_s, server.output
        time.sleep(0.005)
    server.read_console()
    return server.exit_status()


def test_what_is_typed_is_read(serve):
    """A line at a time, as at a terminal; the terminal does not echo it."""
    server = serve(KEYBOARD)

    server.type(b"oi\n")

    printed(server, b"read oi")
    assert server.output.count(b"oi") == 1


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


def test_ctrl_c_interrupts_it(serve):
    """The key is the terminal's: it reaches the program as SIGINT."""
    server = serve(KEYBOARD)

    server.type(b"\x03")

    assert ended(server) in (-2, 130)
    assert b"KeyboardInterrupt" in server.output


def test_without_a_keyboard_its_input_is_at_its_end(serve):
    """Its output still goes to a terminal."""
    server = serve(KEYBOARD, stdin_is_terminal=False)

    printed(server, b"at its end")
    assert b"\r\n" in server.output


def test_what_was_killed_starts_again_where_it_was(serve):
    """The same port, network, folder and terminal; what it wrote is still there."""
    server = serve(KEYBOARD)
    server.type(b"oi\n")
    printed(server, b"read oi")
    old = server.running.pid

    server.kill()
    assert not server.alive()
    assert server.exit_status() == -9
    server.run_again()

    assert server.alive()
    assert server.running.pid != old
    assert answers(server) == b"typed: oi\n"
    server.type(b"\x03")
    ended(server)


def test_what_ends_at_once_when_started_again_is_told(serve):
    """With its last words, as at a first start."""
    server = serve(
        """
        import os, socket
        if os.path.exists("once"):
            raise SystemExit("only once")
        open("once", "w").close()
        server = socket.create_server(("", 5555))
        server.accept()
        """
    )
    server.kill()

    with pytest.raises(ProgramDidNotStart, match="status 1") as error:
        server.run_again()

    assert error.value.seen[-1] == "only once"


def test_a_server_that_did_not_start_is_ended(serve, tmp_path):
    code = "import os, time; print(os.getpid(), os.getppid()); time.sleep(60)"

    pids = trouble(serve, code, start_timeout_s=0.3).seen[0].split()

    assert [pid for pid in pids if os.path.exists(f"/proc/{pid}/exe")] == []


# ---- the command line ------------------------------------------------------------------------


def test_a_command_is_split_as_a_shell_does(tmp_path):
    command = Command.parse("/bin/x 'a b' --at {host}:{port}", tmp_path, port=5001)

    assert command.argv == ("/bin/x", "a b", "--at", "127.0.0.1:5001")
    assert command.port == 5001
    assert Command.parse("/bin/x", tmp_path, port=5001).port is None


@pytest.mark.parametrize(
    ("text", "message"),
    [("python3 'server.py", "no closing quotation; check its quotes"), ("  ", "is empty"), ("''", "is empty")],
)
def test_a_command_that_cannot_be_read_is_one_line(tmp_path, text, message):
    with pytest.raises(UsageError, match=message) as raised:
        Command.parse(text, tmp_path)
    assert "\n" not in str(raised.value)


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"nowhere.* does not exist"):
        Command.parse("/bin/x", tmp_path / "nowhere")


def test_without_a_python_on_the_path_it_is_ours(tmp_path):
    command = Command.parse("python server.py", tmp_path, environ={"PATH": str(tmp_path)})

    assert command.argv == (sys.executable, "server.py")
    assert command.notes == (f"there is no `python` on the PATH: {sys.executable} is used",)


def test_a_shim_is_resolved_once(tmp_path):
    shims = tmp_path / "shims"
    shims.mkdir()
    (shims / "python3").write_text(f"#!/bin/sh\nexec '{sys.executable}' \"$@\"\n")
    (shims / "python3").chmod(0o755)

    command = Command.parse("python3 server.py", tmp_path, environ={"PATH": f"{shims}:/usr/bin:/bin"})

    assert Path(command.argv[0]).samefile(sys.executable)
    assert "found through" in command.notes[0]


def test_the_environment_is_the_callers_without_ours(tmp_path):
    ours = {"PYTHONPATH": "x", "PYTEST_ADDOPTS": "-x", "LD_PRELOAD": "y.so"}
    caller = {"PATH": "/bin", "HOME": "/h", "LANG": "pt_BR.ISO-8859-1", **ours}

    assert Command.parse("/bin/x", tmp_path, environ=caller).env == {
        "PATH": "/bin",
        "HOME": "/h",
        "PYTHONUNBUFFERED": "1",
        "PYTHON_COLORS": "0",
        "PWD": str(tmp_path),
        "LC_ALL": "C.UTF-8",
        "LANG": "C.UTF-8",
    }
    assert Command.parse("/bin/x", tmp_path, environ={"LANG": "pt_BR.UTF-8"}).env["LANG"] == "pt_BR.UTF-8"


# ---- the build -------------------------------------------------------------------------------


@pytest.mark.parametrize("rung", ["auto", "user", "copy"])
def test_what_was_built_lies_beneath_every_start(monkeypatch, tmp_path, rung):
    if rung == "user" and os.getuid() != 0:
        pytest.skip("it is what auto is")
    if rung == "user":
        monkeypatch.setenv("BATEPAPO_NETWORK", "user")
    folder = tmp_path / "submission"
    folder.mkdir()
    (folder / "server.in").write_text(ECHO)
    command = Command.parse("cp *.in server.py; mkdir -p out; echo built", folder)
    with Runner() as runner:
        if rung == "copy":
            runner.no_overlay = "no overlay: for this test"
        layers = build(runner, command, tmp_path / "run" / "build")
        assert os.listdir(folder) == ["server.in"]
        for _ in range(2):
            server = ServerUnderTest.start_command(
                runner, Command.parse(f"'{sys.executable}' server.py", folder), StartOptions(layers=layers)
            )
            assert answers(server) == b"hello"
            server.stop()
    assert os.listdir(folder) == ["server.in"]


def test_a_build_that_fails_shows_its_last_lines(runner, tmp_path):
    command = Command.parse("echo compiling; echo error on line 3 >&2; exit 2", tmp_path)

    with pytest.raises(ProgramDidNotStart, match="failed with status 2") as raised:
        build(runner, command, tmp_path / "run")
    assert raised.value.seen == ("compiling", "error on line 3")
