"""The wheels of a release: one for each processor, with the fast clock in it, and one for any machine without.

They need what the extra `release` installs; `tox -e release` has it.
"""

import importlib.util
import os
import platform
import subprocess
import sys
import zipfile

import pytest

from selftests.tree import ROOT, copy_the_tree

pytestmark = pytest.mark.skipif(importlib.util.find_spec("ziglang") is None, reason="the extra `release` is not there")
LIBRARY = "batepapo/isolation/fastclock.so"
SOURCE = "batepapo/isolation/fastclock.c"
MACHINES = {"x86_64": 62, "aarch64": 183}  # e_machine of an ELF file


def build(tmp_path, processor):
    """Build a wheel from a copy of what git has, as a build writes into its source; return its path."""
    tree, out = copy_the_tree(tmp_path / "tree"), tmp_path / "out"
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(out),
        str(tree),
    ]
    subprocess.run(command, env={**os.environ, "FASTCLOCK_FOR": processor}, check=True)
    (wheel,) = out.iterdir()
    return wheel


@pytest.mark.parametrize("processor", MACHINES)
def test_a_wheel_for_a_processor_has_its_library(tmp_path, processor):
    """The name says which glibc is needed, and the library is for that processor."""
    wheel = build(tmp_path, processor)

    assert wheel.name.endswith(f"-py3-none-manylinux_2_17_{processor}.whl")
    library = zipfile.ZipFile(wheel).read(LIBRARY)
    assert library[:4] == b"\x7fELF"
    assert int.from_bytes(library[18:20], "little") == MACHINES[processor]


def test_a_wheel_for_any_machine_has_the_source_only(tmp_path):
    """It is compiled at the first use."""
    wheel = build(tmp_path, "")

    assert wheel.name.endswith("-py3-none-any.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert SOURCE in names
    assert LIBRARY not in names


@pytest.mark.skipif(platform.machine() not in MACHINES, reason="no wheel is made for this processor")
def test_the_shipped_library_needs_no_compiler(tmp_path):
    """Installed, it is what a program is given: no compiler is looked for."""
    wheel = build(tmp_path, platform.machine())
    installed = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(installed)
    code = "from pathlib import Path; from batepapo.isolation.fast_clock import library; "
    code += "print(library(Path('a'), Path('b')))"

    run = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(installed), "PATH": ""}, capture_output=True, text=True
    )

    assert str(installed / LIBRARY) in run.stdout, run.stderr
    assert "how='shipped'" in run.stdout


def test_an_unknown_processor_is_refused(tmp_path):
    """One line names the value and what would be right."""
    environ = {**os.environ, "FASTCLOCK_FOR": "vax"}

    run = subprocess.run(
        [sys.executable, "setup.py", "--name"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )

    assert run.returncode == 1
    assert run.stderr == "FASTCLOCK_FOR=vax: no wheel is made for it; write x86_64 or aarch64\n"
