"""The threads of a program, as /proc shows them."""

from __future__ import annotations

import os

import pytest

from batepapo.observation.quiescence import QuiescenceMonitor
from selftests.observation.zoo import WINDOW_S, Talk, python


@pytest.mark.parametrize("talk", [python("pipes.py")], indirect=True)
def test_no_descriptor_stays_open(talk: Talk) -> None:
    before = len(os.listdir("/proc/self/fd"))
    silence = QuiescenceMonitor(talk.start.keeper_pid, talk.start.diag)
    talk.follow(silence.begin(WINDOW_S))

    silence.close()

    assert len(os.listdir("/proc/self/fd")) == before
