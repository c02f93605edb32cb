"""How slow the machine is: never faster than the usual one, and never so slow that a check takes minutes."""

import itertools
import platform
import subprocess
from importlib.metadata import PackageNotFoundError

import pytest

from batepapo.detection import machine


@pytest.mark.parametrize(
    ("starts_s", "factor"),
    [
        ([0.002] * 5, 1.0),
        ([0.020] * 5, 2.0),
        ([5.0] * 5, 8.0),
        ([0.030, 9.0, 0.030, 0.001, 0.030], 3.0),
    ],
    ids=["fast", "twice as slow", "stuck", "an outlier on each side"],
)
def test_the_factor_is_the_median_of_five_starts_from_1_to_8(monkeypatch, starts_s, factor):
    ends = itertools.chain.from_iterable((0.0, seconds) for seconds in starts_s)
    monkeypatch.setattr(machine.time, "perf_counter", lambda: next(ends))
    monkeypatch.setattr(subprocess, "run", lambda command, check: None)

    assert machine.machine_factor() == pytest.approx(factor)


def test_what_is_installed_beside_us_is_not_measured(monkeypatch):
    """`site` takes 25 ms in a full environment, and the submission does not pay them."""
    commands = []
    monkeypatch.setattr(subprocess, "run", lambda command, check: commands.append(command))

    machine.machine_factor()

    assert len(commands) == 5
    assert all({"-I", "-S"} <= set(command) for command in commands)


def test_versions_tell_two_machines_apart():
    assert machine.versions()["python"] == platform.python_version()
    assert set(machine.versions()) == {"batepapo", "python", "system"}


def test_a_checkout_that_is_not_installed_says_so(monkeypatch):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(machine, "version", missing)

    assert machine.versions()["batepapo"] == "checkout"
