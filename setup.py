"""What pyproject.toml cannot say: a wheel for one processor, with the fast clock compiled into it.

A plain build makes a wheel for any machine, where the fast clock is compiled at its first use if there is a compiler.
A release has one for each of these processors besides, made on any of them (extra `release`):

    FASTCLOCK_FOR=x86_64 pip wheel --no-deps --no-build-isolation .
    FASTCLOCK_FOR=aarch64 pip wheel --no-deps --no-build-isolation .
"""

import os
import subprocess
import sys
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

PROCESSORS = ("x86_64", "aarch64")
GLIBC = "2.17"  # and newer; the oldest that manylinux still has
SOURCE = Path("src/batepapo/isolation/fastclock.c")

processor = os.environ.get("FASTCLOCK_FOR", "")
if processor not in ("", *PROCESSORS):
    sys.exit(f"FASTCLOCK_FOR={processor}: no wheel is made for it; write {' or '.join(PROCESSORS)}")


class BuildWithClock(build_py):
    """Adds the library, compiled by a compiler that knows old versions of glibc on other processors."""

    def run(self):
        super().run()
        if processor:
            library = Path(self.build_lib, "batepapo", "isolation", "fastclock.so")
            command = [sys.executable, "-m", "ziglang", "cc", "-target", f"{processor}-linux-gnu.{GLIBC}"]
            command += ["-O2", "-s", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl"]
            subprocess.run(command, check=True)


class ForOneProcessor(Distribution):
    """Is installed where compiled packages are."""

    def has_ext_modules(self):
        return bool(processor)


class WheelForOneProcessor(bdist_wheel):
    """Names the processor and the glibc; the Python code is the same for all versions."""

    def get_tag(self):
        if not processor:
            return super().get_tag()
        return "py3", "none", f"manylinux_{GLIBC.replace('.', '_')}_{processor}"


setup(distclass=ForOneProcessor, cmdclass={"build_py": BuildWithClock, "bdist_wheel": WheelForOneProcessor})
