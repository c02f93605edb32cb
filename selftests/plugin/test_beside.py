"""Other people's projects in an environment where we are installed: they neither see us nor wait for us."""

import importlib.metadata
import importlib.util
import json
import os
import re
import subprocess
import sys
from textwrap import dedent

import pytest

OURS = "batepapo.plugin"
WITHOUT_US = ("-p", f"no:{OURS}")

pytestmark = [
    pytest.mark.runs,
    pytest.mark.skipif(
        OURS not in [point.name for point in importlib.metadata.entry_points(group="pytest11")],
        reason="batepapo is not installed here, so no other project would load it",
    ),
]

PROJECT = {
    "pytest.ini": """
        [pytest]
        addopts = --strict-markers --strict-config
        filterwarnings = error
        markers = clause: of a contract
        """,
    "conftest.py": """
        import pytest

        @pytest.fixture
        def client():
            return "a client of theirs"

        @pytest.fixture
        def room():
            return "a room of theirs"
        """,
    "test_theirs.py": """
        import pytest

        @pytest.fixture
        def server():
            return "a server of theirs"

        def test_theirs(client, room, server):
            assert [client, room, server] == [f"a {name} of theirs" for name in ("client", "room", "server")]

        @pytest.mark.clause("7.2", "of the contract")
        def test_a_mark_of_theirs():
            pass

        @pytest.mark.clause(id="CAST-1")
        def test_another_mark_of_theirs():
            pass

        @pytest.mark.skip(reason="theirs")
        def test_skipped():
            pass
        """,
    "test_red.py": """
        def test_red():
            assert False
        """,
}


def write(folder, files):
    """Write a project, and return its folder."""
    for name, text in files.items():
        (folder / name).write_text(dedent(text))
    return folder


@pytest.fixture
def project(tmp_path):
    """A project with fixtures and marks that bear the names of ours."""
    return write(tmp_path, PROJECT)


def pytest_in(folder, *words):
    """Run pytest in a folder as its owner does: with every plugin of this environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHON"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:randomly", *words],
        cwd=folder,
        env={**kept, "COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def said(done):
    """Return the lines of a run without times, workers and the list of plugins, which is pytest's own."""
    lines = [re.sub(r"\bin [\d.]+s\b|\[gw\d\] ", "", line) for line in done.stdout.splitlines()]
    return [line.strip("= ") for line in lines if not line.startswith("plugins:")]


@pytest.mark.parametrize("words", [(), ("-q",), ("-v", "-rA"), ("--fixtures", "-v"), ("--co",)], ids=" ".join)
def test_a_project_says_the_same_with_us_and_without(project, words):
    """No header line, no summary, no fixture, no verdict of ours; its own `client` is its own."""
    with_us, without = pytest_in(project, *words), pytest_in(project, *words, *WITHOUT_US)

    assert with_us.returncode == without.returncode
    assert said(with_us) == said(without)
    assert with_us.stderr == without.stderr


def test_its_tests_have_their_own_outcomes(project):
    """What is compared above did run: three passed, one failed, one was skipped."""
    done = pytest_in(project)

    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed, 3 passed, 1 skipped" in done.stdout


def test_workers_judge_nothing_of_theirs(project):
    """With xdist the order is the workers', so only the counts are compared."""
    done = pytest_in(project, "-n", "2")

    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed, 3 passed, 1 skipped" in done.stdout
    assert "conformance" not in done.stdout


def test_the_fixtures_are_none_of_ours(tmp_path):
    """`room` is a fixture of conformance/conftest.py, so nobody else has it."""
    done = pytest_in(tmp_path, "--fixtures", "-v")

    assert done.returncode == 0, done.stdout + done.stderr
    listed = [line for line in done.stdout.splitlines() if not line.startswith("plugins:")]
    assert [line for line in listed if "src/batepapo" in line or "conformance" in line or line.startswith("room")] == []


def test_a_run_of_theirs_imports_the_table_of_options_and_the_hooks(tmp_path):
    """Structure, not time: python -m bench.beside prints the time. Nothing that any hook of ours would add later."""
    finish = """
        import json, sys

        def pytest_unconfigure():
            ours = sorted(name for name in sys.modules if name.partition(".")[0] == "batepapo")
            open("modules.json", "w").write(json.dumps(ours))
        """
    folder = write(tmp_path, {"conftest.py": finish, "test_it.py": "def test_it():\n    pass\n"})

    done = pytest_in(folder)

    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((folder / "modules.json").read_text()) == [
        "batepapo",
        "batepapo.errors",
        "batepapo.options",
        "batepapo.plugin",
        "batepapo.plugin.session",
    ]


def test_a_project_with_an_option_of_the_same_name_can_leave_us_out(tmp_path):
    """pytest allows no two options of one name; the README says what to write then."""
    option = """
        def pytest_addoption(parser):
            parser.addoption("--results", default="theirs")
        """
    test = """
        def test_it(request):
            assert request.config.getoption("--results") == "theirs"
        """
    folder = write(tmp_path, {"conftest.py": option, "test_it.py": test})
    (folder / "pytest.ini").write_text(f"[pytest]\naddopts = -p no:{OURS}\n")

    done = pytest_in(folder)

    assert done.returncode == 0, done.stdout + done.stderr


FLASK = {
    "test_flask.py": """
        import flask
        import pytest

        @pytest.fixture
        def app():
            app = flask.Flask("theirs")
            app.route("/")(lambda: "hello")
            return app

        def test_flask(client):
            assert client.get("/").data == b"hello"
        """,
}
DJANGO = {
    "settings.py": """
        SECRET_KEY = "theirs"
        ROOT_URLCONF = "urls"
        ALLOWED_HOSTS = ["*"]
        """,
    "urls.py": """
        from django.http import HttpResponse
        from django.urls import path

        urlpatterns = [path("", lambda request: HttpResponse("hello"))]
        """,
    "pytest.ini": """
        [pytest]
        DJANGO_SETTINGS_MODULE = settings
        pythonpath = .
        """,
    "test_django.py": """
        def test_django(client):
            assert client.get("/").content == b"hello"
        """,
}


# Each has a fixture `client`: the other one is left out, as between the two of them the order of loading decides.
@pytest.mark.parametrize(
    ("module", "files", "other"), [("pytest_flask", FLASK, "django"), ("pytest_django", DJANGO, "flask")]
)
def test_the_client_of_a_web_framework_is_theirs(tmp_path, module, files, other):
    """Two plugins with a fixture of one name would fight over it; ours has none."""
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed here; `tox -e beside` has it")

    done = pytest_in(write(tmp_path, files), "-p", f"no:{other}")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
