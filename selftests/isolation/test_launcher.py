"""The ladder of networks: the best rung that this machine has, or the one that was asked for."""

import os
import subprocess
import sys
import tempfile

import pytest

from selftests.isolation.starting import SRC

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
