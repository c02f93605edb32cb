"""Steadiness is counted by a command that misses nothing: no verdict, no process, no file, no run without an end."""

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from batepapo.verdicts.verdict import FAIL, NOT_APPLICABLE, PASS, UNSTABLE, Verdict
from selftests import references, steady
from selftests.judging import BUT_IDLE, SERVERS, Run
from selftests.references import IDLE_S
from selftests.steady import BUSY, Task, attempt, busy_processes, plan
from selftests.tree import ROOT

GOOD = Run(0, "all is well\n", {}, (Verdict("CAST-1", PASS), Verdict("ECHO-1", NOT_APPLICABLE)))
BAD = Run(1, "it changed its mind\n", {}, (Verdict("CAST-1", UNSTABLE), Verdict("CAST-2", PASS)))
TASK = Task("sair", "line", 7, busy=True, idle_s=1.0)


@pytest.fixture
def judged(monkeypatch):
    """Instead of judging, take runs from a function of the dialect and the folder; return what was asked for."""
    asked = []

    def instead_of_judging(answer):
        def judge(dialect, framing, *, idle_s, kept, environ, clock):
            asked.append((dialect, framing, idle_s, *(["real"] if clock == "real" else [])))
            return answer(dialect, kept, environ)

        monkeypatch.setattr(steady, "judge", judge)
        return asked

    return instead_of_judging


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """Where the command's own folder goes."""
    monkeypatch.setattr(steady.tempfile, "tempdir", str(tmp_path))
    return tmp_path


# ---- what is run -----------------------------------------------------------------------------


def test_each_server_is_judged_as_often_as_asked_and_half_of_it_beside_busy_processes():
    """50 runs are 25 busy ones, 25 over lines, and those on the real clock come besides."""
    tasks = plan(list(SERVERS), 50, 3)

    for server in SERVERS:
        own = [task for task in tasks if task.program == server]
        short = [task for task in own if task.idle_s is not None]
        assert (len(own), len(short), sum(task.busy for task in own)) == (53, 50, 25)
        assert Counter(task.framing for task in short) == {"auto": 25, "line": 25}
        assert sorted(task.number for task in own) == list(range(1, 54))


def test_runs_on_the_fast_clock_have_the_limit_of_the_dialect():
    """They come besides, half of them busy, too."""
    tasks = plan(["tchau"], 0, 0, 4)

    assert [(task.framing, task.busy, task.idle_s, task.clock) for task in tasks] == [
        ("auto", False, None, "auto"),
        ("line", False, None, "auto"),
        ("line", True, None, "auto"),
        ("auto", True, None, "auto"),
    ]


def test_two_runs_are_a_quiet_one_and_a_busy_one_in_two_framings():
    assert [(task.framing, task.busy) for task in plan(["x"], 2, 0)] == [("auto", False), ("line", True)]


def test_busy_runs_come_last():
    """The busy processes run while they do, and not beside the others."""
    assert [task.busy for task in plan(["x", "tchau"], 4, 1)] == [False] * 6 + [True] * 4


def test_clients_are_judged_once_for_each_dialect():
    """Three servers of one dialect have one client; the framings take turns, and half of the runs are busy."""
    tasks = plan(["sair", "completo_threads", "completo_selectors"], 0, 0, 0, 2)

    assert [(task.name, task.framing, task.busy) for task in tasks] == [
        ("client sair", "auto", False),
        ("client completo", "auto", False),
        ("client sair", "line", True),
        ("client completo", "line", True),
    ]


def test_a_client_is_judged_beside_its_server(monkeypatch, tmp_path):
    """Both speak the framing that is asked for."""
    asked = []
    monkeypatch.setattr(references, "check", lambda *words, **more: asked.append((words, more)) or GOOD)

    done = attempt(Task("sair", "line", 1, busy=False, idle_s=None, client=True), tmp_path, {})

    ((words, more),) = asked
    assert words[0].endswith("reference/sair.py")
    assert words[1:] == ("sair", "--framing", "line", "--clauses", "CLIENT,PAIR")
    assert more["client_cmd"].endswith("clients/sair.py --line")
    assert done.odd is None


@pytest.mark.parametrize(
    "words", [["--runs", "0"], ["--runs", "1", "--only", "klingon"], ["--runs", "1", "--only", ","]]
)
def test_nothing_to_run_is_an_error(words):
    """And not a green command that ran nothing."""
    with pytest.raises(SystemExit, match="2"):
        steady.main(words)


def test_a_short_idle_limit_is_for_the_idle_clauses_alone(monkeypatch):
    """All clauses are judged once: those with the short limit by themselves, the others with the real one."""
    asked = []
    monkeypatch.setattr(references, "check", lambda *words, **more: asked.append(words) or GOOD)

    references.judge("tchau", "line", idle_s=IDLE_S)
    references.judge("tchau", "line", idle_s=None)
    references.judge("x", "line", idle_s=IDLE_S)

    others, idle, real, without = asked
    asked_for = ("--framing", "line", "--clock", "auto")
    assert others[1:] == ("tchau", *asked_for, "--clauses", BUT_IDLE)
    assert "--idle-seconds 1" in idle[0]
    assert idle[1].endswith("tchau.toml")
    assert idle[2:] == (*asked_for, "--clauses", "IDLE")
    assert real[1:] == ("tchau", *asked_for)
    assert without[1:] == ("x", *asked_for)
    assert [words for words in (others, real, without) if "--idle-seconds" in words[0]] == []
    assert {*BUT_IDLE.split(","), "IDLE"} >= {"CAST", "DROP", "ECHO", "EXIT", "JOIN", "LEAVE", "LISTEN", "LOGIN"}


# ---- busy processes --------------------------------------------------------------------------


def state(pid):
    """The state letter of a process, or "" when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return ""


def ticks(pid):
    """The processor time that a process had, in clock ticks."""
    return sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]))


def until(condition):
    """Wait for a condition of the machine, 20 s at most."""
    end_s = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end_s, "it never came to be"
        time.sleep(0.02)


def test_busy_processes_run_and_end_with_the_block():
    """All of them at once, and they are gone when it is left."""
    with busy_processes(2) as pids:
        began = [ticks(pid) for pid in pids]
        until(lambda: all(ticks(pid) > before + 5 for pid, before in zip(pids, began, strict=True)))

    assert [state(pid) for pid in pids] == ["", ""]


def test_busy_processes_end_with_whoever_started_them():
    """A killed command leaves no spinning process behind, not even one that had not begun yet."""
    program = (
        "from selftests.steady import busy_processes\n"
        "with busy_processes(1) as pids:\n"
        "    print(*pids, flush=True)\n"
        "    input()\n"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, **pipes) as starter:
        pid = int(starter.stdout.readline())
        starter.kill()
        until(lambda: state(pid) in ("", "Z"))


def test_there_are_busy_processes_beside_the_busy_runs_only(judged, temporary, monkeypatch):
    """Four, while those are judged."""
    now, seen = [0], []
    started = busy_processes

    def counted(count):
        now[0] = count
        return started(0)

    monkeypatch.setattr(steady, "busy_processes", counted)
    judged(lambda dialect, kept, environ: seen.append(now[0]) or GOOD)

    assert steady.main(["--runs", "2", "--only", "x,sair"]) == 0
    assert seen == [0, 0, BUSY, BUSY]


# ---- what is said ----------------------------------------------------------------------------


def test_good_runs_are_counted_and_nothing_stays(judged, temporary, capsys):
    """Status 0, a line for each server and one for all, and no folder of the command."""
    asked = judged(lambda dialect, kept, environ: GOOD)

    assert steady.main(["--runs", "2", "--real", "1", "--only", "x,sair"]) == 0

    said = capsys.readouterr().out.splitlines()
    assert [line.split(";")[0] for line in said] == [
        "x                  3 runs (1 busy, 1 on the real clock), 0 odd: 3 not_applicable, 3 pass",
        "sair               3 runs (1 busy, 1 on the real clock), 0 odd: 3 not_applicable, 3 pass",
        "all                6 runs (2 busy, 2 on the real clock), 0 odd: 6 not_applicable, 6 pass",
        "left over: 0 processes, 0 files and folders",
    ]
    assert "median 0.0 s, max 0.0 s" in said[0]
    assert sorted(asked, key=str) == sorted(
        [(server, *how) for server in ("x", "sair") for how in (("auto", None, "real"), ("auto", 1.0), ("line", 1.0))],
        key=str,
    )
    assert list(temporary.iterdir()) == []


def test_an_odd_run_is_status_1_and_its_evidence_stays(judged, temporary, capsys):
    """The folder is named, with the output and the results file."""

    def answer(dialect, kept, environ):
        (kept / "all.jsonl").write_text("{}\n")
        return BAD if dialect == "sair" else GOOD

    judged(answer)

    assert steady.main(["--runs", "1", "--only", "x,sair"]) == 1

    (folder,) = temporary.iterdir()
    said = capsys.readouterr().out
    assert f"ODD: sair, run 1, framing auto, idle 1 s: 1 pass, 1 unstable; {folder / 'sair-1'}\n" in said
    assert "1 odd: 1 not_applicable, 2 pass, 1 unstable" in said
    assert said.rstrip().endswith(str(folder))
    assert "it changed its mind" in (folder / "sair-1" / "output.txt").read_text()
    assert (folder / "sair-1" / "all.jsonl").exists()
    assert not (folder / "x-1").exists()


@pytest.mark.parametrize(
    ("run", "odd"),
    [
        (GOOD, False),
        (BAD, True),
        (Run(3, "", {}, GOOD.verdicts), True),
        (Run(10, "", {}, ()), True),
        (Run(0, "", {}, (Verdict("A-1", FAIL),)), True),
        (Run(0, "", {}, ()), True),
    ],
    ids=["good", "unstable", "a status", "never started", "a verdict", "nothing decided"],
)
def test_a_run_is_odd_by_its_status_and_by_its_verdicts(run, odd):
    """Either of them; and a run that decided nothing is no good one."""
    assert references.is_odd(run) == odd


def test_a_run_without_an_end_is_odd(judged, tmp_path):
    """It is counted, and what it had said stays."""

    def answer(dialect, kept, environ):
        raise subprocess.TimeoutExpired("batepapo", 170, output=b"as far as here")

    judged(answer)

    done = attempt(TASK, tmp_path, {})

    assert done.counts == {"run without an end": 1}
    assert "as far as here" in (done.odd / "output.txt").read_text()


def test_a_process_that_is_left_over_is_status_1(judged, temporary, capsys):
    """It is known by a word in its environment, and named."""
    left = []

    def answer(dialect, kept, environ):
        program = "import time; time.sleep(60)  # left over"
        left.append(subprocess.Popen([sys.executable, "-c", program], env={**os.environ, **environ}))
        return GOOD

    judged(answer)
    try:
        status = steady.main(["--runs", "1", "--only", "x"])
    finally:
        for process in left:
            process.kill()
            process.wait()

    said = capsys.readouterr().out
    assert status == 1
    assert "left over: 1 processes, 0 files and folders" in said
    assert "# left over" in said


def test_a_folder_that_is_left_over_is_status_1(judged, temporary, capsys):
    """In the temporary folder that the runs are given; the lock of the shared network stays there on purpose."""

    def answer(dialect, kept, environ):
        Path(environ["TMPDIR"], "batepapo-network.lock").touch()
        Path(environ["TMPDIR"], "batepapo-run-1").mkdir()
        return GOOD

    judged(answer)

    assert steady.main(["--runs", "1", "--only", "x"]) == 1
    said = capsys.readouterr().out
    assert "left over: 0 processes, 1 files and folders" in said
    assert "    batepapo-run-1" in said


@pytest.mark.slow
def test_a_real_run_leaves_nothing(temporary, capsys):
    """The whole way once: a reference server, judged, beside busy processes too."""
    assert steady.main(["--runs", "2", "--only", "prefixo"]) == 0, capsys.readouterr().out
    assert "2 runs (1 busy, 0 on the real clock), 0 odd" in capsys.readouterr().out
