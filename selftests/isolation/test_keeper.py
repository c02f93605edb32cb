"""The keeper: the parent of one program, which starts it clean and outlives nobody."""

import os
import subprocess
import sys

import pytest

from batepapo.isolation import process_tree
from selftests.isolation.starting import SRC, alive, printed, until


def test_every_signal_is_as_a_fresh_program_has_it(run):
    start = run(argv=("/bin/grep", "-E", "Sig(Ign|Blk)", "/proc/self/status"))

    masks = [int(line.split()[1], 16) for line in printed(start, b"SigIgn").splitlines() if b":" in line]
    libc_s_own = 3 << 31  # 32 and 33: glibc keeps them for itself, nobody can set them
    assert masks
    assert not any(mask & ~libc_s_own for mask in masks)


def test_no_descriptor_of_ours_reaches_the_program(run):
    start = run(argv=("/bin/ls", "/proc/self/fd"))

    assert printed(start, b"3").split() == [b"0", b"1", b"2", b"3"]  # the last is the folder that ls lists


def test_a_program_in_the_background_outlives_its_parent_as_under_a_shell(run):
    start = run("import os, time\nif os.fork(): os._exit(0)\ntime.sleep(0.2); print('still here'); time.sleep(60)")

    assert b"still here" in printed(start, b"still here")


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
