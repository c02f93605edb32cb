"""The terminal of a client: read without waiting, expected of as pexpect does it, typed at."""

import os
import pty
import re
import subprocess
import sys
import termios
import time
import tty

import pexpect
import pytest

from batepapo.under_test.terminal import KEPT_BYTES, ClientSpawn, SpawnHooks
from batepapo.verdicts import results
from selftests.judging import client, reference
from selftests.tree import ROOT


class Missed(Exception):
    """What the testbed makes of a pattern that did not come."""


class Terminal:
    """Both sides of a terminal with echo: our spawn, and the side of a program that is only said to run."""

    def __init__(self):
        self.console, self.keyboard = pty.openpty()
        os.set_blocking(self.console, False)
        attributes = termios.tcgetattr(self.keyboard)
        attributes[3] |= termios.ECHO
        termios.tcsetattr(self.keyboard, termios.TCSANOW, attributes)
        self.status = None
        self.told = []  # by the hooks, in their order
        self.next_prints = []  # what the program prints while the event loop runs
        self.spawn = ClientSpawn(self.console, self.keyboard, self)
        self.spawn.is_driven(
            SpawnHooks(self._until, lambda text: self._tells("types", text), self._presses, self._fails, limit_s=5.0)
        )

    def alive(self):
        """As a program says it."""
        return self.status is None

    def exit_status(self):
        """As a program says it."""
        return self.status

    def prints(self, data):
        """Let the program print; our side has read it when this returns."""
        for at in range(0, len(data), 1024):
            os.write(self.keyboard, data[at : at + 1024])
            self.spawn.take_output()

    def _until(self, condition, limit_s):
        self._tells("waits", limit_s)
        if self.next_prints:
            self.prints(self.next_prints.pop(0))
        self.spawn.take_output()
        return condition()

    def _presses(self, key):
        self._tells("presses", key)

    def _tells(self, *what):
        self.told.append(what)

    def _fails(self, patterns, limit_s):
        raise Missed(patterns, limit_s)


@pytest.fixture
def terminal():
    """A terminal that is closed after the test."""
    one = Terminal()
    yield one
    os.close(one.console)
    os.close(one.keyboard)


# ---- answering -----------------------------------------------------------------------------


def test_a_query_is_answered_at_the_keyboard(terminal):
    """A line editor reads the answer, key by key, and waits for it."""
    tty.setraw(terminal.keyboard)
    terminal.prints(b"oi\x1b[6n")

    assert os.read(terminal.keyboard, 64) == b"\x1b[1;3R"
    assert terminal.spawn.typed == []


def test_a_program_that_asks_without_end_and_never_reads_holds_nobody_up(terminal):
    """The queue of a terminal is 4 KiB; a terminal would drop the rest, too."""
    tty.setraw(terminal.keyboard)

    terminal.prints(b"\x1b[6n" * 20_000)

    assert terminal.spawn.unread()


# ---- expecting -------------------------------------------------------------------------------


def test_a_pattern_is_found_in_what_was_read_before(terminal):
    """Typing does not clear it, and no wait is needed."""
    terminal.prints(b"Bem-vinda!\r\nSala: ")
    terminal.spawn.sendline("oi")

    assert terminal.spawn.expect(r"Sa\w+:") == 0
    assert terminal.spawn.before == "Bem-vinda!\r\r\n"
    assert terminal.told == [("types", "oi\n")]


def test_what_was_expected_is_not_found_again(terminal):
    terminal.prints(b"Sala: ")
    terminal.spawn.expect("Sala:")

    with pytest.raises(Missed):
        terminal.spawn.expect("Sala:")


def test_the_event_loop_runs_while_a_pattern_is_expected(terminal):
    """Text may come in pieces, and a character in two."""
    terminal.next_prints = [b"S", "al\u00e3".encode()[:-1], "al\u00e3".encode()[-1:] + b"o:"]

    assert terminal.spawn.expect_exact(["Nome:", "Salão:"]) == 1
    assert len(terminal.told) == 3


@pytest.mark.parametrize(
    ("expects", "words"),
    [
        (lambda spawn: spawn.expect("Sala:"), "'Sala:'"),
        (lambda spawn: spawn.expect(["Sala:", re.compile("Nome")]), "'Sala:' or 'Nome'"),
        (lambda spawn: spawn.expect_exact("Sala:"), "'Sala:'"),
        (lambda spawn: spawn.expect(pexpect.EOF), "its end"),
        (lambda spawn: spawn.expect_loop(pexpect.expect.searcher_string(["Sala:"])), "searcher_string: 0: 'Sala:'"),
        (lambda spawn: spawn.readline(), r"'\r\n' or its end"),
    ],
)
def test_a_pattern_that_never_comes_is_told_to_the_testbed(terminal, expects, words):
    """Not as an exception of pexpect's, which no part of the engine knows."""
    with pytest.raises(Missed) as missed:
        expects(terminal.spawn)

    assert missed.value.args == (words.replace("\r\n", r"\r\n"), 5.0)


def test_the_end_of_the_program_is_told_to_the_testbed_too(terminal):
    """It does not wait for the limit."""
    terminal.status = 1

    with pytest.raises(Missed, match="Sala"):
        terminal.spawn.expect(["Sala:", pexpect.TIMEOUT])
    assert terminal.spawn.exitstatus == 1


def test_who_expects_it_may_look_for_the_limit_and_the_end(terminal):
    """As pexpect documents it."""
    assert terminal.spawn.expect(["Sala:", pexpect.TIMEOUT], timeout=0.1) == 1
    assert terminal.told == [("waits", 0.1)]

    terminal.status = -9
    assert terminal.spawn.expect(["Sala:", pexpect.EOF]) == 1
    assert (terminal.spawn.isalive(), terminal.spawn.signalstatus) == (False, 9)


def test_what_came_before_the_end_is_delivered_first(terminal):
    """Also what nobody has read when the program is seen to have ended."""
    terminal.status = 0
    os.write(terminal.keyboard, b"tchau")

    assert terminal.spawn.read() == "tchau"
    with pytest.raises(pexpect.EOF):
        terminal.spawn.read_nonblocking()


def test_a_terminal_that_nobody_has_open_is_at_its_end():
    """The kernel says EIO there."""
    terminal = Terminal()
    terminal.prints(b"tchau")
    os.close(terminal.keyboard)

    assert terminal.spawn.read() == "tchau"
    assert terminal.spawn.hung_up
    os.close(terminal.console)


def test_a_limit_of_ones_own_and_none_at_all_reach_the_event_loop(terminal):
    """The testbed cuts both by the check's time."""
    for timeout in (0.5, None, -1):
        with pytest.raises(pexpect.TIMEOUT):
            terminal.spawn.read_nonblocking(10, timeout)

    assert terminal.told == [("waits", 0.5), ("waits", float("inf")), ("waits", 5.0)]


def test_a_flood_is_cut_and_said_to_be_one(terminal):
    """No more than 128 KiB are drawn and kept, and all of them can be searched."""
    line = b"x" * 1022 + b"\r\n"
    terminal.prints(b"inicio\r\n" + 2 * (KEPT_BYTES // len(line)) * line)

    assert terminal.spawn.overfull
    assert terminal.spawn.lines == 1 + 2 * (KEPT_BYTES // len(line))
    assert len(terminal.spawn.printed) == KEPT_BYTES
    assert terminal.spawn.expect_exact("inicio") == 0
    assert terminal.spawn.expect(["fim", pexpect.TIMEOUT]) == 1
    assert len(terminal.spawn.before) <= KEPT_BYTES


def test_nothing_is_awaited(terminal):
    """A loop of asyncio would be a second reader."""
    with pytest.raises(TypeError, match="awaits nothing"):
        terminal.spawn.expect("Sala:", async_=True)


def test_pexpect_sleeps_nowhere(terminal):
    spawn = terminal.spawn
    assert {name: value for name, value in vars(spawn).items() if name.startswith("delay")} == {
        "delaybeforesend": None,
        "delayafterread": None,
        "delayafterclose": None,
        "delayafterterminate": None,
    }


# ---- typing ----------------------------------------------------------------------------------


def test_what_is_typed_shows_by_the_echo_of_the_terminal(terminal):
    """Before the call returns, so that what the program answers stands behind it."""
    terminal.prints(b"nome: ")
    terminal.spawn.sendline("ana")
    terminal.spawn.take_output()
    terminal.prints("olá".encode())

    assert terminal.spawn.rows() == ["nome: ana", "olá"]
    assert terminal.spawn.rows_before == ["nome:"]


def test_a_line_may_be_typed_in_pieces(terminal):
    """It is one line, and the screen before it is that before its beginning."""
    terminal.prints(b"> ")
    terminal.spawn.send("oi, ")
    terminal.spawn.take_output()
    terminal.spawn.send("bia\ntudo")
    terminal.spawn.sendline(" bem?")

    assert terminal.spawn.typed == ["oi, bia", "tudo bem?"]
    assert terminal.spawn.rows_before == [">"]


def test_control_keys_have_names(terminal):
    attributes = termios.tcgetattr(terminal.keyboard)
    attributes[3] &= ~(termios.ICANON | termios.ISIG)
    termios.tcsetattr(terminal.keyboard, termios.TCSANOW, attributes)

    terminal.spawn.sendcontrol("c")
    terminal.spawn.sendeof()
    terminal.spawn.sendcontrol("[")

    assert terminal.told == [("presses", "C"), ("presses", "D"), ("presses", "[")]
    assert [os.read(terminal.keyboard, 1) for _ in range(3)] == [b"\x03", b"\x04", b"\x1b"]
    with pytest.raises(ValueError, match="is no key"):
        terminal.spawn.sendcontrol("1")


def test_what_ctrl_takes_back_is_no_line(terminal):
    """And what the end of input hands over is one."""
    terminal.spawn.send("errado")
    terminal.spawn.sendcontrol("u")
    terminal.spawn.send("certo")
    terminal.spawn.sendeof()

    assert terminal.spawn.typed == ["certo"]


def test_a_typed_line_costs_less_than_two_milliseconds(terminal):
    """The median of many; it is waiting at the other side when the call returns."""
    times = []
    for number in range(50):
        began_s = time.perf_counter()
        terminal.spawn.sendline(f"oi {number}")
        times.append(time.perf_counter() - began_s)
        assert terminal.spawn.unread()
        os.read(terminal.keyboard, 100)

    assert sorted(times)[25] < 0.002


def test_closing_closes_no_descriptor(terminal):
    """They are the program's; what stood on the screen stays."""
    terminal.prints(b"tchau")
    with terminal.spawn:
        pass

    assert terminal.spawn.closed
    assert os.fstat(terminal.console)
    assert os.fstat(terminal.keyboard)
    assert terminal.spawn.rows() == ["tchau"]


def test_nobody_types_where_nobody_sits():
    console, keyboard = pty.openpty()
    spawn = ClientSpawn(console, keyboard, None)

    with pytest.raises(RuntimeError, match="nobody sits at this terminal yet"):
        spawn.sendline("oi")
    os.close(console)
    os.close(keyboard)


# ---- in a run --------------------------------------------------------------------------------

TERMINALS = "import pytest\n\n@pytest.fixture\ndef terminals():\n    pass\n"
COURSE = """
from batepapo import clause

@clause("SALA-1", of="client")
def test_it_asks_for_the_room(terminals):
    \"\"\"It asks for the room, and says in which it is.\"\"\"
    ana = terminals.starts("ana")

    ana.spawn.expect("Sala:")
    ana.spawn.sendline("redes")
    ana.spawn.expect(r"sala (\\w+)")

    terminals.expect(ana.spawn.match[1] == "redes", "the room is the one that was typed")


@clause("SALA-2", of="client")
def test_a_pattern_that_never_comes(terminals):
    \"\"\"It asks for what it does not ask for.\"\"\"
    terminals.starts("ana").spawn.expect("Senha:")


@clause("SALA-3", of="client")
def test_a_pattern_that_never_comes_while_arranging(terminals):
    \"\"\"Nobody is accused by it.\"\"\"
    with terminals.arranging():
        terminals.starts("ana").spawn.expect("Senha:")
"""
ASKS = """
import socket
print("sala", input("Sala: "))
socket.create_connection(("127.0.0.1", 5555))
input()
"""


def judged(folder, checks, *words, plugin=""):
    """A run of the checks in a folder, with a plugin of ours; what it printed, and the verdicts, if it was a run."""
    (folder / "of_this_test.py").write_text(plugin)
    path = folder / "results.jsonl"
    path.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", str(checks), "-p", "of_this_test", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "--results", str(path), *words],
        cwd=checks,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(folder)])},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    verdicts = results.read(path)[1] if path.exists() and path.stat().st_size else []
    return done.stdout + done.stderr, {verdict.id: verdict.word for verdict in verdicts}


def test_a_clause_of_a_course_may_expect_a_pattern(tmp_path):
    """One that never comes fails the check, with the pattern and the last rows; while arranging, it blocks it."""
    for name, text in {"conftest.py": TERMINALS, "pytest.ini": "[pytest]\n", "test_it.py": COURSE}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "SPEC.md").write_text("**SALA-1** **SALA-2** **SALA-3**")
    (tmp_path / "client.py").write_text(ASKS)

    said, words = judged(tmp_path, tmp_path, "--dialect", "sair", "--client-cmd", f"{sys.executable} client.py")

    assert words == {"SALA-1": "pass", "SALA-2": "fail", "SALA-3": "blocked"}, said
    assert re.search(r"expected +ana's terminal gets 'Senha:' within \d", said)
    assert re.search(r"heard +'Sala:'", said)


def test_without_it_no_client_is_judged(tmp_path):
    """No other way leads to the terminal."""
    without = "import batepapo.under_test.terminal\ndel batepapo.under_test.terminal.ClientSpawn"
    words = ("--dialect", "sair", "--chat-clauses", "CLIENT-1", "--client-cmd", client("sair"))

    assert judged(tmp_path, ROOT / "conformance", *words)[1] == {"CLIENT-1": "pass"}
    said, verdicts = judged(tmp_path, ROOT / "conformance", *words, plugin=without)
    assert verdicts == {}
    assert "cannot import name 'ClientSpawn'" in said


def test_where_a_server_alone_is_judged_it_is_not_even_loaded(tmp_path):
    """Nor is the emulator: most runs judge a server."""
    loaded = "import sys\ndef pytest_sessionfinish(): print('loaded:', {'pexpect', 'pyte'} & set(sys.modules))"
    words = ("--dialect", "x", "--chat-clauses", "LISTEN-1,CLIENT-2", "--server-cmd", reference("x"))

    alone, _ = judged(tmp_path, ROOT / "conformance", *words, plugin=loaded)
    both, _ = judged(tmp_path, ROOT / "conformance", *words, "--client-cmd", client("x"), plugin=loaded)

    assert "loaded: set()" in alone
    assert "'pexpect'" in both
