"""The commands of the README, letter by letter, on what a bare Debian has: no `python`, and no home worth the name."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from selftests.tree import ROOT, copy_the_tree

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
OURS = ("PYTHON", "PYTEST", "VIRTUAL_ENV", "PYENV", "TOX", "XDG_", "BATEPAPO")  # what a fresh login has not
LIMIT_S = 420  # for one command; an installation over a slow line included
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.M | re.S)


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A copy of the tree, without .git."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("which files belong to the tree is known to git, and this is no clone")
    return copy_the_tree(tmp_path_factory.mktemp("fresh") / "batepapo")


@pytest.fixture(scope="module")
def login(tmp_path_factory):
    """The environment of somebody who has just logged in for the first time."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    environment |= {"PATH": SYSTEM_PATH, "HOME": str(tmp_path_factory.mktemp("home")), "LANG": "C.UTF-8"}
    enough = "import ensurepip, sys; sys.exit(sys.version_info < (3, 10))"
    if subprocess.run(["python3", "-c", enough], env=environment, capture_output=True, check=False).returncode:
        pytest.skip("the system's python3 is older than 3.10, or python3-venv is not installed")
    return environment


def test_there_are_two_commands_and_the_second_leaves_out_this_file():
    """The second runs the selftests: with the slow ones it would run itself."""
    assert len(BLOCKS) == 2
    assert "pytest conformance" in BLOCKS[0]
    assert "pytest selftests" in BLOCKS[1]
    assert '-m "not slow"' in BLOCKS[1]


@pytest.mark.slow
@pytest.mark.parametrize("block", BLOCKS, ids=["main-job", "tests"][: len(BLOCKS)])
def test_a_command_of_the_readme_does_all_set_up_and_passes(block, clone, login):
    script = Path(login["HOME"], "block.sh")
    script.write_text(block, "utf-8")

    done = subprocess.run(
        ["sh", "-e", str(script)],
        cwd=clone,
        env=login,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )

    if done.returncode != 0 or " passed" not in done.stdout:
        pytest.fail(
            f"{block}exit status {done.returncode}, and the end of what it said:\n{done.stdout[-6000:]}", pytrace=False
        )
