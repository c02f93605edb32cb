"""Timers that no system call shows."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from batepapo.observation.hidden_timers import hidden_timers
from selftests.observation.zoo import forbid


def test_an_ended_process_has_no_hidden_timers_even_if_its_files_are_closed_to_us(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it stays a zombie
    forbid(monkeypatch, "/fd")

    found = hidden_timers([child.pid]), hidden_timers([os.getpid()])

    child.wait()
    assert [timers.exist for timers in found] == [False, True]


POSIX_TIMER = """
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
int main(void)
{
    struct sigevent nothing = {.sigev_notify = SIGEV_NONE};
    struct itimerspec later = {{0, 0}, {1000, 0}};
    timer_t timer;
    if (timer_create(CLOCK_MONOTONIC, &nothing, &timer) || timer_settime(timer, 0, &later, NULL))
        return 1;
    puts("set");
    fflush(stdout);
    return pause();
}
"""


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler is installed")
def test_a_timer_that_no_call_shows_is_found(tmp_path: Path) -> None:
    """timer_create: the program just pauses."""
    program = tmp_path / "timer"
    subprocess.run(["cc", "-x", "c", "-o", str(program), "-", "-lrt"], input=POSIX_TIMER.encode(), check=True)
    child = subprocess.Popen([program], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"set\n"

    found = hidden_timers([child.pid])

    child.kill()
    child.communicate()
    assert found.exist
    assert found.soonest_s == 0.0  # when it fires cannot be read, so it may be at once
