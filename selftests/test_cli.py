"""`batepapo check` judges in any folder, whatever lies there, and says what is wrong with a command in one line."""

import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

import pytest

from batepapo import cli
from batepapo.protocol.dialect_file import builtin_names
from batepapo.verdicts.results import read
from selftests.bounded import processes_of
from selftests.judging import reference
from selftests.tree import ROOT

pytestmark = pytest.mark.runs

X = reference("x")
FEW = ("--server-cmd", X, "--dialect", "x", "--clauses", "LISTEN-1,CAST-1,CAST-2,EXIT-1,JOIN-1")
ONE = ("--server-cmd", X, "--dialect", "x", "--clauses", "CAST-1")
# What the installed script does; `-m` would put the folder that it is called in on the path before we could object.
SCRIPT = (
    f"import sys; sys.path[:] = [{str(ROOT / 'src')!r}, *filter(None, sys.path)]; "
    "from batepapo.cli import main; sys.exit(main())"
)
WORKERS = [("-n", "0"), ("-n", "2")]


def batepapo(folder, *words, **environ):
    """Call the command in a folder; its cache is in the folder's parent."""
    # -E: what the environment says to Python reaches the child and the server only; our own start is Python's affair.
    return subprocess.run(
        [sys.executable, "-E", "-c", SCRIPT, *words],
        cwd=folder,
        env={**os.environ, "XDG_CACHE_HOME": str(folder.parent / "cache"), **environ},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def verdicts(folder, *words, **environ):
    """Judge in a folder, and return clause id to verdict."""
    done = batepapo(folder, "check", "--results", "results.jsonl", *words, **environ)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return {verdict.id: verdict.word for verdict in read(folder / "results.jsonl")[1]}


@pytest.fixture
def folder(tmp_path):
    """An empty folder to call the command in."""
    empty = tmp_path / "called here"
    empty.mkdir()
    return empty


HOSTILE = (  # what Python and pytest like to pick up
    "conftest.py",
    "test_mine.py",
    "socket.py",
    "pytest.py",
    "xdist.py",
    "sitecustomize.py",
    "usercustomize.py",
    "batepapo/__init__.py",
    "batepapo/plugin/__init__.py",
    "batepapo/conformance/__init__.py",
    "conformance/__init__.py",
    "conformance/conftest.py",
    "conformance/test_cast.py",
)
HOSTILE_SETTINGS = {
    "pytest.ini": "[pytest]\naddopts = --collect-only\n",
    ".pytest.ini": "[pytest]\naddopts = --collect-only\n",
    "pytest.toml": '[pytest]\naddopts = ["--collect-only"]\n',
    "tox.ini": "[pytest]\naddopts = --collect-only\n",
    "setup.cfg": "[tool:pytest]\naddopts = --collect-only\n",
    "pyproject.toml": '[tool.pytest.ini_options]\naddopts = "--collect-only"\n',
    "check.ini": "[pytest]\naddopts = --collect-only\n",
}


@pytest.fixture
def hostile(tmp_path):
    """A submission's folder full of files that Python and pytest like to pick up; each leaves a trace if it is."""
    folder = tmp_path / "hostile"
    trap = f"import os\nos.open({str(tmp_path / 'picked up')!r}, os.O_CREAT)\nraise SystemExit(0)\n"
    for name in HOSTILE:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(trap)
    for name, text in HOSTILE_SETTINGS.items():
        (folder / name).write_text(text)
    return folder


def same_in_both(hostile, folder, *words, **environ):
    """Judge in both folders, and check that nothing of the hostile one was picked up."""
    expected = verdicts(folder, *words)
    assert verdicts(hostile, *words, **environ) == expected
    assert not (hostile.parent / "picked up").exists()
    return expected


@pytest.mark.parametrize("workers", WORKERS, ids=" ".join)
def test_a_hostile_folder_changes_no_verdict(hostile, folder, workers):
    """Nothing in the folder that it is called in is imported, configured or collected."""
    expected = same_in_both(hostile, folder, *FEW, "--", *workers)

    assert expected == {
        "LISTEN-1": "pass",
        "CAST-1": "pass",
        "CAST-2": "pass",
        "EXIT-1": "pass",
        "JOIN-1": "not_applicable",
    }


@pytest.mark.slow
@pytest.mark.parametrize("workers", WORKERS, ids=" ".join)
def test_a_hostile_folder_changes_no_verdict_of_a_whole_run(hostile, folder, workers):
    """All clauses, on the server of the first dialect with names."""
    expected = same_in_both(
        hostile, folder, "--server-cmd", reference("sair"), "--dialect", "sair", "--framing", "raw", "--", *workers
    )

    assert set(expected.values()) == {"pass", "not_applicable"}


@pytest.mark.parametrize("workers", WORKERS, ids=" ".join)
def test_a_hostile_environment_changes_no_verdict(hostile, folder, workers):
    """What Python and pytest take from the environment is meant for other runs, and can name the folder's files."""
    environ = {
        "PYTHONPATH": str(hostile),
        "PYTHONSTARTUP": str(hostile / "socket.py"),
        "PYTHONUSERBASE": str(hostile),
        "PYTHONBREAKPOINT": "socket.trap",
        "PYTHONWARNINGS": "error",
        "PYTHONOPTIMIZE": "2",
        "PYTHONINSPECT": "1",
        "PYTEST_ADDOPTS": "--collect-only",
        "PYTEST_PLUGINS": "socket",
        "PYTEST_DEBUG": "1",
    }

    expected = same_in_both(hostile, folder, *FEW, "--", *workers, **environ)

    assert set(expected.values()) == {"pass", "not_applicable"}


@pytest.mark.parametrize("path", [".", ":", "{folder}"], ids=["dot", "empty entry", "absolute"])
def test_a_relative_python_path_is_not_followed_either(hostile, path):
    """`export PYTHONPATH=.` stands in many a profile."""
    done = batepapo(hostile, "check", *ONE, PYTHONPATH=path.format(folder=hostile))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    assert not (hostile.parent / "picked up").exists()


def test_the_server_keeps_the_environment_that_is_not_pythons(folder):
    """A server may take its settings there; PYTHONPATH goes into the command, where everybody sees it."""
    (folder / "lib").mkdir()
    (folder / "lib" / "settings.py").write_text("")
    (folder / "server.py").write_text(
        "import os, sys\nassert os.environ['GREETING'] == 'oi' and 'PYTEST_ADDOPTS' not in os.environ\n"
        f"import settings\nsys.path.insert(0, {str(ROOT / 'reference')!r})\nimport x\nx.main()\n"
    )
    server = f"env PYTHONPATH=lib {sys.executable} server.py"

    done = batepapo(
        folder, "check", "--server-cmd", server, *ONE[2:], GREETING="oi", PYTHONPATH="/none", PYTEST_ADDOPTS="-x"
    )

    assert done.returncode == 0, done.stdout + done.stderr


# ---- one line, status 4 ----------------------------------------------------------------------

TWO_BEGUN = ("--server-cmd", X, "--dialect", "x")
WRONG = {  # the command, and what its one line must hold
    "nothing to judge": ((), ["nothing to judge", "--server-cmd"]),
    "an unknown dialect": (("--server-cmd", X, "--dialect", "klingon"), ["'klingon'", *builtin_names()]),
    "a dialect file that is not there": (("--server-cmd", X, "--dialect", "no.toml"), ["no.toml", "No such file"]),
    "an unknown framing": ((*TWO_BEGUN, "--framing", "morse"), ["--framing", "'morse'", "raw", "line"]),
    "an unknown option": ((*TWO_BEGUN, "--frames", "raw"), ["--frames", "--help"]),
    "an unknown clause": ((*TWO_BEGUN, "--clauses", "CAST-1,NOPE"), ["--clauses", "'NOPE'", "CAST, CLIENT, CONSOLE"]),
    "a quote that does not end": (("--server-cmd", "python 'server.py"), ["--server-cmd", "quotes"]),
    "a quote in the build command": ((*TWO_BEGUN, "--build-cmd", "javac 'A"), ["javac 'A", "quotes"]),
    "two servers": (("--server-cmd", X, "--server-addr", "127.0.0.1:5"), ["--server-cmd and --server-addr"]),
    "another machine": (("--server-addr", "192.0.2.1:5000"), ["192.0.2.1", "--allow-remote"]),
    "no address": (("--server-addr", "localhost"), ["--server-addr", "127.0.0.1:5555"]),
    "an unknown host": (("--server-addr", "no.such.host.invalid:80", "--allow-remote"), ["no.such.host.invalid"]),
    "a results file nowhere": ((*TWO_BEGUN, "--results", "/proc/none/of/yours"), ["--results", "/proc/none/of/yours"]),
    "a time that is none": ((*TWO_BEGUN, "--start-timeout", "soon"), ["--start-timeout", "'soon'"]),
    "a folder that is not there": ((*TWO_BEGUN, "--server-dir", "none"), ["--server-dir", "none is no folder"]),
    "no command of batepapo": (None, ["COMMAND", "--help"]),
}
# With two processes, what only a worker can find out has to come home.
FOUND_BY_WORKERS = [
    "an unknown clause",
    "a quote in the build command",
    pytest.param("an unknown host", marks=pytest.mark.slow),
    pytest.param("a results file nowhere", marks=pytest.mark.slow),
]


def one_line(done):
    """Return the single line that was said apart from pytest's rules and counts."""
    assert done.returncode == 4, done.stdout + done.stderr
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, done.stdout + done.stderr
    assert "INTERNALERROR" not in done.stdout
    return lines[0]


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_judged_is_said_in_one_line_with_status_4(folder, what):
    """The line names the option, what is wrong with it, and what would be right."""
    words, tells = WRONG[what]

    line = one_line(batepapo(folder, *(() if words is None else ("check", *words))))

    assert [tell for tell in tells if tell not in line] == [], line


@pytest.mark.parametrize("what", FOUND_BY_WORKERS)
def test_workers_refuse_as_one_process_does(folder, what):
    """The same line and status with `-n 2`."""
    words, tells = WRONG[what]

    line = one_line(batepapo(folder, "check", *words, "--", "-n", "2"))

    assert [tell for tell in tells if tell not in line] == [], line


def test_native_windows_is_refused_in_one_line(monkeypatch, capsys):
    """Before anything is imported that is not there."""
    monkeypatch.setattr(sys, "platform", "win32")

    assert cli.main(["check", "--server-cmd", "py server.py"]) == 4
    assert capsys.readouterr().err == "batepapo: native Windows has no pseudo-terminals; use WSL2\n"


def test_help_names_every_option(folder):
    """The short names, and how to pass options to pytest."""
    done = batepapo(folder, "check", "--help")

    assert done.returncode == 0
    assert [one.name for one in cli.OPTIONS if f"--{one.name}" not in done.stdout] == []
    assert " -- " in done.stdout


# ---- what is passed on, and where files go ---------------------------------------------------


def test_options_after_two_dashes_go_to_pytest(folder):
    """-k is pytest's; so is -v."""
    done = batepapo(folder, "check", "--server-cmd", X, "--dialect", "x", "--", "-k", "CAST-2", "-v")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_cast.py::" in done.stdout
    assert "1 passed" in done.stdout


@pytest.mark.parametrize("form", [("--junitxml=report.xml",), ("--junitxml", "report.xml")], ids=["equals", "blank"])
def test_a_path_for_pytest_is_relative_to_the_folder_of_the_caller(folder, form):
    """pytest itself runs elsewhere."""
    done = batepapo(folder, "check", *ONE, "--", *form)

    assert done.returncode == 0, done.stdout + done.stderr
    assert ElementTree.parse(folder / "report.xml").getroot().find(".//testcase") is not None


def test_paths_of_ours_are_relative_to_the_folder_of_the_caller(folder):
    """The results file, the dialect's file, the server's folder."""
    (folder / "sub").mkdir()
    (folder / "sub" / "server.py").write_text((ROOT / "reference/x.py").read_text())
    (folder / "mine.toml").write_text((ROOT / "src/batepapo/protocol/dialects/x.toml").read_text())
    server = ("--server-cmd", f"{sys.executable} server.py", "--server-dir", "sub")

    done = batepapo(
        folder, "check", *server, "--dialect", "mine.toml", "--clauses", "CAST-1", "--results", "out/r.jsonl"
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert read(folder / "out" / "r.jsonl")[0].folder == str(folder / "sub")


@pytest.mark.parametrize("relative", [False, True], ids=["absolute", "relative"])
def test_results_and_cache_go_to_the_cache_folder(folder, relative):
    """Nothing is left in the folder of the caller, nor where the package is."""
    cache = folder.parent / "kept"
    before = set((ROOT / "conformance").iterdir())

    done = batepapo(folder, "check", *ONE, XDG_CACHE_HOME="../kept" if relative else str(cache))

    assert done.returncode == 0, done.stdout + done.stderr
    (results,) = (cache / "batepapo" / "results").glob("*.jsonl")
    assert f"results: {results}" in done.stdout
    assert (cache / "batepapo" / "pytest").is_dir()
    assert list(folder.iterdir()) == []
    assert {path for path in set((ROOT / "conformance").iterdir()) - before if path.name != "__pycache__"} == set()


# ---- Ctrl-C ----------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", WORKERS, ids=" ".join)
def test_ctrl_c_ends_everything_with_status_2(folder, workers):
    """The terminal sends it to the whole process group; the watches end early and no process stays."""
    word = f"ctrl-c-{os.urandom(8).hex()}"
    command = ["check", "--server-cmd", reference("tchau"), "--dialect", "tchau", "--clauses", "IDLE"]
    said = folder.parent / "said.txt"
    with said.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, *command, "--", *workers],
            cwd=folder,
            env={**os.environ, "SELFTEST_RUN": word},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        until(lambda: sum("tchau.py" in line for line in processes_of(word, program=True)) >= 6, 40)
        os.killpg(process.pid, signal.SIGINT)
        began_s = time.monotonic()
        status = process.wait(30)

    assert status == 2, said.read_text()
    assert time.monotonic() - began_s < 15
    assert "Traceback" not in said.read_text()
    until(lambda: not processes_of(word), 5)


def until(condition, limit_s):
    """Wait for a condition of the machine."""
    end_s = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end_s, "it never came to be"
        time.sleep(0.05)
