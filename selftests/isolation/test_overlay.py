"""A fresh view of the program's folder for each start."""

import os
import sys
import tempfile
import time
from pathlib import Path

import pytest

from batepapo.errors import UsageError
from batepapo.isolation import overlay as folders
from batepapo.isolation.program import Program
from batepapo.isolation.runner import Runner

WRITER = """
import os, pathlib, shutil
history = pathlib.Path("history.txt")
print("old" if history.exists() else "none", end=" ")
history.write_text("a line")
for name in ("kept", "made"):
    shutil.rmtree(name, ignore_errors=True)
    os.mkdir(name)
    pathlib.Path(name, "new").write_text("new")
print(sorted(os.listdir("kept")), os.getcwd())
"""


@pytest.fixture(params=["own", "user", "shared", "copy"])
def runner(request, monkeypatch):
    if os.getuid() != 0:
        pytest.skip("only root can force each rung")
    rung = "shared" if request.param == "copy" else request.param
    monkeypatch.setenv("BATEPAPO_NETWORK", rung)
    with Runner() as runner:
        if request.param == "copy":
            runner.no_overlay = "no overlay: for this test"
        yield runner


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "a folder, with: colon"
    (folder / "kept").mkdir(parents=True)
    (folder / "kept" / "old").write_text("old")
    (folder / "writer.py").write_text(WRITER)
    return folder


def listing(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def output(runner, program):
    start = runner.start(program)
    try:
        while start.exit_status() is None:
            time.sleep(0.001)
        time.sleep(0.02)
        try:
            return start.view, os.read(start.console, 65536).decode(), start.exit_status()
        except BlockingIOError:
            return start.view, "", start.exit_status()
    finally:
        start.stop()


def python(folder, name="writer.py", **more):
    return Program((sys.executable, "-I", name), folder, dict(os.environ), **more)


def test_each_start_finds_the_folder_as_it_was_and_leaves_it_so(runner, folder):
    before = listing(folder)

    seen = [output(runner, python(folder)) for _ in range(3)]

    for view, text, status in seen:
        assert status == 0, text
        assert text.startswith("none ['new'] ")
        assert view == ("copy" if runner.no_overlay else "overlay")
        if view == "overlay":
            assert text.endswith(f" {folder}\r\n")
    assert listing(folder) == before


def test_in_place_it_is_the_folder_itself(runner, folder):
    view, text, _ = output(runner, python(folder, in_place=True))

    assert (view, text) == ("in place", f"none ['new'] {folder}\r\n")
    assert (folder / "history.txt").exists()


def test_an_absolute_path_into_the_folder_means_the_view(runner, folder):
    view, text, status = output(runner, python(folder, str(folder / "writer.py")))

    assert status == 0, view
    assert text.startswith("none")


def test_layers_are_seen_and_not_written(runner, folder, tmp_path):
    below, above = tmp_path / "below", tmp_path / "above"
    for layer in (below, above):
        layer.mkdir()
        (layer / "which").write_text(layer.name)
    (below / "only").write_text("only")
    (folder / "which").write_text("folder")
    code = "print(open('which').read(), open('only').read()); open('which', 'w'); open('only', 'w')"
    program = Program((sys.executable, "-I", "-c", code), folder, dict(os.environ), layers=(above, below))

    assert [output(runner, program)[1] for _ in range(2)] == ["above only\r\n"] * 2
    assert (above / "which").read_text() == "above"
    assert (folder / "which").read_text() == "folder"


def test_a_program_that_fills_its_disk_is_stopped(folder):
    with Runner() as runner:
        if runner.no_overlay:
            pytest.skip(runner.no_overlay)
        code = "f = open('big', 'wb')\nwhile True: f.write(b'x' * (1 << 20))"

        _, text, status = output(runner, Program((sys.executable, "-I", "-c", code), folder, dict(os.environ)))

    assert status == 1
    assert "No space left on device" in text


def test_scratch_is_removed_and_lies_outside_the_folder(runner, folder):
    start = runner.start(python(folder))
    scratch = runner._scratch
    start.stop()
    copies = list(scratch.glob("copy*"))

    runner.close()

    assert copies == []
    assert not scratch.exists()


def test_a_copy_links_what_is_big_or_bought(tmp_path):
    folder, into = tmp_path / "from", tmp_path / "to"
    (folder / "sub").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / "env").mkdir()
    (folder / "env" / "pyvenv.cfg").write_text("")
    (folder / "big").write_bytes(b"x" * (2 << 20))
    (folder / "sub" / "small").write_text("small")
    (folder / "link").symlink_to("sub/small")
    os.mkfifo(folder / "fifo")

    folders.copy(folder, (), into)

    assert {path.name: path.is_symlink() for path in into.iterdir()} == {
        ".git": True,
        "env": True,
        "big": True,
        "link": True,
        "sub": False,
    }
    assert (into / "link").read_text() == "small"
    folders.remove(str(into))
    assert not into.exists()
    assert Path(folder / "big").exists()


@pytest.mark.parametrize("rung", ["own", "user", "copy"])
def test_a_folder_that_holds_our_scratch_is_no_trouble(monkeypatch, tmp_path, rung):
    if os.getuid() != 0:
        pytest.skip("only root can force each rung")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("BATEPAPO_NETWORK", "own" if rung == "copy" else rung)
    (tmp_path / "writer.py").write_text(WRITER)
    (tmp_path / "kept").mkdir()
    with Runner() as runner:
        if rung == "copy":
            runner.no_overlay = "no overlay: for this test"
        _, text, status = output(runner, python(tmp_path))

    assert status == 0, text
    assert listing(tmp_path) == ["kept", "writer.py"]


def test_what_is_too_much_to_copy_is_one_clear_line(monkeypatch, folder):
    monkeypatch.setattr(folders, "_MOST_COPIED", 2)
    with Runner() as runner:
        runner.no_overlay = "no overlay: for this test"
        with pytest.raises(UsageError, match=r"cannot be covered .* nor copied .more than 2 files"):
            runner.start(python(folder))
        assert list(runner._scratch.glob("copy*")) == []
