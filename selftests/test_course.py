"""A course's own clause, in a folder of its own: it is judged and told as ours are."""

import ast
import re
import shlex
import shutil
import subprocess
import sys

import pytest

import batepapo
from selftests.judging import reference
from selftests.tree import ROOT

COURSE = ROOT / "examples" / "course"
LIMIT_S = 60
RELAYS = "if text.strip():"  # in reference/x.py, before it sends a message on


def run(server_cmd, course=COURSE, folder=ROOT):
    """What pytest, called in a folder, says of the course's, on a server of the dialect x."""
    command = [sys.executable, "-m", "pytest", str(course), "-p", "no:cacheprovider", "--color=no"]
    command += ["--dialect", "x", "--server-cmd", server_cmd]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=LIMIT_S, check=False)


def test_a_good_server_passes():
    """By `pytest FOLDER`, with the options that ours take."""
    done = run(reference("x"))

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^1 pass$", done.stdout, re.M)


def test_a_course_far_from_the_checkout_is_judged_by_the_installed_package(tmp_path):
    """A copy of the folder, called from elsewhere: neither our conftest.py nor our pyproject.toml is above it."""
    course = shutil.copytree(COURSE, tmp_path / "redes" / "course", ignore=shutil.ignore_patterns("__pycache__"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    done = run(reference("x"), course, elsewhere)

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^1 pass$", done.stdout, re.M)
    assert re.search(rf"^rootdir: {re.escape(str(tmp_path))}", done.stdout, re.M)


def test_a_server_that_takes_notes_for_commands_fails_and_is_told_where_to_look(tmp_path):
    """The failure has the course's id, its requirement and its advice."""
    source = (ROOT / "reference" / "x.py").read_text("utf-8")
    assert source.count(RELAYS) == 1
    broken = tmp_path / "server.py"
    broken.write_text(source.replace(RELAYS, "if text.strip() and text[0] != '#':"), "utf-8")

    done = run(shlex.join([sys.executable, str(broken)]))

    assert done.returncode == 1, done.stdout + done.stderr
    assert "FAIL  MURAL-1  A note, which is a message that begins with `#`," in done.stdout
    assert "bia hears '# prova na sexta " in done.stdout
    assert "`#` is none." in done.stdout


@pytest.mark.parametrize("path", sorted(COURSE.rglob("*.py")), ids=lambda path: path.name)
def test_it_needs_the_names_that_every_check_uses(path):
    """A professor's clause is written by the same means as ours."""
    imported = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)]

    assert {node.module for node in imported} <= {"batepapo"}
    assert {name.name for node in imported for name in node.names} <= set(batepapo.__all__)
