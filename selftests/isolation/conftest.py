"""Programs of a few lines of code."""

import os
import sys
import textwrap

import pytest

from batepapo.isolation.program import Program


@pytest.fixture
def run(runner, tmp_path):
    """Start Python code, or a command; end it after the test."""
    starts = []

    def run(code=None, *, argv=None, inside=runner, env=None):
        if code is not None:
            name = f"program{len(starts)}.py"
            (tmp_path / name).write_text(textwrap.dedent(code))
            argv = (sys.executable, "-I", name)
        start = inside.start(Program(tuple(argv), tmp_path, dict(os.environ) if env is None else env))
        starts.append(start)
        return start

    yield run
    for start in starts:
        start.stop()
