"""pytest's own options after `batepapo check … --`, and places that nobody may write to: no traceback anywhere."""

import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from batepapo.verdicts.results import read
from selftests.test_cli import SCRIPT, batepapo
from selftests.tree import ROOT

pytestmark = pytest.mark.runs

ECHOES = "[other for other in people if other is not self]"  # whom x relays to; all of them is a bug: CAST-2
PASSED_AND_FAILED = {"CAST-1": "pass", "CAST-2": "fail", "CAST-3": "pass"}


@pytest.fixture
def folder(tmp_path):
    """A folder with a server that passes CAST-1 and CAST-3 and fails CAST-2."""
    folder = tmp_path / "called here"
    folder.mkdir()
    text = (ROOT / "reference" / "x.py").read_text("utf-8")
    assert text.count(ECHOES) == 1
    (folder / "server.py").write_text(text.replace(ECHOES, "people"), "utf-8")
    return folder


def check(folder, *words, clauses="CAST-1,CAST-2,CAST-3", results="results.jsonl"):
    """Judge the server of the folder with some options for pytest."""
    server = f"{sys.executable} server.py"
    options = ("--server-cmd", server, "--dialect", "x", "--clauses", clauses, "--results", results)
    done = batepapo(folder, "check", *options, "--", *words)
    assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
    assert "INTERNALERROR" not in done.stdout + done.stderr
    return done


def verdicts(folder):
    """Clause id to verdict, in the order of the results file."""
    return {verdict.id: verdict.word for verdict in read(folder / "results.jsonl")[1]}


@pytest.mark.parametrize(
    "words",
    [
        ("-v",),
        ("-q",),
        ("-s",),
        ("--ff",),
        ("-rA", "--durations=3"),
        ("--tb=native",),
        ("-p", "no:cacheprovider"),
        ("-pno:terminal",),
        ("-p", "no:terminal", "-p", "no:cacheprovider"),
        ("-p", "no:xdist"),
        ("-W", "error"),
    ],
    ids=" ".join,
)
def test_an_option_changes_no_verdict(folder, words):
    """Status 1, and every verdict is in the results file."""
    done = check(folder, *words)

    assert done.returncode == 1, done.stdout + done.stderr
    assert verdicts(folder) == PASSED_AND_FAILED
    assert done.stderr == ""


@pytest.mark.parametrize("words", [("-x",), ("--maxfail=1",), ("--maxfail", "1", "-v")], ids=" ".join)
def test_it_stops_at_the_first_failure(folder, words):
    """What was decided until then is in the results file."""
    assert check(folder, *words).returncode == 1
    assert verdicts(folder) == {"CAST-1": "pass", "CAST-2": "fail"}


def test_lf_runs_what_failed_last(folder):
    """Clauses that were selected by name and passed are known, though they are not collected."""
    check(folder)

    assert check(folder, "--lf").returncode == 1
    assert verdicts(folder) == {"CAST-2": "fail"}


def test_pdb_with_nobody_at_the_keyboard_ends_the_run(folder):
    """Status 2: the debugger was left."""
    done = check(folder, "--pdb")

    assert done.returncode == 2, done.stdout + done.stderr
    assert verdicts(folder) == {"CAST-1": "pass", "CAST-2": "fail"}


@pytest.mark.parametrize("workers", ["0", "2"])
def test_collecting_judges_nothing(folder, workers):
    """Status 0, and no results file."""
    done = check(folder, "--co", "-q", "-n", workers)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "3/" in done.stdout
    assert not (folder / "results.jsonl").exists()


@pytest.mark.parametrize("words", [("--reruns", "2"), ("--reruns=2",), ("--retries", "2")], ids=" ".join)
def test_reruns_are_refused_in_one_line(folder, words):
    """Also where the plugin that offers them is not loaded; a verdict is not tried again until it is green."""
    done = check(folder, *words)

    assert done.returncode == 4
    assert done.stderr.startswith("batepapo: --reruns: ")
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


@pytest.mark.parametrize("form", ["--junitxml={}", "--log-file {}"])
def test_a_file_of_pytests_that_cannot_be_written_is_said_before_the_run(folder, form):
    """Not after it, with a traceback."""
    done = check(folder, *form.format("/proc/none/report.xml").split())

    assert done.returncode == 4, done.stdout + done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "cannot write /proc/none/report.xml" in done.stderr


# ---- places that cannot be written to --------------------------------------------------------

INSTALLED = {  # as pyproject.toml maps them
    "src/batepapo": "",
    "conformance": "conformance",
    "reference": "reference",
}


@pytest.fixture
def read_only(tmp_path):
    """The package as it is installed, without a byte of compiled code, where nobody may write."""
    site = tmp_path / "installed-packages"
    for source, target in INSTALLED.items():
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / source, site / "batepapo" / target, ignore=ignore, dirs_exist_ok=True)
    yield site
    subprocess.run(["chmod", "-R", "u+w", str(tmp_path)], check=True)


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv (util-linux) is not installed")
@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize("home", [True, False], ids=["read-only HOME", "no HOME"])
def test_nothing_needs_to_be_writable_but_the_temporary_folder(folder, read_only, tmp_path, home, workers):
    """Read-only packages, current folder and home: the results go to the temporary folder."""
    scratch, home_folder = tmp_path / "scratch", tmp_path / "home"
    scratch.mkdir()
    home_folder.mkdir(mode=0o555)
    subprocess.run(["chmod", "-R", "a-w", str(read_only), str(folder)], check=True)
    script = SCRIPT.replace(repr(str(ROOT / "src")), repr(str(read_only)))
    places = {"HOME": str(home_folder)} if home else {"XDG_CACHE_HOME": str(scratch / "batepapo-cache")}
    # Root may write anywhere; without this capability it is bound by the bits as everybody is.
    bound = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-all"] if os.getuid() == 0 else []
    options = ["--server-cmd", f"{sys.executable} server.py", "--dialect", "x", "--clauses", "CAST-1,CAST-2,CAST-3"]
    before = everything_in(read_only, folder, home_folder)

    done = subprocess.run(
        [*bound, sys.executable, "-E", "-c", script, "check", *options, "--", "-n", workers],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "TMPDIR": str(scratch), **places},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stderr == ""
    assert "Warning" not in done.stdout
    (results,) = scratch.glob("batepapo-*/**/*.jsonl")
    assert {verdict.id: verdict.word for verdict in read(results)[1]} == PASSED_AND_FAILED
    assert everything_in(read_only, folder, home_folder) == before


def everything_in(*folders):
    """All paths below some folders."""
    return sorted(path for folder in folders for path in folder.rglob("*"))


def test_a_current_folder_that_is_gone_is_said_in_one_line(tmp_path):
    """Somebody removed it in another window."""
    gone = tmp_path / "gone"
    gone.mkdir()
    code = f"import os, sys; os.rmdir({str(gone)!r}); sys.argv = ['batepapo', 'check', '--server-cmd', 'x']; {SCRIPT}"

    done = subprocess.run([sys.executable, "-c", code], cwd=gone, capture_output=True, text=True, check=False)

    assert done.returncode == 4
    assert done.stderr == "batepapo: the current folder is gone; go to one that is there\n"


def test_junitxml_in_a_new_folder(folder):
    """pytest makes it; so do we, before the run."""
    check(folder, "--junitxml=reports/today/r.xml")

    suite = ElementTree.parse(folder / "reports" / "today" / "r.xml").getroot().find("testsuite")
    assert [suite.get(name) for name in ("tests", "failures")] == ["3", "1"]
