"""Every reference server starts, relays both ways of framing, ends cleanly, and can be read beside the others."""

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
from pathlib import Path

import pytest

from selftests.judging import SERVERS
from selftests.tree import ROOT

REFERENCE = ROOT / "reference"
NAMES = tuple(SERVERS)
COMPLETE = tuple(name for name, dialect in SERVERS.items() if dialect == "completo")
ONE_LOOP = ("completo_selectors", "completo_asyncio")  # in one thread, each with steps of its own
NAMED = ("sair", "operador", "nick", *COMPLETE)
SIGNS = ("sair", "operador", *COMPLETE)  # writes the name in front
ENTERED = r" (entrou no chat[.!]|joined!)\n"
WORDS = [("tchau", "TCHAU"), ("sair", "sair"), ("x", "x")]
WORDS += [(name, word) for name in COMPLETE for word in ("TCHAU", "sair", "x")]
PATIENCE_S = 5.0  # for one answer on a machine that is busy with everything else


class Server:
    """A reference server on a port of its own choice."""

    def __init__(self, name, *arguments, stdin=subprocess.PIPE):
        command = [sys.executable, str(REFERENCE / f"{name}.py"), "--host", "127.0.0.1", "--port", "0", *arguments]
        self.name = name
        self.process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.output = b""
        self.port = int(self.shows(r"listening on 127\.0\.0\.1:(\d+)\n").group(1))

    def shows(self, pattern):
        """Return the match of a pattern in what the server prints, after the last one that was asked for."""
        until = time.monotonic() + PATIENCE_S
        while (match := re.search(pattern, self.output.decode())) is None:
            ready, _, _ = select.select([self.process.stdout], [], [], until - time.monotonic())
            assert ready, f"{self.name} printed {self.output!r}, and no {pattern}"
            piece = os.read(self.process.stdout.fileno(), 65536)
            assert piece, f"{self.name} ended after {self.output!r}: {self.process.stderr.read()!r}"
            self.output += piece
        self.output = self.output.decode()[match.end() :].encode()
        return match

    def types(self, line):
        """Type a line at the console."""
        self.process.stdin.write(line.encode())
        self.process.stdin.flush()

    def interrupt(self):
        """Press Ctrl-C, when nothing of the server has run for a while.

        A signal that comes between Python's last look for one and the call that waits is seen only after that call.
        """
        until, seen, same = time.monotonic() + PATIENCE_S, "", 0
        while same < 3:
            assert time.monotonic() < until, f"{self.name} never rests"
            now = Path(f"/proc/{self.process.pid}/schedstat").read_text()
            same, seen = (same + 1 if now == seen else 0), now
            time.sleep(0.01)
        self.process.send_signal(signal.SIGINT)

    def ends(self):
        """Return the exit status and what was on the standard error."""
        _, errors = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, errors


class Client:
    """One socket, in one way of framing."""

    def __init__(self, server, end):
        self.sock = socket.create_connection(("127.0.0.1", server.port))
        self.sock.settimeout(PATIENCE_S)
        self.end = end
        self.stream = b""

    def says(self, text):
        """Send one message."""
        self.sock.sendall((text + self.end).encode())

    def hears(self, text):
        """Read up to a text, and return whether it came before the end of the stream and in time."""
        with contextlib.suppress(OSError):
            while text.encode() not in self.stream and (piece := self.sock.recv(65536)):
                self.stream += piece
        return text.encode() in self.stream

    def is_ended(self):
        """Read up to the end of the stream; False if it does not come in time."""
        try:
            while piece := self.sock.recv(65536):
                self.stream += piece
        except ConnectionError:
            return True
        except OSError:
            return False
        return True


@pytest.fixture
def opened():
    """What is entered here is closed after the test."""
    with contextlib.ExitStack() as stack:
        yield stack


@pytest.fixture
def serve(opened):
    """Start a server by its name; it is killed after the test."""

    def start(name, *arguments, **how):
        server = Server(name, *arguments, **how)
        opened.enter_context(server.process)
        opened.callback(server.process.kill)
        return server

    return start


@pytest.fixture
def join(opened):
    """Connect to a server, log in where there is a login, and be sure that the server has seen it."""

    def connect(server, name, end="\n"):
        client = Client(server, end)
        opened.callback(client.sock.close)
        if server.name in NAMED:
            client.says(name)
            server.shows(ENTERED)
        elif server.name != "tchau":
            probe = Client(server, end)  # who comes by registers in turn: this one hears the newcomer, or asks again
            with probe.sock:
                probe.sock.settimeout(0.05)
                while not probe.hears(f"[{name}]"):
                    client.says(f"[{name}]")
        return client

    return connect


def definitions(name):
    """Return the names of the functions and classes of a reference server, in their order."""
    tree = ast.parse((REFERENCE / f"{name}.py").read_text(encoding="utf-8"), feature_version=(3, 8))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found = []
    for node in tree.body:
        if isinstance(node, kinds):
            found.append(node.name)
            found += [f"{node.name}.{inner.name}" for inner in node.body if isinstance(inner, kinds)]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_reference_server_is_one_short_file_of_the_standard_library(name):
    text = (REFERENCE / f"{name}.py").read_text(encoding="utf-8")
    imports = re.findall(r"^ *(?:import|from) +([\w.]+)", text, re.MULTILINE)

    assert len(text.splitlines()) <= 150
    assert set(imports) <= sys.stdlib_module_names


@pytest.mark.parametrize("name", NAMES)
def test_all_reference_servers_have_the_same_functions_in_the_same_order(name):
    """Those in one thread may have more: each technique has a step that threads do without."""
    wanted = definitions("completo_threads")
    found = definitions(name)

    assert [each for each in found if each in wanted] == wanted
    assert found == wanted or name in ONE_LOOP


@pytest.mark.parametrize("name", NAMES)
def test_the_header_says_what_it_teaches_and_what_it_is_bad_at(name):
    header = ast.get_docstring(ast.parse((REFERENCE / f"{name}.py").read_text(encoding="utf-8")))

    assert "\nTeaches: " in header
    assert "\nBad at: " in header


@pytest.mark.parametrize("end", ["", "\n"], ids=["raw", "line"])
@pytest.mark.parametrize("name", [name for name in NAMES if name != "tchau"])
def test_a_message_reaches_the_others_in_the_form_of_the_dialect(serve, join, name, end):
    server = serve(name)
    ana, bia = join(server, "ana", end), join(server, "bia", end)

    ana.says("olá {} %s 🎉")

    assert bia.hears(("ana: " if name in SIGNS else "") + "olá {} %s 🎉" + end)
    bia.says("fim")
    assert ana.hears("fim")
    assert ana.stream.count("olá {} %s 🎉".encode()) == (name == "nick")


@pytest.mark.parametrize("end", ["", "\n"], ids=["raw", "line"])
def test_tchau_answers_the_same_bytes_to_their_sender_only(serve, join, end):
    server = serve("tchau")
    ana, bia = join(server, "ana", end), join(server, "bia", end)

    ana.says("olá {} %s 🎉")
    assert ana.hears("olá {} %s 🎉" + end)
    bia.says("oi")
    assert bia.hears("oi" + end)

    assert ("olá {} %s 🎉" + end).encode() == ana.stream
    assert ("oi" + end).encode() == bia.stream


def test_nick_asks_for_the_name_and_greets_whoever_gives_it(serve, opened):
    server = serve("nick")
    ana = Client(server, "")
    opened.callback(ana.sock.close)

    assert ana.hears("NICK")
    ana.says("ana")
    assert ana.hears("Connected to server!\n")
    ana.says("ana: oi")
    assert ana.hears("ana: oi")

    assert ana.stream.startswith(b"NICKConnected to server!\nana: oi")


@pytest.mark.parametrize("name", ["sair", "prefixo", "nick", *ONE_LOOP])
def test_a_character_that_two_reads_cut_is_put_together(serve, join, name):
    server = serve(name)
    ana, bia = join(server, "ana", ""), join(server, "bia", "")

    ana.sock.sendall("ma\u00e7".encode()[:-1])
    assert bia.hears("ma")
    ana.sock.sendall("\u00e7ã".encode()[1:])

    assert bia.hears("çã")
    assert bia.stream.decode()


@pytest.mark.parametrize("name", ["sair", "prefixo", "nick", *ONE_LOOP])
def test_a_character_that_never_goes_on_harms_no_later_message(serve, join, name):
    server = serve(name)
    ana, bia = join(server, "ana", ""), join(server, "bia", "")

    ana.sock.sendall("café".encode("latin-1"))
    assert bia.hears("caf")
    ana.says("oi")

    assert bia.hears("ana: oi" if name in SIGNS else "oi")
    assert bia.stream.decode()


@pytest.mark.parametrize("name", ["sair", *ONE_LOOP])
def test_several_lines_in_one_segment_are_several_messages_and_half_a_line_waits(serve, join, name):
    server = serve(name)
    ana, bia = join(server, "ana"), join(server, "bia")

    ana.sock.sendall(b"um\r\ndois\ntr")
    assert bia.hears("ana: um\nana: dois\n")
    ana.sock.sendall("ês\n".encode())

    assert bia.hears("ana: três\n")


@pytest.mark.parametrize("end", ["", "\n"], ids=["raw", "line"])
@pytest.mark.parametrize(("name", "word"), WORDS)
def test_the_exit_word_ends_its_sender_and_nobody_else(serve, join, name, word, end):
    server = serve(name)
    ana, bia = join(server, "ana", end), join(server, "bia", end)

    bia.says(word)

    assert bia.is_ended()
    if name in ("sair", *COMPLETE):
        assert ana.hears("bia saiu do chat.")
        assert join(server, "bia", end)
        assert ana.hears("bia saiu do chat.\nbia entrou no chat!\n")
    if name == "tchau":
        ana.says("oi")
        assert ana.hears("oi")


@pytest.mark.parametrize("name", NAMED)
def test_a_name_in_use_is_made_distinct_and_an_empty_one_replaced(serve, join, name):
    server = serve(name)
    ana = join(server, "ana")

    join(server, "ana")
    join(server, " ")

    assert ana.hears("ana (2) joined" if name == "nick" else "ana (2) entrou no chat")
    assert ana.hears("guest joined" if name == "nick" else "visitante entrou no chat")


@pytest.mark.parametrize("name", ["tchau", *COMPLETE])
def test_silence_ends_a_connection_after_the_idle_time_and_not_before(serve, join, name):
    server = serve(name, "--idle-seconds", "0.5")
    client = join(server, "ana")
    started = time.monotonic()
    client.says("oi")

    assert client.is_ended()

    assert 0.5 <= time.monotonic() - started < PATIENCE_S
    assert client.stream.endswith(b"TIMEOUT\n")


@pytest.mark.parametrize("name", ["tchau", *COMPLETE])
def test_the_timeout_is_not_lost_to_half_a_line_that_nobody_read(serve, join, name):
    server = serve(name, "--idle-seconds", "0.3")
    client = join(server, "ana")
    client.says("oi")
    client.sock.sendall(b"metade")

    assert client.is_ended()

    assert client.stream.endswith(b"TIMEOUT\n")


@pytest.mark.parametrize(
    ("name", "heard"), [("x", "oi"), *((name, "Servidor: oi") for name in ("operador", *COMPLETE))]
)
def test_a_line_typed_at_the_console_goes_to_all(serve, join, name, heard):
    server = serve(name)
    ana, bia = join(server, "ana"), join(server, "bia")

    server.types("oi\n")

    assert ana.hears(f"{heard}\n")
    assert bia.hears(f"{heard}\n")


@pytest.mark.parametrize("name", ["operador", *COMPLETE])
def test_the_exit_word_at_the_console_stops_the_server(serve, join, name):
    server = serve(name)
    ana = join(server, "ana")

    server.types("sair\n")

    assert ana.is_ended()
    assert server.ends() == (0, b"")


@pytest.mark.parametrize("name", NAMES)
def test_a_server_without_a_console_serves_on(serve, join, name):
    server = serve(name, stdin=subprocess.DEVNULL)
    ana, bia = join(server, "ana"), join(server, "bia")

    ana.says("oi")

    assert (ana if name == "tchau" else bia).hears("oi")


@pytest.mark.parametrize("name", NAMES)
def test_traffic_shows_on_one_printable_line_of_the_terminal(serve, join, name):
    server = serve(name)
    ana = join(server, "ana")

    ana.says("oi \x1b[31m" + "a" * 500)

    server.shows(r"(?m)^(ana: )?oi \?\[31ma{150,199}$")


@pytest.mark.parametrize("name", NAMES)
def test_ctrl_c_ends_it_at_once_with_clients_connected(serve, join, name):
    server = serve(name)
    ana = join(server, "ana")

    server.interrupt()

    assert ana.is_ended()
    assert server.ends() == (0, b"")


@pytest.mark.parametrize("name", NAMES)
def test_a_busy_port_is_said_in_one_line(serve, name):
    port = serve(name).port
    command = [sys.executable, str(REFERENCE / f"{name}.py"), "--host", "127.0.0.1", "--port", str(port)]

    second = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, stdin=subprocess.DEVNULL)

    assert second.returncode == 1
    assert re.fullmatch(rf"cannot listen on 127\.0\.0\.1:{port}: .*in use.*\n", second.stderr)


@pytest.mark.parametrize("name", NAMES)
def test_a_terminal_that_stands_still_holds_up_nobody(serve, join, name):
    server = serve(name)  # nobody reads its standard output from here on
    ana, bia = join(server, "ana"), join(server, "bia")

    for number in range(1500):  # 200 letters a line fill the pipe of 64 KiB several times
        ana.says(f"{number} " + "a" * 300)
    ana.says("fim")

    assert (ana if name == "tchau" else bia).hears("fim")
