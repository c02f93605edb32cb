"""The fast clock: found or compiled, told apart from a clock that does not reach, and never a verdict of its own."""

import os
import shlex
import shutil
import stat
import subprocess
import sys
import time

import pytest

from batepapo.isolation import fast_clock
from batepapo.isolation.fast_clock import FastClock, Library, library, rate_for
from batepapo.isolation.program import Program
from batepapo.isolation.runner import Runner
from selftests.clocks import EXPECTED, NODE, ZOO, C, cases, judge, python_cases
from selftests.judging import check, dialect_file, reference

pytestmark = pytest.mark.runs

COMPILER = fast_clock._COMPILERS[0]
OURS = {case.technique: case for case in python_cases(sys.executable, sys.version_info[:2])}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """The library, compiled here."""
    found = library(tmp_path_factory.mktemp("cache"), tmp_path_factory.mktemp("private"))
    assert found.path is not None, found.how
    return found.path


def run(code, fast):
    """Run a Python program on a fast clock, to its end; return its exit status."""
    with Runner() as runner:
        program = Program((sys.executable, "-I", "-S", "-c", code), ZOO, {"PATH": os.environ["PATH"]}, clock=fast)
        start = runner.start(program)
        try:
            while start.exit_status() is None:
                time.sleep(0.005)
            return start.exit_status()
        finally:
            start.stop()


@pytest.fixture
def fast(compiled):
    """A clock of the highest rate."""
    found = FastClock(compiled, fast_clock.RATE)
    yield found
    found.close()


# ---- the library ---------------------------------------------------------------------------------


def test_it_is_compiled_once(tmp_path, monkeypatch):
    """The second time nothing is compiled, and nothing unfinished lies beside it."""
    first = library(tmp_path, tmp_path / "private")
    monkeypatch.setattr(fast_clock, "compile_library", lambda *_: pytest.fail("compiled again"))

    assert library(tmp_path, tmp_path / "private") == first == Library(first.path, f"compiled by {COMPILER}")
    assert list(tmp_path.iterdir()) == [first.path]


def test_a_shipped_one_comes_first(tmp_path, monkeypatch, compiled):
    """A wheel needs no compiler."""
    monkeypatch.setattr(fast_clock, "_SHIPPED", compiled)

    assert library(tmp_path, tmp_path / "private") == Library(compiled, "shipped")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["ana maria", "a:b", "$HOME"])
def test_a_folder_that_the_loader_cannot_name_is_not_used(tmp_path, monkeypatch, compiled, name):
    """LD_PRELOAD has no quotes: the library goes to a folder of the run."""
    cache, private = tmp_path / name, tmp_path / "private"
    private.mkdir()

    assert library(cache, private).path.parent == private

    cache.mkdir()
    monkeypatch.setattr(fast_clock, "_SHIPPED", cache / "fastclock.so")
    shutil.copy(compiled, cache / "fastclock.so")
    assert library(cache, private) == Library(private / "fastclock.so", "shipped")


def test_a_folder_that_others_can_write_to_is_not_used(tmp_path):
    """What is found there would be loaded into programs of ours."""
    cache, private = tmp_path / "cache", tmp_path / "private"
    cache.mkdir()
    cache.chmod(0o777)

    assert library(cache, private).path.parent == private


def test_without_a_compiler_it_says_so(tmp_path, monkeypatch):
    """The rung below is the real clock, and the header gives the reason."""
    monkeypatch.setenv("PATH", str(tmp_path))

    assert library(tmp_path, tmp_path) == Library(None, "no C compiler (cc, gcc, clang)")


@pytest.mark.parametrize(
    ("script", "said"),
    [("echo 'x.c:1: error: no such header' >&2; exit 1", "x.c:1: error: no such header"), ("exit 3", "status 3")],
    ids=["says why", "says nothing"],
)
def test_a_compiler_that_fails_leaves_nothing(tmp_path, monkeypatch, script, said):
    """The first error is the reason; no half a library is used the next time."""
    compiler = tmp_path / "bin" / COMPILER
    compiler.parent.mkdir()
    compiler.write_text(f"#!/bin/sh\n{script}\n")
    compiler.chmod(compiler.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(compiler.parent))

    assert library(tmp_path / "cache", tmp_path) == Library(None, f"{COMPILER} could not compile it: {said}")
    assert list((tmp_path / "cache").iterdir()) == []


def test_it_compiles_without_a_warning(tmp_path):
    """The compiler knows more of C than we do."""
    command = [COMPILER, "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]

    subprocess.run([*command, "-o", str(tmp_path / "f.so"), str(fast_clock._SOURCE), "-ldl"], check=True)


@pytest.mark.parametrize(("idle_s", "rate"), [(30, 30), (120, 30), (10, 10), (1, 1), (0.5, 1)])
def test_a_limit_takes_a_second_at_least(idle_s, rate):
    """A limit of one second is waited for as it is: faster would be lost in the noise."""
    assert rate_for(idle_s) == rate


# ---- in a program ----------------------------------------------------------------------------------

AS_LONG_AS_IT_SAYS = """
import select, signal, sys, threading, time, queue
clocks = {clocks}
began = [clock() for clock in clocks]
{wait}
for clock, at in zip(clocks, began):
    if not 29.9 < clock() - at < 300:
        sys.exit(repr((clock, clock() - at)))
"""
WAITS = {
    "sleep": "time.sleep(30)",
    "select": "select.select([], [], [], 30)",
    "poll": "select.poll().poll(30000)",
    "epoll": "select.epoll().poll(30)",
    "lock": "threading.Lock().acquire() and threading.Event().wait(30)",
    "condition": "c = threading.Condition(); c.acquire(); c.wait(30)",
    "join": "t = threading.Thread(target=time.sleep, args=[200], daemon=True); t.start(); t.join(30)",
    "sigtimedwait": "signal.sigtimedwait([signal.SIGUSR1], 30)",
    "alarm": "signal.signal(signal.SIGALRM, lambda *_: None); signal.alarm(30); signal.pause()",
    "setitimer": "signal.signal(signal.SIGALRM, lambda *_: None); "
    "signal.setitimer(signal.ITIMER_REAL, 30); signal.pause()",
}
CLOCKS = "[time.time, time.monotonic, time.perf_counter, lambda: time.clock_gettime(time.CLOCK_BOOTTIME)]"


@pytest.mark.parametrize("way", WAITS)
def test_a_wait_is_shorter_and_the_programs_own_clocks_agree(fast, way):
    """Thirty seconds of its clocks have passed, one of ours, and the log names the wait, or what was left of it."""
    status = run(AS_LONG_AS_IT_SAYS.format(clocks=CLOCKS, wait=WAITS[way]), fast)

    assert status == 0
    assert any(10 < wait.seconds < 30.1 for wait in fast.waits()), fast.waits()
    assert fast.reached


@pytest.mark.parametrize(
    "code",
    [
        "import socket, struct; s = socket.socket(); value = struct.pack('ll', 30, 0); "
        "s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, value); "
        "assert s.getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, 16) == value",
        "import signal; signal.setitimer(signal.ITIMER_REAL, 60); "
        "assert 55 < signal.getitimer(signal.ITIMER_REAL)[0] <= 61",
        "import signal; signal.alarm(60); assert 55 < signal.alarm(0) <= 61",
    ],
    ids=["SO_RCVTIMEO", "getitimer", "alarm"],
)
def test_what_is_left_is_told_in_the_programs_time(fast, code):
    """A program reads back what it set."""
    assert run(code, fast) == 0


def test_for_ever_stays_for_ever(fast):
    """The longest waits that a program can ask for do not overflow into the past."""
    code = (
        "import threading, select, time; lock = threading.Lock(); lock.acquire(); "
        "waits = [lambda: lock.acquire(timeout=threading.TIMEOUT_MAX), lambda: select.select([], [], [], 9 * 10**9)]; "
        "threads = [threading.Thread(target=wait, daemon=True) for wait in waits]; "
        "[thread.start() for thread in threads]; time.sleep(3); assert all(thread.is_alive() for thread in threads)"
    )

    assert run(code, fast) == 0


def test_processor_time_stays_real(fast):
    """What a program works is not multiplied."""
    code = "import time; a = time.process_time(); time.sleep(30); assert time.process_time() - a < 0.5"

    assert run(code, fast) == 0


def test_the_whole_tree_has_one_clock(fast):
    """A child that starts later sees the time of its parent."""
    child = "import time; print(time.time())"
    code = (
        "import subprocess, sys, time; time.sleep(5); before = time.time(); "
        f"said = subprocess.run([sys.executable, '-c', {child!r}], stdout=subprocess.PIPE, check=True).stdout; "
        "assert before <= float(said) <= time.time()"
    )

    assert run(code, fast) == 0


def test_a_program_that_closed_the_log_finds_nothing_in_its_own_files(fast, tmp_path):
    """Its descriptor of that number is its own, and is not written to."""
    code = (
        "import os, time; os.closerange(3, 256); f = os.open('/dev/shm/batepapo-test', os.O_RDWR | os.O_CREAT); "
        f"os.dup2(f, {fast_clock.CLOCK_LOG}); os.unlink('/dev/shm/batepapo-test'); time.sleep(3); "
        "assert os.fstat(f).st_size == 0"
    )

    assert run(code, fast) == 0
    assert not fast.was_touched


def test_nothing_before_somebody_arrives_counts(fast):
    """A program may wait for its own start; that tells nothing of its idle rule."""
    run("import time; time.sleep(3)", fast)

    fast.mark()

    assert fast.was_touched
    assert not fast.reached


def test_what_a_program_writes_into_the_log_is_no_wait(fast):
    """Nor does it end the run."""
    run(f"import os; os.write({fast_clock.CLOCK_LOG}, b'\\xff rubbish\\n1 2\\n')", fast)

    assert fast.waits() == []


# ---- verdicts ------------------------------------------------------------------------------------


def clocks_of(run):
    """Clause to the rates of its attempts."""
    return {verdict.id: [attempt.rate for attempt in verdict.attempts] for verdict in run.verdicts}


@pytest.mark.slow
@pytest.mark.parametrize("technique", OURS)
def test_each_technique_of_python_passes(technique):
    """Right servers pass; on a quiet machine on the fast clock, which a busy loop alone does not tell of."""
    run = judge(OURS[technique], "right", "auto")

    assert run.words() == EXPECTED["right"], run.output


@pytest.mark.slow
@pytest.mark.parametrize("case", [f"C {C[0]}", f"Node {NODE[0]}", "Java schedule", "static C poll"])
def test_other_languages_pass(case, tmp_path):
    """Whatever the fast clock reaches, and what it does not: a static program is judged on the real clock."""
    found, missing = cases(tmp_path, [])
    chosen = next((one for one in found if str(one) == case), None)
    if chosen is None:
        pytest.skip(f"not on this machine: {', '.join(missing)}")

    run = judge(chosen, "right", "auto")

    assert run.words() == EXPECTED["right"], run.output
    if chosen.language == "static C":
        assert {rate for rates in clocks_of(run).values() for rate in rates} == {1.0}


@pytest.mark.slow
@pytest.mark.parametrize("limit", ["early", "late"])
def test_a_wrong_limit_is_judged_on_the_real_clock(limit):
    """The fast clock never accuses: each failure was heard twice on the real one."""
    run = judge(OURS["settimeout"], limit, "auto")

    words = run.words()
    assert {id: words[id] for id in EXPECTED[limit]} == EXPECTED[limit], run.output
    failed = [id for id, word in words.items() if word == "fail"]
    assert {id: clocks_of(run)[id] for id in failed} == {id: [1.0, 1.0] for id in failed}
    assert "attempts this again on the real clock; on the fast one: fail:" in run.output


def test_who_vanished_is_found_on_the_fast_clock():
    """DROP-11, where the idle rule decides it: a server without keep-alive that lets go who is silent."""
    command = shlex.join([sys.executable, str(ZOO / "idle.py"), "settimeout"])

    run = check(command, "tchau", "--clauses", "DROP-11", "--framing", "raw")

    assert run.words() == {"DROP-11": "pass"}, run.output


def test_real_means_real(tmp_path):
    """With `--clock real` no attempt was on another."""
    dialect = dialect_file("tchau", tmp_path, seconds="3")

    run = check(reference("tchau", idle_s=3), dialect, "--clauses", "IDLE-1", "--clock", "real")

    assert clocks_of(run) == {"IDLE-1": [1.0]}
    assert "clock real," in run.output


def test_fast_is_refused_where_it_is_not_possible(tmp_path):
    """One line, status 4."""
    command = [sys.executable, "-m", "batepapo.cli", "check", "--server-cmd", "python3 s.py", "--dialect", "tchau"]
    command += ["--clock", "fast"]
    environ = {**os.environ, "PATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}

    run = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert run.returncode == 4
    assert "--clock fast is not possible: no C compiler (cc, gcc, clang); leave it out" in run.stderr, run.stdout


def test_without_a_compiler_the_header_says_why_the_clock_is_real(tmp_path):
    """Never skip silently."""
    environ = {"PATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}

    run = check(reference("tchau"), "tchau", "--clauses", "ECHO-1", environ=environ)

    assert run.words() == {"ECHO-1": "pass"}, run.output
    assert "clock real (no C compiler (cc, gcc, clang))" in run.output
