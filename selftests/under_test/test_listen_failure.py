"""A server that did not come to listen is told so, with what happened and what to try."""

import sys

import pytest

from selftests.under_test.serving import trouble


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
