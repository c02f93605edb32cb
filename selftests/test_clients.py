"""Every command-line client chats through the reference server of its dialect, and says in one line what is wrong."""

import ast
import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time

import pytest

from selftests.tree import ROOT

SERVERS = {
    "tchau": "tchau",
    "sair": "sair",
    "x": "x",
    "operador": "operador",
    "prefixo": "prefixo",
    "completo": "completo_threads",
    "nick": "nick",
}
CHATS = [name for name in SERVERS if name != "tchau"]
NAMED = ("sair", "operador", "prefixo", "completo", "nick")
WORDS = [("tchau", "TCHAU"), ("sair", "sair"), ("x", "x"), ("operador", "sair")]
WORDS += [("completo", word) for word in ("TCHAU", "sair", "x")]
PATIENCE_S = 5.0  # for one answer on a machine that is busy with everything else


class Program:
    """A Python program of ours on pipes: what is typed, and what shows."""

    def __init__(self, folder, name, *arguments):
        command = [sys.executable, str(ROOT / folder / f"{name}.py"), *arguments]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)
        self.output = b""

    def types(self, text):
        """Type a line."""
        self.process.stdin.write(f"{text}\n".encode())
        self.process.stdin.flush()

    def shows(self, line, *, within_s=PATIENCE_S):
        """Read on until a whole line shows that matches a pattern; return the match, or None if it does not come."""
        until = time.monotonic() + within_s
        while (match := re.search(rf"(?m)^{line}\n", self.output.decode(errors="replace"))) is None:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, until - time.monotonic()))
            piece = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not piece:
                return None
            self.output += piece
        return match

    def ends(self):
        """Return the exit status, and what was on the standard error."""
        _, errors = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, errors.decode()


@pytest.fixture
def run():
    """Start a program; it is killed after the test."""
    with contextlib.ExitStack() as stack:

        def start(folder, name, *arguments):
            program = Program(folder, name, *arguments)
            stack.enter_context(program.process)
            stack.callback(program.process.kill)
            return program

        yield start


@pytest.fixture
def server(run):
    """Start the reference server of a dialect and return it with its port."""

    def start(dialect, *arguments):
        program = run("reference", SERVERS[dialect], "--host", "127.0.0.1", "--port", "0", *arguments)
        return program, program.shows(r"listening on 127\.0\.0\.1:(\d+)").group(1)

    return start


@pytest.fixture
def silent():
    """A server that takes connections by hand."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE_S)
        yield listener


def meet(run, server, dialect, *arguments):
    """Bring two clients together, ana and bia, until each has heard the other."""
    program, port = server(dialect)
    people = []
    for name in ("ana", "bia"):
        person = run("clients", dialect, "--port", port, *arguments)
        people.append(person)
        if dialect in NAMED:
            assert person.shows("Your name:")
            person.types(name)
        if dialect in ("sair", "operador", "completo", "nick"):
            assert program.shows(rf"{name} (entrou no chat.|joined!)")
    for speaker, hearer in (people, reversed(people)):
        while not hearer.shows(".*eco", within_s=0.2):
            speaker.types("eco")
    return people


def signed(dialect, name, text):
    """Return a text as the others see it."""
    return {"prefixo": f"<{name}> {text}", "x": text}.get(dialect, f"{name}: {text}")


@pytest.mark.parametrize("name", SERVERS)
def test_a_client_is_one_short_file_of_the_standard_library(name):
    text = (ROOT / "clients" / f"{name}.py").read_text(encoding="utf-8")
    imports = re.findall(r"^ *(?:import|from) +([\w.]+)", text, re.MULTILINE)

    ast.parse(text, feature_version=(3, 8))
    assert len(text.splitlines()) <= 150
    assert set(imports) <= sys.stdlib_module_names


@pytest.mark.parametrize("arguments", [(), ("--line",)], ids=["raw", "line"])
@pytest.mark.parametrize("dialect", CHATS)
def test_two_clients_chat_through_the_server(run, server, dialect, arguments):
    ana, bia = meet(run, server, dialect, *arguments)

    ana.types("olá  maçã 🎉")
    bia.types("oi")

    assert bia.shows(re.escape(signed(dialect, "ana", "olá  maçã 🎉")))
    assert ana.shows(re.escape(signed(dialect, "bia", "oi")))
    if dialect == "nick":  # whose server gives the sender a copy, in its own time
        assert ana.shows(re.escape("ana: olá  maçã 🎉"))
    else:
        assert "olá" not in ana.output.decode()


@pytest.mark.parametrize("arguments", [(), ("--line",)], ids=["raw", "line"])
def test_tchau_shows_each_answer(run, server, arguments):
    ana = run("clients", "tchau", "--port", server("tchau")[1], *arguments)

    for text in ("olá  maçã 🎉", "a" * 3000, "oi"):
        ana.types(text)
        assert ana.shows(text)


@pytest.mark.parametrize(("dialect", "word"), WORDS)
def test_the_exit_word_ends_the_client(run, server, dialect, word):
    arguments = () if dialect in ("tchau", "x") else ("--name", "ana")
    ana = run("clients", dialect, "--port", server(dialect)[1], *arguments)

    ana.types("oi")
    ana.types(word)

    assert ana.ends() == (0, "")
    assert b"ended" not in ana.output


@pytest.mark.parametrize("dialect", ["sair", "x", "completo", "tchau"])
def test_the_exit_word_goes_on_the_wire_where_the_dialect_says_so(run, silent, dialect):
    word = dict(WORDS)[dialect]
    ana = run("clients", dialect, "--port", str(silent.getsockname()[1]))
    with silent.accept()[0] as sock:
        sock.settimeout(PATIENCE_S)
        if dialect in NAMED:
            ana.types("ana")
            assert sock.recv(100) == b"ana"
        ana.types(word)

        assert sock.recv(100) == word.encode()
    assert ana.ends() == (0, "")


def test_operador_keeps_its_exit_word_to_itself(run, silent):
    ana = run("clients", "operador", "--port", str(silent.getsockname()[1]), "--name", "ana")
    with silent.accept()[0] as sock:
        sock.settimeout(PATIENCE_S)
        assert sock.recv(100) == b"ana"
        ana.types("sair")

        assert sock.recv(100) == b""
    assert ana.ends() == (0, "")


@pytest.mark.parametrize("dialect", SERVERS)
def test_the_end_of_input_ends_it(run, server, dialect):
    ana = run("clients", dialect, "--port", server(dialect)[1])

    assert ana.ends() == (0, "")  # which closes its input


@pytest.mark.parametrize("dialect", SERVERS)
def test_ctrl_c_ends_it(run, server, dialect):
    program, port = server(dialect)
    ana = run("clients", dialect, "--port", port)
    if dialect in NAMED:
        assert ana.shows("Your name:")
        ana.process.send_signal(signal.SIGINT)
    else:
        ana.types("oi")
        assert program.shows("oi")
        ana.process.send_signal(signal.SIGINT)

    assert ana.process.wait(PATIENCE_S) == 0
    assert ana.process.stderr.read() == b""


@pytest.mark.parametrize("dialect", SERVERS)
def test_a_server_that_goes_away_is_said_in_one_line(run, server, dialect):
    program, port = server(dialect)
    ana = run("clients", dialect, "--port", port, *(["--name", "ana"] if dialect in NAMED else []))
    ana.types("oi")
    assert program.shows(".*oi")

    if dialect == "tchau":
        assert ana.shows("oi")
    program.process.kill()
    program.process.wait()
    if dialect == "tchau":  # it listens only after it has asked
        ana.types("oi")

    assert ana.shows(r"The server has ended the connection\.")
    assert ana.process.wait(PATIENCE_S) == 0
    assert ana.process.stderr.read() == b""


@pytest.mark.parametrize("dialect", ["tchau", "completo"])
def test_a_timeout_shows_and_ends_the_client(run, silent, dialect):
    ana = run("clients", dialect, "--port", str(silent.getsockname()[1]))
    with silent.accept()[0] as sock:
        sock.sendall(b"TIMEOUT")
    if dialect == "tchau":  # it listens only after it has asked
        ana.types("oi")

    assert ana.shows("TIMEOUT")
    assert ana.shows(r"The server has ended the connection\.")
    assert ana.process.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("dialect", SERVERS)
def test_no_server_is_said_in_one_line(run, silent, dialect):
    port = silent.getsockname()[1]
    silent.close()

    ana = run("clients", dialect, "--port", str(port))

    status, errors = ana.ends()
    assert status == 1
    assert re.fullmatch(rf"no server at 127\.0\.0\.1:{port}: .*refused.*\n", errors)


@pytest.mark.parametrize("dialect", CHATS)
def test_a_burst_shows_in_order_and_its_control_characters_do_nothing(run, silent, dialect):
    ana = run("clients", dialect, "--port", str(silent.getsockname()[1]))
    lines = [f"linha {number:03d} " + "é" * 350 for number in range(100)]  # more than one read takes
    with silent.accept()[0] as sock:
        sock.sendall("".join(f"{line}\n" for line in [*lines, "\x1b[31mvermelho\x07"]).encode())

        assert ana.shows(r"\?\[31mvermelho\?")
    assert [line for line in ana.output.decode().splitlines() if line.startswith("linha")] == lines


@pytest.mark.parametrize("dialect", CHATS)
def test_a_message_without_a_newline_shows_as_a_line(run, silent, dialect):
    ana = run("clients", dialect, "--port", str(silent.getsockname()[1]))
    with silent.accept()[0] as sock:
        sock.sendall(b"oi")
        assert ana.shows("oi")
        sock.sendall(b"tudo bem")

        assert ana.shows("tudo bem")


def test_nick_gives_its_name_when_it_is_asked(run, silent):
    ana = run("clients", "nick", "--port", str(silent.getsockname()[1]), "--name", "ana")
    with silent.accept()[0] as sock:
        sock.settimeout(0.3)
        with pytest.raises(TimeoutError):
            sock.recv(100)
        sock.settimeout(PATIENCE_S)
        sock.sendall(b"NICK")

        assert sock.recv(100) == b"ana"
        ana.types("oi")
        assert sock.recv(100) == b"ana: oi"
        sock.sendall(b"Connected to server!")
        assert ana.shows("Connected to server!")
    assert b"NICK" not in ana.output
