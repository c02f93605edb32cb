"""The runner: a network, a terminal and an end of its own for each start."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from pathlib import Path

import pytest

from batepapo.errors import UsageError
from batepapo.isolation import process_tree, sockdiag
from batepapo.isolation.program import Program
from batepapo.isolation.runner import Runner
from batepapo.isolation.running_program import CannotExec, KeeperTimeout
from selftests.tree import ROOT

SRC = ROOT / "src"

LISTENER = """
import socket
server = socket.socket({family})
server.bind(({host!r}, {port}))
server.listen()
print("listening", flush=True)
while True:
    client, _ = server.accept()
    client.sendall({says!r})
    client.close()
"""


@pytest.fixture(scope="module")
def runner():
    with Runner() as runner:
        yield runner


@pytest.fixture
def private(runner):
    if runner.rung == "shared":
        pytest.skip(f"no private network: {runner.why}")
    return runner


@pytest.fixture
def run(runner, tmp_path):
    """Start Python code, or a command; end it after the test."""
    starts = []

    def run(code=None, *, argv=None, inside=runner, env=None):
        if code is not None:
            name = f"program{len(starts)}.py"
            (tmp_path / name).write_text(textwrap.dedent(code))
            argv = (sys.executable, "-I", name)
        start = inside.start(Program(tuple(argv), tmp_path, dict(os.environ) if env is None else env))
        starts.append(start)
        return start

    yield run
    for start in starts:
        start.stop()


def until(found, within_s=10.0):
    """Return the first true value of `found()`."""
    give_up = time.monotonic() + within_s
    while not (value := found()):
        if time.monotonic() > give_up:
            pytest.fail(f"not within {within_s} s")
        time.sleep(0.002)
    return value


def printed(start, wanted, within_s=10.0):
    """Return the output as soon as it holds what is wanted."""
    seen = bytearray()

    def look():
        try:
            seen.extend(os.read(start.console, 65536))
        except BlockingIOError:
            return False
        return wanted in seen

    until(look, within_s)
    return bytes(seen)


def talk(start, host, port, family=socket.AF_INET):
    until(start.listeners)
    with start.socket(family) as client:
        client.settimeout(5)
        client.connect((host, port))
        return client.recv(100)


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


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


def test_a_listener_on_both_families_says_that_it_is_not_v6only(run, private):
    start = run(
        """
        import socket
        server = socket.create_server(("::", 5000), family=socket.AF_INET6, dualstack_ipv6=True)
        server.accept()[0].sendall(b"hello")
        input()
        """
    )

    (listener,) = until(start.listeners)
    assert (listener.family, listener.local, listener.v6only) == (socket.AF_INET6, ("::", 5000), False)
    assert talk(start, "127.0.0.1", 5000) == b"hello"


def test_both_ends_of_a_connection_are_seen_with_their_queues(run, private):
    start = run("import socket; s = socket.create_server(('', 5000)); c, _ = s.accept(); print('ok'); input()")
    until(start.listeners)
    with start.socket(socket.AF_INET) as client:
        client.connect(("127.0.0.1", 5000))
        printed(start, b"ok")
        client.sendall(b"unread")

        ends = {one.local[1]: one for one in sockdiag.sockets(start.diag) if one.state == sockdiag.ESTABLISHED}

        theirs, ours = ends[5000], ends[client.getsockname()[1]]
    assert theirs.unread == 6
    assert theirs.info.bytes_received == 6
    assert ours.info.bytes_sent == 6
    assert (theirs.local, theirs.remote) == (ours.remote, ours.local)


def test_a_family_that_does_not_exist_is_an_os_error(run):
    start = run(argv=("/bin/sleep", "60"))

    with pytest.raises(OSError, match="family"):
        start.socket(45)


# ---- the terminal ----------------------------------------------------------------------------


def test_what_is_printed_without_a_flush_is_seen(run):
    start = run("import time; print('here'); time.sleep(60)", env={"PATH": os.environ["PATH"]})

    assert printed(start, b"here\r\n") == b"here\r\n"


def test_nothing_that_is_typed_is_echoed(run):
    start = run("print('you typed', input())")
    os.write(start.console, "olá\n".encode())

    assert printed(start, b"typed") == "you typed olá\r\n".encode()


def test_control_c_ends_a_program_even_when_our_parent_ignored_it(run):
    start = run("import time; print('ready', flush=True); time.sleep(60)")
    printed(start, b"ready")
    os.write(start.console, b"\x03")

    assert until(lambda: start.exit_status() is not None)
    assert start.exit_status() == -signal.SIGINT


def test_every_signal_is_as_a_fresh_program_has_it(run):
    start = run(argv=("/bin/grep", "-E", "Sig(Ign|Blk)", "/proc/self/status"))

    masks = [int(line.split()[1], 16) for line in printed(start, b"SigIgn").splitlines() if b":" in line]
    libc_s_own = 3 << 31  # 32 and 33: glibc keeps them for itself, nobody can set them
    assert masks
    assert not any(mask & ~libc_s_own for mask in masks)


def test_no_descriptor_of_ours_reaches_the_program(run):
    start = run(argv=("/bin/ls", "/proc/self/fd"))

    assert printed(start, b"3").split() == [b"0", b"1", b"2", b"3"]  # the last is the folder that ls lists


# ---- starting and ending ---------------------------------------------------------------------


def test_the_exit_status_is_that_of_the_program(run):
    start = run("raise SystemExit(7)")

    assert until(lambda: start.exit_status() is not None)
    assert start.exit_status() == 7


@pytest.mark.parametrize(
    ("argv", "errno"), [(("there-is-none",), 2), (("./nothing.py",), 2), (("./plain.txt",), 13), (("/etc",), 13)]
)
def test_a_program_that_cannot_run_is_said_with_its_errno(run, tmp_path, argv, errno):
    (tmp_path / "plain.txt").touch(0o644)

    with pytest.raises(CannotExec) as raised:
        run(argv=argv)

    assert raised.value.errno == errno


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


def test_a_program_in_the_background_outlives_its_parent_as_under_a_shell(run):
    start = run("import os, time\nif os.fork(): os._exit(0)\ntime.sleep(0.2); print('still here'); time.sleep(60)")

    assert b"still here" in printed(start, b"still here")


def test_an_endless_chain_of_forks_is_ended(run):
    start = run("import os\nprint('go', flush=True)\nwhile True:\n    if os.fork():\n        os._exit(0)\n")
    printed(start, b"go")

    begun = time.monotonic()
    start.stop()

    assert time.monotonic() - begun < 2
    assert process_tree.descendants(start.keeper_pid) == []


def test_stopping_twice_and_asking_afterwards_is_harmless(run):
    start = run("import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)")

    start.stop()
    start.stop()

    assert start.exit_status() == -signal.SIGKILL
    assert not alive(start.pid)


def test_what_a_program_leaves_that_kills_its_keeper_is_ended(run):
    start = run("import os, signal, time\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(60)")

    until(lambda: not alive(start.pid))
    assert start.exit_status() == -signal.SIGKILL
    with pytest.raises(OSError, match="killed"):
        start.socket(socket.AF_INET)


PYTEST_LIKE = """
import os, sys, tempfile, time
sys.path.insert(0, {src!r})
from pathlib import Path
from batepapo.isolation.program import Program
from batepapo.isolation.runner import Runner
runner = Runner()
code = "import os, time\\nos.fork()\\nos.setsid() if os.getpid() != os.getpgrp() else 0\\nprint(1)\\ntime.sleep(60)"
starts = [runner.start(Program((sys.executable, "-c", code), Path({folder!r}), dict(os.environ))) for _ in range(3)]
print(runner._launcher.pid, runner._scratch, *(s.keeper_pid for s in starts), flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("rung", ["auto", "own", "user"])
def test_nothing_is_left_when_pytest_is_killed(tmp_path, runner, rung):
    if rung != "auto" and runner.rung != "own":
        pytest.skip("not root")
    code = PYTEST_LIKE.format(src=str(SRC), folder=str(tmp_path))
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "BATEPAPO_NETWORK": "" if rung == "auto" and runner.rung != "shared" else rung},
    ) as process:
        if runner.rung == "shared":
            process.kill()
            pytest.skip("three starts at once need private networks")
        launcher, scratch, *keepers = process.stdout.readline().split()
        pids = [int(launcher), *map(int, keepers)]
        for keeper in pids[1:]:
            until(lambda keeper=keeper: len(process_tree.descendants(keeper)) == 2)
            pids += process_tree.descendants(keeper)
        process.kill()
        process.wait()

        until(lambda: not any(map(alive, pids)), within_s=5)
        until(lambda: not os.path.exists(scratch), within_s=5)


# ---- the ladder ------------------------------------------------------------------------------

LADDER = """
import os, sys
package = sys.modules["batepapo"] = type(sys)("batepapo")  # the system's Python has no pytest
package.__path__ = [{src!r} + "/batepapo"]
from pathlib import Path
from batepapo.isolation.program import Program
from batepapo.isolation.runner import Runner
from batepapo.errors import UsageError
try:
    runner = Runner()
except UsageError as error:
    sys.exit(f"UsageError {{error}}")
with runner:
    start = runner.start(Program(("/usr/bin/id", "-u"), Path({folder!r}), dict(os.environ)))
    while start.exit_status() is None:
        pass
    print(runner.rung, "|", runner.why, "|", start.view)
    start.stop()
"""


def ladder(tmp_path, rung, before=(), python=sys.executable):
    """Return what a process says that builds a runner on a forced rung."""
    code = LADDER.format(src=str(SRC), folder=str(tmp_path))
    run = subprocess.run(
        [*before, python, "-B", "-c", code],
        env={"PATH": os.environ["PATH"], "BATEPAPO_NETWORK": rung},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return run.stdout.strip() or run.stderr.strip()


@pytest.mark.parametrize("rung", ["own", "user", "shared"])
def test_root_may_force_each_rung(tmp_path, rung):
    if os.getuid() != 0:
        pytest.skip("not root")

    assert ladder(tmp_path, rung) == f"{rung} | {'asked for by BATEPAPO_NETWORK' if rung == 'shared' else ''} | overlay"


# A plain user can reach neither root's home, where our interpreter may be, nor pytest's folders.
AS_NOBODY = ("/usr/bin/setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")
SYSTEM_PYTHON = "/usr/bin/python3"


@pytest.fixture
def plain_users_folder():
    if os.getuid() != 0 or not os.path.exists(AS_NOBODY[0]) or not os.path.exists(SYSTEM_PYTHON):
        pytest.skip("needs root, setpriv and the system's Python")
    if not all(folder.stat().st_mode & 1 for folder in (SRC, *SRC.parents)):
        pytest.skip("a plain user cannot read this checkout")
    with tempfile.TemporaryDirectory() as folder:  # pytest's own are closed to others
        os.chmod(folder, 0o755)
        yield folder


def test_a_plain_user_gets_a_network_in_a_user_namespace(plain_users_folder):
    said = ladder(plain_users_folder, "auto", AS_NOBODY, SYSTEM_PYTHON)

    assert said in (
        "user | own: unshare: Operation not permitted | overlay",
        "user | own: unshare: Operation not permitted | copy",  # before Linux 6.6
    )


def test_a_rung_that_is_not_possible_is_one_clear_line(plain_users_folder):
    said = ladder(plain_users_folder, "own", AS_NOBODY, SYSTEM_PYTHON)

    assert said == (
        "UsageError BATEPAPO_NETWORK=own is not possible on this machine: own: unshare: Operation not permitted"
    )


def test_a_rung_that_does_not_exist_is_named_with_those_that_do(monkeypatch):
    monkeypatch.setenv("BATEPAPO_NETWORK", "private")

    with pytest.raises(UsageError, match=r"BATEPAPO_NETWORK=private: .* write one of own, user, shared"):
        Runner()


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


def test_a_keeper_that_does_not_answer_is_our_error_and_its_late_answer_answers_nothing(run):
    """It was taken for a killed keeper, and what it said later for the answer to the next question."""
    start = run("from signal import pause; pause()")
    start._channel.settimeout(0.1)
    os.kill(start.keeper_pid, signal.SIGSTOP)

    with pytest.raises(KeeperTimeout, match="did not answer within"):
        start.exit_status()
    os.kill(start.keeper_pid, signal.SIGCONT)
    until(lambda: not os.path.exists(f"/proc/{start.keeper_pid}"))

    with pytest.raises(OSError, match="was killed"):
        start.socket(socket.AF_INET)


def test_a_stop_that_is_not_answered_frees_what_is_ours_and_says_so(run):
    """Nothing says that the processes are gone, so the run is not valid."""
    start = run("from signal import pause; pause()")
    start._channel.settimeout(0.1)
    os.kill(start.keeper_pid, signal.SIGSTOP)

    with pytest.raises(KeeperTimeout):
        start.stop()
    os.kill(start.keeper_pid, signal.SIGCONT)

    assert start.console == -1
    until(lambda: not os.path.exists(f"/proc/{start.keeper_pid}"))
