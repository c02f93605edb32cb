"""Nothing of "Add a clause" in CONTRIBUTING.md is forgotten, and each forgotten step is told once, with its cure."""

import sys

import pytest

from bench.readme import clauses, known, specified
from selftests import forgotten
from selftests.judging import SERVERS
from selftests.tree import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CONFORMANCE = ROOT / "conformance"
COURSE = ROOT / "examples" / "course"
TABLE = tomllib.loads((CONFORMANCE / "applicability.toml").read_text("utf-8"))
DIALECTS = TABLE["dialects"]
STATED = {"CAST-1": "All hear.", "CAST-2": "One does not."}


def of_the_tree():
    """Every reference program: its path, its dialect and its text."""
    servers = {f"reference/{server}.py": dialect for server, dialect in SERVERS.items()}
    clients = {f"clients/{dialect}.py": dialect for dialect in SERVERS.values()}
    programs = {**servers, **clients}
    return {
        path: (dialect, (ROOT / path).read_text("utf-8"))
        for path, dialect in programs.items()
        if (ROOT / path).exists()
    }


def applies():
    """Clause to the dialects that it applies to."""
    pairs = {clause: zip(DIALECTS, row["applies"].split(), strict=False) for clause, row in TABLE["clauses"].items()}
    return {clause: {dialect for dialect, letter in row if letter != "-"} for clause, row in pairs.items()}


# ---- this checkout ---------------------------------------------------------------------------


def test_every_clause_is_stated_and_checked_in_the_same_words():
    """The line of SPEC.md is the first of its check's docstring."""
    found = forgotten.checks(specified(), clauses())

    assert not found, "\n".join(found)


def test_a_program_names_each_clause_at_the_line_that_obeys():
    """Who reads a reference program sees what the line is for."""
    found = forgotten.comments(known(), applies(), of_the_tree())

    assert not found, "\n".join(found)


@pytest.mark.parametrize("folder", [CONFORMANCE, COURSE], ids=lambda folder: folder.name)
def test_every_step_that_is_taken_is_there_and_every_step_that_is_there_is_taken(folder):
    """In a course's own folder, too."""
    if folder == CONFORMANCE and set(specified()) - set(clauses()):
        pytest.skip("who takes the steps cannot be asked before each clause has its check")
    found = forgotten.steps(folder)

    assert not found, "\n".join(found)


# ---- made-up ones ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "checked", "said"),
    [
        ({"CAST-1": "All hear."}, STATED, "`**CAST-2** One does not.` into conformance/SPEC.md"),
        (STATED, {"CAST-1": "All hear."}, '`@clause("CAST-2")` into conformance/test_cast.py'),
        (STATED, {**STATED, "CAST-2": "One may."}, "begins with 'One may.', SPEC.md states 'One does not.'"),
    ],
)
def test_a_clause_without_its_line_its_check_or_its_words_is_told_once(stated, checked, said):
    """With what is to be written where."""
    (line,) = forgotten.checks(stated, checked)

    assert line.startswith("CAST-2: ")
    assert said in line


def test_a_clause_without_a_row_is_told_with_the_form_of_one():
    """Its letters are ruled, so they are not filled in."""
    (line,) = forgotten.rows(STATED, ["CAST-1"], ["sair", "x"])

    assert 'CAST-2 has no row; write `CAST-2 = { applies = "? ?" }` with a letter for each of sair x:' in line


def test_a_row_without_a_clause_is_told():
    """An id is written into SPEC.md first."""
    assert forgotten.rows(STATED, [*STATED, "CAST-3"], ["x"]) == [
        "conformance/applicability.toml: there is no clause CAST-3; delete its row"
    ]


def named(*, server="", client="", applies=("x",), clause="CAST-1"):
    """What is said of comments, where the clauses of `WITHOUT_A_LINE` and one more are."""
    programs = {"reference/x.py": ("x", server), "clients/x.py": ("x", client)}
    return forgotten.comments({*forgotten.WITHOUT_A_LINE, clause}, {clause: set(applies)}, programs)


def test_a_clause_that_no_program_names_is_told_with_the_programs_that_obey_it():
    """What the client names, or a longer word, is no comment of a server's."""
    (line,) = named(server="# CAST-11x", client="# CAST-1")

    assert line.startswith("CAST-1: no program names it; write `# CAST-1` at the line that obeys, in one of reference/")


@pytest.mark.parametrize(
    "how",
    [
        {"server": "# CAST-1: all"},
        {"applies": ()},
        {"applies": ("ncat-chat",)},  # no program of ours speaks it
        {"client": "# CLIENT-1", "clause": "CLIENT-1"},
        {"clause": "PAIR-1"},
    ],
)
def test_a_clause_that_is_named_that_nobody_obeys_or_that_no_line_obeys_alone_is_not_told(how):
    """The table of reasons stands for the last."""
    assert named(**how) == []


def test_a_reason_for_a_clause_that_a_program_names_is_told():
    """The table is exact."""
    assert named(server="# LISTEN-1", clause="LISTEN-1") == [
        "LISTEN-1: reference/x.py names it; delete it from WITHOUT_A_LINE of selftests/forgotten.py"
    ]


def test_a_comment_that_names_no_clause_is_told():
    """A typing error would look like obedience."""
    assert named(server="# CAST-1, CAST-99") == [
        "reference/x.py: a comment names CAST-99, and there is no such clause; correct it"
    ]


@pytest.mark.parametrize(
    ("check", "step", "said"),
    [
        ("from .steps.cast import all_hear", "def all_hear(): pass", []),
        (
            "from .steps.echo import all_hear",
            "",
            ["takes steps of course/steps/echo.py", "no check takes a step"],
        ),
        ("from .steps.cast import none", "", ["takes none, which course/steps/cast.py does not have; write it there"]),
        ("", "def all_hear(): pass", ["course/steps/cast.py: no check takes a step of it; delete it"]),
        (
            "from .steps.cast import N",
            "N = M = 1\ndef a(): b()\ndef b(): pass",
            ["takes M; delete it", "takes a; delete it"],
        ),
    ],
)
def test_a_step_that_is_not_there_or_that_nobody_takes_is_told(tmp_path, check, step, said):
    """With the file that takes it, or that has it."""
    folder = tmp_path / "course"
    (folder / "steps").mkdir(parents=True)
    (folder / "steps" / "__init__.py").write_text("")
    (folder / "steps" / "cast.py").write_text(step)
    (folder / "test_cast.py").write_text(check)

    found = forgotten.steps(folder)

    assert [words in line for words, line in zip(said, found, strict=True)] == [True] * len(said)
