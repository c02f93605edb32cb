"""The files of this checkout, as a clone would hold them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]


def files_of_the_tree() -> list[str]:
    """Return what a clone would hold: all that git knows, and all that it would take."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def copy_the_tree(folder: Path) -> Path:
    """Copy it, without .git, to a folder; return that."""
    for name in files_of_the_tree():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    return folder
