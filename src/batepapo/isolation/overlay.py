"""A fresh view of a program's folder for each start, so that nothing it writes reaches the folder or the next start."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path

from batepapo.isolation import namespaces

# What a copy may hold; more is somebody's home folder, or the whole machine.
_MOST_COPIED = 20_000

# What one start may write; a program that fills its disk must not fill our memory.
_MOST_WRITTEN = "256m"

# A copy links what is bigger than this, and what is a dependency: `copytree` of a virtual environment of 74 MB
# took 870 ms, of 73 small files 12 ms (feasibility.md, section g).
_LINKED_FROM_BYTES = 1 << 20
_LINKED_FOLDERS = frozenset(
    (".git", ".hg", ".svn", "node_modules", ".tox", ".nox", ".gradle", ".m2", ".cache", ".mypy_cache", ".ruff_cache")
)


def private_mounts(scratch: str) -> None:
    """Leave the mount namespace and put a small tmpfs on `scratch`, seen by nobody else and gone with us."""
    namespaces.unshare(namespaces.CLONE_NEWNS)
    namespaces.mount(None, "/", None, namespaces.MS_REC | namespaces.MS_PRIVATE)
    namespaces.mount("tmpfs", scratch, "tmpfs", options=f"size={_MOST_WRITTEN},mode=0700")


def overlay(folder: str, layers: Sequence[str], scratch: str, upper: str | None, way: str) -> None:
    """Cover `folder`, at its own path, with a writable view of itself.

    Args:
        folder: Absolute path; it stays as it is.
        layers: Folders that lie between the view and `folder`, the topmost first.
        scratch: A tmpfs of ours; takes the upper layer, since an upper layer on an overlay (containers) is refused.
        upper: A folder on disk that keeps what is written instead, or None.
        way: "own" or "user": how we came by the right to mount.

    Raises:
        OSError: The kernel, or the file system of the folder, does not allow it.
    """
    # The layers are bound to short names first: a path may hold the separators of mount options. Recursively,
    # since a user namespace may not uncover what other mounts hide.
    lower = []
    for number, layer in enumerate((*layers, folder)):
        name = f"{scratch}/{number}"
        os.mkdir(name)
        namespaces.mount(layer, name, None, namespaces.MS_BIND | namespaces.MS_REC)
        lower.append(name)
    written = f"{scratch}/upper"
    work = f"{scratch}/work"
    os.mkdir(written)
    if upper is not None:
        namespaces.mount(upper, written, None, namespaces.MS_BIND)
        written, work = f"{written}/upper", f"{written}/work"
        os.mkdir(written)
    os.mkdir(work)
    seen = os.stat(folder)
    if os.geteuid() == 0 and way == "own":
        os.chown(written, seen.st_uid, seen.st_gid)
    os.chmod(written, seen.st_mode & 0o7777)
    options = f"lowerdir={':'.join(lower)},upperdir={written},workdir={work}"
    # Without the initial user namespace's rights only user.* attributes can say that a folder was replaced.
    namespaces.mount("overlay", folder, "overlay", options=options + (",userxattr" if way == "user" else ""))


def try_overlay(scratch: str, way: str) -> None:
    """Prove that an overlay works here, down to the case that fails first: a folder removed and made again.

    Raises:
        OSError: Why it does not.
    """
    inner, below = f"{scratch}/inner", f"{scratch}/below"
    os.mkdir(inner)
    os.makedirs(f"{below}/again")
    overlay(below, (), inner, None, way)
    os.rmdir(f"{below}/again")
    os.mkdir(f"{below}/again")
    with open(f"{below}/written", "w") as file:
        file.write("x")


def private_hosts(scratch: str) -> None:
    """Let `localhost` and the name of this machine mean 127.0.0.1 and nothing else."""
    if not os.path.exists("/etc/hosts"):
        return
    name = f"{scratch}/hosts"
    with open(name, "w") as file:
        file.write(f"127.0.0.1 localhost {os.uname().nodename}\n")
    os.chmod(name, 0o644)
    namespaces.mount(name, "/etc/hosts", None, namespaces.MS_BIND)


def copy(folder: Path, layers: Sequence[Path], into: Path) -> None:
    """Copy `folder`, then its layers over it, where there is no overlay; the big and the bought is linked.

    Raises:
        OSError: EFBIG when there is too much in it.
    """
    into.mkdir()
    room = _MOST_COPIED
    for source in (folder, *reversed(layers)):
        room = _copy_over(source, into, os.path.realpath(into.parent), room)


def _copy_over(source: Path, into: Path, ours: str, room: int) -> int:
    """Copy all but `ours`, which may lie in the folder, and what cannot be read; return how much may follow."""
    import shutil  # here, because the launcher imports this module and its size is the price of each fork

    for entry in _entries(source):
        room -= 1
        if room < 0:
            raise OSError(errno.EFBIG, f"more than {_MOST_COPIED} files")
        target = into / entry.name
        if not os.access(entry.path, os.R_OK) and not entry.is_symlink():
            continue
        if os.path.realpath(entry.path) == ours:
            continue
        if entry.is_symlink():
            if not os.path.lexists(target):
                os.symlink(os.readlink(entry.path), target)
        elif entry.is_dir():
            if entry.name in _LINKED_FOLDERS or os.path.exists(f"{entry.path}/pyvenv.cfg"):
                if not os.path.lexists(target):
                    os.symlink(entry.path, target)
            else:
                target.mkdir(exist_ok=True)
                room = _copy_over(Path(entry.path), target, ours, room)
        elif entry.is_file():
            if os.path.lexists(target):
                target.unlink()
            if entry.stat().st_size > _LINKED_FROM_BYTES:
                os.symlink(os.path.abspath(entry.path), target)
            else:
                shutil.copy2(entry.path, target)
    return room


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        return list(os.scandir(folder))
    except PermissionError:
        return []


def remove(folder: str) -> None:
    """Remove a folder of ours with all that is in it, following no link; what cannot be removed stays."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        entries = []  # gone, or closed to us and perhaps empty
    for entry in entries:
        try:
            if entry.is_dir(follow_symlinks=False):
                remove(entry.path)
            else:
                os.unlink(entry.path)
        except OSError:
            continue
    try:
        os.rmdir(folder)
    except OSError:
        return
