"""Odd servers: each run ends in bounded time and memory, leaves no process, and says in one line what happened."""

import shlex
import shutil
import socket
import subprocess
import threading

import pytest

from batepapo.verdicts.verdict import MUST
from selftests.bounded import ODD, bounded, odd
from selftests.judging import reference

pytestmark = pytest.mark.runs

LIMIT_S = 30  # times the machine factor; no dialect here has an idle limit
LIMIT_MIB = 300
SIDE_BY_SIDE = 8
FEW = ("--clauses", "LISTEN-1,CAST-1,CAST-2,EXIT-1,DROP-1")


def judged(server_cmd, folder, *options, dialect="x"):
    """Judge a server, and check what holds for each of them."""
    measured = bounded(server_cmd, dialect, folder, *options)
    output = measured.run.output
    assert measured.wall_s < LIMIT_S * max(1.0, measured.run.facts.machine_factor), output
    assert measured.peak_mib < LIMIT_MIB, output
    assert measured.left_over == (), output
    assert "harness_error" not in measured.run.words().values(), output
    assert "INTERNALERROR" not in output
    return measured.run


# ---- servers that never come to listen: exit status 10 ---------------------------------------

# Longer than the whole run may take: what is said earlier was seen, not waited for.
LATE = ("--start-timeout", "1000")
ASKS = "asks for input before it listens: 'Porta:'"
NEVER = {  # the command line, more options, what its line says, what is to be tried
    "udp only": (odd("udp_only"), LATE, "listens on UDP port 3001, but on no TCP", "SOCK_STREAM"),
    "udp, no time to see": (odd("udp_only"), ("--start-timeout", "0.5"), "listens on UDP port 3001", "SOCK_STREAM"),
    "asks for input": (odd("asks"), LATE, ASKS, "settings"),
    "asks in a thread": (odd("asks_in_a_thread"), LATE, ASKS, "settings"),
    "asks in Node.js": (f"node {ODD / 'asks.js'}", LATE, ASKS, "settings"),
    "asks in Java": (f"java {ODD / 'Asks.java'}", LATE, ASKS, "settings"),
    "forks": (odd("forks"), ("--start-timeout", "2"), "did not listen on any TCP port", "listen()"),
    "shouts": (odd("shouts"), ("--start-timeout", "2"), "did not listen on any TCP port", "listen()"),
    "ends at once": (
        odd("ends"),
        (),
        "ended (exit status 1) before it listened on TCP: RuntimeError, no database",
        "line",
    ),
    "never listens": (odd("never_listens"), ("--start-timeout", "1"), "did not listen on any TCP port", "listen()"),
    "not found": ("./no_such_server", (), "no_such_server", "try: "),
    "not executable": ("./server.txt", (), "server.txt", "try: "),
    "py": ("py server.py", (), "`py` is Windows' launcher", "write python3"),
}


@pytest.mark.parametrize("what", NEVER)
def test_a_server_that_never_listens_is_said_once(what, tmp_path):
    """What happened, its last output, what to try; status 10, LISTEN-1 fails and all others are blocked."""
    command, options, happened, hint = NEVER[what]
    if (program := command.split()[0]) in ("node", "java") and shutil.which(program) is None:
        pytest.skip(f"{program} is not installed here; .ci/run installs it")
    (tmp_path / "server.txt").write_text("no program\n")

    run = judged(command, tmp_path, *options)

    assert run.status == 10, run.output
    words = run.words()
    assert words.pop("LISTEN-1") == "fail"
    assert set(words.values()) == {"blocked", "not_applicable"}
    said = [line for line in run.output.splitlines() if "the server did not start: " in line]
    assert len(said) == 1, run.output
    assert happened in said[0] or happened in run.output, run.output
    assert hint in run.output, run.output
    assert "Traceback" not in run.output.replace("    Traceback", ""), run.output


# ---- servers that listen and do wrong: exit status 1 -----------------------------------------


@pytest.mark.parametrize(
    ("server", "words"),
    [
        ("sink", {"CAST-1": "fail", "LISTEN-1": "pass", "CAST-2": "blocked"}),
        ("deaf", {"CAST-1": "fail", "LISTEN-1": "pass", "CAST-2": "blocked"}),
        ("dies", {"CAST-1": "fail", "LISTEN-1": "pass", "EXIT-4": "blocked"}),
        ("floods", {"LISTEN-1": "pass"}),
        ("dies_half_way", {"CAST-1": "pass", "LISTEN-1": "pass", "LISTEN-3": "fail"}),
    ],
)
def test_a_server_that_does_wrong_is_judged_in_bounded_time(server, words, tmp_path):
    """The whole suite ends, and some verdict is red."""
    run = judged(odd(server), tmp_path)

    assert run.status == 1, run.output
    assert {id: run.words()[id] for id in words} == words, run.output
    if server.startswith("dies"):
        assert "the server goes on running; instead: it ended (exit status" in run.output


# ---- servers that do right, oddly ------------------------------------------------------------


@pytest.mark.parametrize(
    "whole", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["few clauses", "all clauses"]
)
@pytest.mark.parametrize("server", ["daemons", "spins", "writes_history", "both_families", "own_address"])
def test_a_server_that_does_right_in_an_odd_way_passes(server, whole, tmp_path):
    """Daemons, a busy loop, files, `::`, the address of the machine's own name: no MUST forbids them."""
    kept = tmp_path / "mine.txt"
    kept.write_text("mine")

    measured = bounded(odd(server), "x", tmp_path, *(() if whole else FEW))

    musts = {verdict.word for verdict in measured.run.verdicts if verdict.level == MUST}
    assert musts <= {"pass", "not_applicable"}, measured.run.output
    assert measured.run.status == 0, measured.run.output
    assert measured.left_over == ()
    assert measured.peak_mib < LIMIT_MIB
    assert kept.read_text() == "mine"
    assert not (tmp_path / "history.txt").exists()


def test_the_address_of_a_laboratory_is_the_servers_own(tmp_path):
    """The original of seed 000 binds 192.168.18.13."""
    run = judged(f"{reference('x')} --host 192.168.18.13", tmp_path, *FEW)

    assert run.status == 0, run.output
    assert set(run.words().values()) == {"pass"}


def test_eight_servers_on_one_port_are_judged_side_by_side(tmp_path):
    """Each in a network of its own, with the same verdicts."""
    folders = [tmp_path / str(number) for number in range(SIDE_BY_SIDE)]
    runs = {}

    def judge(folder):
        folder.mkdir()
        runs[folder] = bounded(reference("x"), "x", folder, *FEW)

    threads = [threading.Thread(target=judge, args=(folder,)) for folder in folders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [runs[folder].run.status for folder in folders] == [0] * SIDE_BY_SIDE, runs[folders[0]].run.output
    assert all(set(runs[folder].run.words().values()) == {"pass"} for folder in folders)
    assert all(runs[folder].left_over == () for folder in folders)


# ---- servers that run already ----------------------------------------------------------------


def test_a_server_that_runs_already_is_left_running(tmp_path):
    """Clauses that need its process are not asked, and it still answers afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        address = probe.getsockname()
    command = [*shlex.split(reference("x")), "--host", address[0], "--port", str(address[1])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as server:
        try:
            server.stdout.readline()  # it listens
            run = bounded("", "x", tmp_path, *FEW, address=f"127.0.0.1:{address[1]}").run
            socket.create_connection(address, timeout=5).close()
        finally:
            server.kill()

    assert run.status == 0, run.output
    words = run.words()
    assert words.pop("LISTEN-1") == "not_applicable"
    assert set(words.values()) == {"pass"}, run.output
