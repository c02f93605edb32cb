"""A program that runs in a copy of its folder."""

from pathlib import Path

import pytest

from batepapo.isolation.program import Program


@pytest.mark.parametrize(
    ("word", "moved"),
    [
        ("/work/sub/server.py", "/copy/server.py"),
        ("/work/sub", "/copy"),
        ("/work/subway/server.py", "/work/subway/server.py"),
        ("--at=/work/sub/x", "--at=/work/sub/x"),
        ("server.py", "server.py"),
    ],
)
def test_words_that_are_paths_in_the_folder_move_with_it(word, moved):
    """A neighbour whose name begins the same is another folder."""
    program = Program(("/usr/bin/python3", word), Path("/work/sub"), {})

    assert program.moved(Path("/copy")).argv == ("/usr/bin/python3", moved)


def test_a_copy_is_written_to_itself_and_holds_the_layers_already():
    program = Program(("./s",), Path("/work"), {"PWD": "/work", "HOME": "/h"}, layers=(Path("/built"),), echo=True)

    moved = program.moved(Path("/copy"))

    assert (moved.folder, moved.env, moved.layers) == (Path("/copy"), {"PWD": "/copy", "HOME": "/h"}, ())
    assert (moved.in_place, moved.echo) == (True, True)
    assert program.env["PWD"] == "/work"
