"""pytest with our plugin: exit statuses, selection, what collection refuses, and other people's projects beside it."""

import importlib.util
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from textwrap import dedent

import pytest

from batepapo.verdicts.results import read
from selftests.judging import reference
from selftests.tree import ROOT

pytestmark = pytest.mark.runs

CONFTEST = "import pytest\n\n@pytest.fixture\ndef room():\n    pass\n"
X = ("--server-cmd", reference("x"), "--dialect", "x")
CHECK = '''
@clause("{id}"{more})
def test_{number}(room):
    """{title}"""
    {body}
'''


class Project:
    """A folder with checks of its own, so that every verdict can be had in a fraction of a second."""

    def __init__(self, folder):
        self.folder = folder
        self.results = folder / "results.jsonl"
        (folder / "conftest.py").write_text(CONFTEST)
        (folder / "pytest.ini").write_text("[pytest]\n")
        self.ids = []

    def write(self, *checks, spec=None):
        """Write a check for each (id, body) or (id, body, more arguments of the mark)."""
        parts = ["from batepapo import clause\nfrom batepapo.errors import Undecided\n"]
        for number, (id, body, *more) in enumerate(checks):
            parts.append(
                CHECK.format(
                    id=id, more="".join(f", {m}" for m in more), number=number, title=f"It holds {id}.", body=body
                )
            )
        (self.folder / "test_it.py").write_text("\n".join(parts))
        ids = [check[0] for check in checks] if spec is None else spec
        (self.folder / "SPEC.md").write_text("".join(f"**{id}** text\n" for id in ids))
        return self

    def run(self, *words, **options):
        """Run pytest in the folder on the reference server of `x`, with a results file."""
        return pytest_in(self.folder, *X, "--results", str(self.results), *words, **options)

    def verdicts(self):
        """Clause id to verdict, as the results file has it."""
        return {verdict.id: verdict.word for verdict in read(self.results)[1]}


def pytest_in(folder, *words, plugin=True, **environ):
    """Run pytest in a folder, with our plugin and xdist and nothing else of this environment."""
    command = [sys.executable, "-m", "pytest", "-p", "xdist", *(["-p", "batepapo.plugin"] if plugin else [])]
    settings = {"PYTHONPATH": str(ROOT / "src"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "200"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [*command, *words],
        cwd=folder,
        env={**kept, **settings, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.fixture
def project(tmp_path):
    """A folder for checks."""
    return Project(tmp_path)


PASSES, FAILS = "pass", "room.fail('ana hears bia', ['nothing'])"
BLOCKED, CRASHES = "raise Undecided('bia was not there')", "raise RuntimeError('ours')"

# ---- the exit status -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "workers", [(), pytest.param(("-n", "2"), marks=pytest.mark.slow)], ids=["one process", "two workers"]
)
@pytest.mark.parametrize(
    ("checks", "words", "status"),
    [
        ([("CAST-1", PASSES), ("ECHO-1", PASSES)], ["pass", "pass"], 0),
        ([("CAST-1", PASSES), ("JOIN-1", FAILS)], ["pass", "fail"], 1),
        ([("CAST-1", PASSES), ("JOIN-1", BLOCKED)], ["pass", "blocked"], 1),
        (
            [("CAST-1", PASSES, "applies='broadcast'"), ("ECHO-1", PASSES, "applies='echo'")],
            ["pass", "not_applicable"],
            0,
        ),
        ([("CAST-1", PASSES, "applies='echo'"), ("ECHO-1", PASSES, "applies='echo'")], ["not_applicable"] * 2, 1),
        ([("CAST-1", PASSES, "applies='echo'"), ("JOIN-1", PASSES)], ["not_applicable", "pass"], 0),
        ([("CAST-1", FAILS), ("JOIN-1", CRASHES)], ["fail", "harness_error"], 3),
    ],
    ids=["pass", "fail", "blocked", "echo not applicable", "nothing decided", "narrowed", "harness error"],
)
def test_the_exit_status_follows_the_verdicts(project, checks, words, status, workers):
    """The table of design.md, section 6; the same with workers."""
    done = project.write(*checks).run(*workers)

    assert done.returncode == status, done.stdout + done.stderr
    assert project.verdicts() == dict(zip([check[0] for check in checks], words, strict=True))


def test_a_harness_error_is_an_error_that_asks_to_be_reported(project):
    """Not a failure: it says nothing about the server."""
    done = project.write(("CAST-1", CRASHES)).run()

    assert "1 error" in done.stdout
    assert "please report" in done.stdout
    assert "RuntimeError: ours" in done.stdout


def test_the_check_of_a_worker_that_crashed_is_a_harness_error(project):
    """The run is not valid, and the others are judged all the same."""
    crash = "import os; os._exit(9)"

    done = project.write(("CAST-1", PASSES), ("JOIN-1", crash), ("JOIN-2", PASSES)).run("-n", "2")

    assert done.returncode == 3, done.stdout + done.stderr
    assert project.verdicts() == {"CAST-1": "pass", "JOIN-1": "harness_error", "JOIN-2": "pass"}
    assert len(read(project.results)[1]) == 3


def test_a_crash_before_any_verdict_is_in_the_results_file(project):
    """Nobody has told what is judged by then, so it is written later; beneath the line of the run all the same."""
    wait = "import time, os\n    while not os.path.exists('crashed'): time.sleep(0.01)\n    time.sleep(0.5)"
    crash = "import os; open('crashed', 'w').close(); os._exit(9)"

    done = project.write(("CAST-1", wait), ("JOIN-1", crash)).run("-n", "2")

    assert done.returncode == 3, done.stdout + done.stderr
    assert project.verdicts() == {"JOIN-1": "harness_error", "CAST-1": "pass"}


def test_workers_write_no_results_file_of_their_own(project, tmp_path_factory):
    """One run, one file: that of the process which has the terminal."""
    cache = tmp_path_factory.mktemp("cache")
    project.write(("CAST-1", PASSES), ("JOIN-1", PASSES))

    done = pytest_in(project.folder, *X, "-n", "2", XDG_CACHE_HOME=str(cache))

    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list((cache / "batepapo" / "results").iterdir())) == 1


def test_a_fixture_that_fails_is_a_harness_error(project):
    """A check that came to no verdict has one: ours."""
    project.write(("CAST-1", PASSES))
    (project.folder / "conftest.py").write_text(CONFTEST.replace("pass", "raise ValueError('broken')"))

    assert project.run().returncode == 3
    assert project.verdicts() == {"CAST-1": "harness_error"}


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "two workers"])
def test_a_server_that_never_started_is_status_10(project, workers):
    """LISTEN-1 fails, all others are blocked, and it is said once."""
    project.write(("LISTEN-1", PASSES), ("CAST-1", PASSES), ("JOIN-1", PASSES))

    done = project.run(*workers, "--server-cmd", f"{sys.executable} -c 'raise SystemExit(5)'")

    assert done.returncode == 10, done.stdout + done.stderr
    assert project.verdicts() == {"LISTEN-1": "fail", "CAST-1": "blocked", "JOIN-1": "blocked"}
    assert done.stdout.count("ended (exit status 5)") == 1, done.stdout


def test_nothing_selected_is_status_5(project):
    """pytest's own number."""
    assert project.write(("CAST-1", PASSES)).run("-k", "nothing").returncode == 5


def test_a_failing_test_of_somebody_else_is_not_forgotten(project):
    """Green checks do not make a red test green."""
    project.write(("CAST-1", PASSES), ("ECHO-1", PASSES))
    (project.folder / "other").mkdir()
    (project.folder / "other" / "test_other.py").write_text("def test_other():\n    assert False\n")

    assert project.run().returncode == 1


# ---- selection -------------------------------------------------------------------------------

TEN = [(f"DROP-{number}", PASSES) for number in (1, 2, 10)] + [("JOIN-1", PASSES)]


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (("--chat-clauses", "DROP-1,JOIN"), {"DROP-1", "JOIN-1"}),
        (("-k", "DROP-1"), {"DROP-1", "DROP-10"}),
        (("-m", "clause(id='DROP-1')"), {"DROP-1"}),
        (("--chat-clauses", "DROP", "-k", "DROP-2"), {"DROP-2"}),
        ((), {"DROP-1", "DROP-2", "DROP-10", "JOIN-1"}),
    ],
    ids=["exactly", "keyword", "mark", "area and keyword", "all"],
)
def test_clauses_are_selected(project, words, ids):
    """By --chat-clauses exactly or by area, by -k as keywords, by -m as marks."""
    project.write(*TEN).run(*words)

    assert set(project.verdicts()) == ids


# ---- what collection refuses -----------------------------------------------------------------

ONE = ("CAST-1", PASSES)


def refusal(done):
    """Return the one line of a run that was refused."""
    assert done.returncode == 4, done.stdout + done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.strip()]
    return line


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "two workers"])
def test_an_id_that_is_not_in_the_specification_stops_the_run(project, workers):
    """An id is written there first."""
    assert "CAST-1 is not in" in refusal(project.write(ONE, spec=["CAST-2"]).run(*workers))


def test_an_id_of_two_checks_stops_the_run(project):
    """One clause, one check; the line names both."""
    line = refusal(project.write(ONE, ONE).run())

    assert "test_it.py::test_1: CAST-1 is decided by test_it.py::test_0 already" in line


def test_a_check_without_an_id_stops_the_run(project):
    """A test beside the checks that decides nothing."""
    project.write(ONE)
    with (project.folder / "test_it.py").open("a") as file:
        file.write("\ndef test_more(room):\n    pass\n")

    assert "test_more: a check without a clause id" in refusal(project.run())


def test_a_check_without_a_docstring_stops_the_run(project):
    """Its first line is what the student reads."""
    project.write(ONE)
    path = project.folder / "test_it.py"
    path.write_text(path.read_text().replace('"""It holds CAST-1."""', ""))

    assert "test_0: no docstring" in refusal(project.run())


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "two workers"])
def test_checks_without_a_server_are_refused(project, workers):
    """The installed suite, called without a command: there is no clone whose server could be judged instead."""
    project.write(ONE)

    assert "nothing to judge" in refusal(pytest_in(project.folder, *workers))


def test_reruns_are_refused(project):
    """A verdict is not tried again until it is green."""
    project.write(ONE)
    option = "\ndef pytest_addoption(parser):\n    parser.addoption('--reruns', type=int)\n"
    (project.folder / "conftest.py").write_text(CONFTEST + option)

    assert refusal(project.run("--reruns", "2")).startswith("ERROR: --reruns: ")


# ---- pytest's own options --------------------------------------------------------------------

MIXED = [("CAST-1", PASSES), ("JOIN-1", FAILS), ("JOIN-2", PASSES), ("JOIN-3", FAILS)]


def test_x_stops_at_the_first_failure(project):
    """What was decided until then is in the results file."""
    assert project.write(*MIXED).run("-x").returncode == 1
    assert project.verdicts() == {"CAST-1": "pass", "JOIN-1": "fail"}


def test_lf_runs_what_failed_and_ff_runs_it_first(project):
    """pytest's cache knows our failures."""
    project.write(*MIXED).run()

    project.run("--lf")
    assert list(project.verdicts()) == ["JOIN-1", "JOIN-3"]
    project.run("--ff")
    assert list(project.verdicts()) == ["JOIN-1", "JOIN-3", "CAST-1", "JOIN-2"]


def test_junitxml_has_a_case_for_each_check(project):
    """A failure is a failure there, and blocked is skipped."""
    project.write(*MIXED, ("JOIN-4", BLOCKED), ("JOIN-5", CRASHES)).run("--junitxml", "report.xml")

    suite = ElementTree.parse(project.folder / "report.xml").getroot().find("testsuite")
    assert [suite.get(name) for name in ("tests", "failures", "skipped", "errors")] == ["6", "2", "1", "1"]


@pytest.mark.parametrize("words", [("-p", "no:cacheprovider"), ("-q",), ("-v",), ("-p", "no:terminal")], ids=" ".join)
def test_it_works_without_some_of_pytest(project, words):
    """No cache, little output, much output, none."""
    done = project.write(*MIXED).run(*words)

    assert done.returncode == 1, done.stdout + done.stderr
    assert len(project.verdicts()) == 4


def test_pdb_stops_at_a_failure(project):
    """With nobody at the keyboard the debugger ends the run at once."""
    done = project.write(*MIXED).run("--pdb")

    assert done.returncode == 2, done.stdout + done.stderr
    assert "PDB post_mortem" in done.stdout
    assert "INTERNALERROR" not in done.stdout


@pytest.mark.parametrize(
    ("package", "plugin", "words"),
    [
        ("pytest_randomly", "pytest_randomly", ()),
        ("pytest_timeout", "pytest_timeout", ("--timeout", "60")),
        ("pytest_cov", "pytest_cov.plugin", ("--cov=.",)),
        ("pytest_django", "pytest_django.plugin", ()),
        ("pytest_flask", "pytest_flask.plugin", ()),
    ],
    ids=["pytest-randomly", "pytest-timeout", "pytest-cov", "pytest-django", "pytest-flask"],
)
@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "two workers"])
def test_other_plugins_change_no_verdict(project, package, plugin, words, workers):
    """A tox environment has them."""
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed here; `tox -e beside` has it")

    done = project.write(*MIXED).run("-p", plugin, *words, *workers)

    assert done.returncode == 1, done.stdout + done.stderr
    assert project.verdicts() == {"CAST-1": "pass", "JOIN-1": "fail", "JOIN-2": "pass", "JOIN-3": "fail"}


def test_collecting_starts_nothing(project):
    """No server, no results file, no header."""
    project.write(*MIXED, ("IDLE-1", PASSES, "watch=True"))
    trace = project.folder / "started"

    done = project.run("--collect-only", "-q", "--server-cmd", f"touch {trace}", "--chat-in-place")

    assert done.returncode == 0, done.stdout + done.stderr
    assert len([line for line in done.stdout.splitlines() if "::" in line]) == 5
    assert "judging" not in done.stdout
    assert not trace.exists()
    assert not project.results.exists()


def test_workers_share_one_run(project):
    """One seed, one machine factor, one look at the server: the worker that comes second takes over the facts."""
    project.write(("CAST-1", PASSES), ("JOIN-1", PASSES), ("JOIN-2", PASSES), ("JOIN-3", PASSES))
    (project.folder / "conftest.py").write_text(
        CONFTEST
        + "\ndef pytest_sessionfinish(session):\n"
        + "    from batepapo.plugin.session import session_of\n"
        + "    ours = session_of(session.config)\n"
        + "    open('shared', 'a').write(f'{ours.seed} {ours.run_dir}\\n')\n"
    )

    project.run("-n", "2")

    shared = (project.folder / "shared").read_text().splitlines()
    assert len(shared) == 3
    assert len(set(shared)) == 1
    assert shared[0].split()[0] == read(project.results)[0].seed


def test_a_run_leaves_nothing_in_the_temporary_folder(project, tmp_path_factory):
    """What its processes shared is removed, also where a worker refused."""
    scratch = tmp_path_factory.mktemp("scratch")
    project.write(*MIXED)

    project.run("-n", "2", TMPDIR=str(scratch))
    project.run("--chat-clauses", "NO", "-n", "2", TMPDIR=str(scratch))

    assert [path.name for path in scratch.iterdir() if path.name.startswith("batepapo")] == []


# ---- other people's projects -----------------------------------------------------------------

THEIRS = """
import pytest

@pytest.fixture
def room():
    return "a room of theirs"

@pytest.fixture
def client():
    return "a client of theirs"

@pytest.fixture
def server():
    return "a server of theirs"

def test_theirs(room, client, server):
    assert [room, client, server] == [f"a {name} of theirs" for name in ("room", "client", "server")]

def test_red():
    assert False

@pytest.mark.skip
def test_skipped():
    pass
"""


@pytest.fixture
def theirs(tmp_path):
    """A project that has nothing to do with us."""
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\naddopts = --strict-markers --strict-config\nfilterwarnings = error\n"
    )
    (tmp_path / "test_theirs.py").write_text(dedent(THEIRS))
    return tmp_path


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "two workers"])
def test_another_project_sees_nothing_of_us(theirs, workers):
    """The same output with the plugin and without, fixtures named room, client and server included."""
    with_us, without = (
        pytest_in(theirs, "-q", "-p", "no:cacheprovider", *workers, plugin=plugin) for plugin in (True, False)
    )

    assert with_us.returncode == without.returncode == 1
    assert said(with_us) == said(without)


def said(done):
    """Return the words of a run without what is pytest's own: times, workers, the list of plugins, rulers."""
    words = [line.partition(" in ")[0] for line in done.stdout.splitlines() if not line.startswith("plugins:")]
    return sorted(word for word in " ".join(words).split() if not re.fullmatch(r"\[?gw\d\]?|[=_.Fs-]+", word))


def test_another_project_gets_no_fixture_of_ours(theirs):
    """`pytest --fixtures` is the same with us and without."""
    with_us, without = (pytest_in(theirs, "--fixtures", "-v", plugin=plugin) for plugin in (True, False))

    assert "a room of theirs" not in with_us.stdout
    assert said(with_us) == said(without)


def test_the_plugin_imports_nothing_heavy():
    """Every pytest of an environment loads it: no engine, no ctypes, no asyncio."""
    code = (
        "import sys, pytest; import _pytest.junitxml, _pytest.terminal; before = set(sys.modules); "
        "import batepapo.plugin; print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
    )

    imported = {name for name in done.stdout.split() if name.partition(".")[0] not in sys.stdlib_module_names}
    assert imported == {"batepapo", "batepapo.errors", "batepapo.options", "batepapo.plugin", "batepapo.plugin.session"}
    assert set(done.stdout.split()) - imported == set()
