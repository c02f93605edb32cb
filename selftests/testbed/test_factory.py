"""What testbeds are furnished with: a reference program that does not start is no fault of the submission's."""

import shlex
import sys

import pytest

from batepapo.errors import Undecided
from batepapo.isolation.runner import Runner
from batepapo.protocol.dialect_file import load
from batepapo.protocol.framing import Framing
from batepapo.testbed.factory import Factory
from batepapo.under_test import reference_programs
from batepapo.under_test.command import Command
from batepapo.under_test.target import Target


def test_a_reference_server_that_does_not_start_decides_nothing(monkeypatch, tmp_path):
    """The pair is blocked, and nobody is accused of it."""
    ends = Command.parse(shlex.join([sys.executable, "-c", "raise SystemExit(3)"]), tmp_path)
    monkeypatch.setattr(reference_programs, "reference_server", lambda *_: ends)
    with Runner() as runner:
        factory = Factory(runner, Target(client=ends), load("sair"), Framing.RAW, ports=(5555,))
        pair = factory.pair("0")

        with pytest.raises(Undecided, match=r"the reference server did not start: .* \(exit status 3\)"):
            next(pair.combinations())
