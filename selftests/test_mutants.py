"""Every clause has a mutant, every mutant breaks its clause, and the failure says what was expected and what came."""

import dataclasses
import re
import subprocess

import pytest

from batepapo.report.text import block
from batepapo.verdicts.verdict import MAY
from bench.readme import known
from selftests.mutants import MUTANTS, TABLES, Mutant, judge, source
from selftests.mutants.__main__ import chosen, main
from selftests.mutants.message import FOLDER, SEED, golden, said
from selftests.mutants.page import PAGE, page
from selftests.mutants.since import changed_files, files_of_checks, why
from selftests.mutants.table import faults

pytestmark = pytest.mark.runs

FIRST_LINES = 12
CLAUSES = known()

each_mutant = pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.breaks}-{mutant.name}")


def record(mutant):
    """The command that writes a mutant's golden message."""
    return f"run `pytest selftests/test_mutants.py -k {mutant.name} --record-messages`"


@each_mutant
def test_the_clause_fails_and_says_why(mutant, tmp_path, request):
    """Twice, on two fresh servers; the first lines hold what they must, and all of them are as recorded."""
    run = judge(mutant, tmp_path, mutant.breaks, "--seed", SEED)

    assert run.words() == {mutant.breaks: "fail"}, run.output
    (verdict,) = run.verdicts
    assert run.status == (10 if mutant.breaks == "LISTEN-1" else 0 if verdict.level == MAY else 1), run.output
    told = run.output if verdict.level != MAY else block(verdict)  # a remark: the whole of it is in the results file
    begin = "\n".join(said(told, mutant.breaks)[:FIRST_LINES])
    assert [tell for tell in mutant.tells if not re.search(tell, begin)] == [], begin or run.output
    recorded = FOLDER / f"{mutant.name}.txt"
    if request.config.getoption("--record-messages"):
        recorded.write_text(golden(told, mutant), "utf-8")
    if recorded.exists():  # one that is not there is told below, once
        assert golden(told, mutant) == recorded.read_text("utf-8"), f"another message; {record(mutant)}, and review it"


# ---- the table -------------------------------------------------------------------------------


def test_the_table_is_good():
    """No clause without a row, no row that says nothing, and each replacement stands once in its server."""
    found = faults(MUTANTS, CLAUSES)

    assert not found, "\n".join(found)


ROW = next(mutant for mutant in MUTANTS if mutant.breaks == "EXIT-1" and mutant.of == "x")
BAD_ROWS = {  # what is changed in a good row, and what is said of it
    "a replacement that is not there": ({"old": "no such text"}, "occurs 0 times in x.py"),
    "a replacement that is there twice": ({"old": "people"}, r"'people' occurs \d+ times in x.py"),
    "no Python": ({"new": "    )\n"}, "struck_off_and_left_open: no Python: "),
    "no sentence": ({"story": "struck off"}, "its story is no sentence"),
    "an unknown clause": ({"breaks": "EXIT-99"}, "there is no clause EXIT-99"),
    "an unknown clause in also": ({"also": {"EXIT-99": "so it is"}}, "there is no clause EXIT-99"),
    "broken and listed": ({"also": {"EXIT-1": "so it is"}}, "EXIT-1 is what it breaks"),
    "at times, not listed": ({"at_times": ("EXIT-2",)}, "EXIT-2 fails at times, but does not stand in `also`"),
    "no reason": ({"also": {"EXIT-2": ""}}, "no reason why EXIT-2 fails"),
    "nothing told": ({"tells": ()}, "its `tells` leave open who"),
    "nobody told of": ({"tells": (r"expected +within", r"heard +nothing")}, "its `tells` leave open who"),
    "not told what came": ({"tells": ROW.tells[:1]}, "its `tells` leave open what came"),
    "not told what was expected": ({"tells": ROW.tells[1:]}, "its `tells` leave open what was expected"),
}


@pytest.mark.parametrize("what", BAD_ROWS)
def test_a_bad_row_is_an_error(what):
    """The line names the mutant and what is wrong."""
    changes, tells = BAD_ROWS[what]
    bad = dataclasses.replace(ROW, **changes)

    found = faults([bad if mutant is ROW else mutant for mutant in MUTANTS], CLAUSES)

    assert any(re.search(tells, line) for line in found), found
    assert any(ROW.name in line for line in found)


def without(dropped: Mutant) -> list[str]:
    """What is wrong with the table when a row is dropped, and is not wrong with it before."""
    before = faults(MUTANTS, CLAUSES)
    return [line for line in faults([row for row in MUTANTS if row is not dropped], CLAUSES) if line not in before]


def test_a_clause_without_a_mutant_is_an_error():
    """A check that nothing can fail is decoration."""
    (only,) = [mutant for mutant in MUTANTS if mutant.breaks == "JOIN-5"]

    assert without(only) == ["JOIN-5: no mutant breaks it; add a row to selftests/mutants/join.py"]


def test_what_is_easily_broken_wants_two_servers():
    """Two causes; one of them alone may be found by chance."""
    assert without(ROW) == ["EXIT-1: wants two mutants with different causes on two servers, has sair"]


@pytest.mark.parametrize("key", ["name", "story"])
def test_two_rows_of_one_name_are_an_error(key):
    """One would hide the other, and so would two of one story."""
    other = dataclasses.replace(MUTANTS[-1], **{key: getattr(MUTANTS[0], key)})

    assert f"two rows have the {key} {getattr(MUTANTS[0], key)!r}" in faults([*MUTANTS[:-1], other], CLAUSES)


def test_single_defects_are_the_aim():
    """The median of what else fails is 0."""
    rows = [dataclasses.replace(mutant, also=mutant.also or {"LISTEN-1": "a reason"}) for mutant in MUTANTS]

    assert "most mutants break more than their clause: they are no single defects" in faults(rows, CLAUSES)


def test_each_further_replacement_must_occur_once_too():
    """After those before it: the second may stand on what the first wrote."""
    with pytest.raises(ValueError, match=r"'no such text' occurs 0 times in x\.py"):
        source(dataclasses.replace(ROW, more=(("no such text", ""),)))


def test_the_page_of_common_mistakes_is_up_to_date():
    """Students and professors read it instead of the table."""
    assert PAGE.read_text("utf-8") == page(MUTANTS), "docs/mutants.md: run `python -m selftests.mutants`"


# ---- messages --------------------------------------------------------------------------------

OUTPUT = """\
==== FAILURES ====
FAIL  EXIT-1  An exit word ends its sender's connection.
  expected      the server ends caio's connection within 2.25 s
  heard         'ana: oi qrllnqv'
                the connection is still open
  conversation  0.001  ana    ·  connects
                0.034  server #  'listening on 0.0.0.0:5555'
  your server   listening on 0.0.0.0:5555
                only here
  look at       Close it.
==== short summary ====
  expected      of another
"""


def test_a_message_is_what_was_expected_what_came_and_where_to_look():
    """Less the conversation and the output, whose order and times no two runs share."""
    assert said(OUTPUT, "EXIT-1") == [
        "FAIL  EXIT-1  An exit word ends its sender's connection.",
        "  expected      the server ends caio's connection within 2.25 s",
        "  heard         'ana: oi qrllnqv'",
        "                the connection is still open",
        "  look at       Close it.",
    ]
    assert said(OUTPUT, "EXIT-2") == []


def test_what_differs_from_run_to_run_is_no_part_of_a_golden_message():
    """Bounds, words, and the fields that a race of the bug's own changes."""
    assert golden(OUTPUT, ROW).splitlines()[1:4] == [
        "  expected      the server ends caio's connection within N s",
        "  heard         'ana: oi «word»'",
        "                the connection is still open",
    ]
    assert golden(OUTPUT, dataclasses.replace(ROW, varies=("heard",))).splitlines()[1:] == [
        "  expected      the server ends caio's connection within N s",
        "  heard         (differs from run to run)",
        "  look at       Close it.",
    ]


def test_every_mutant_has_its_message_and_every_message_its_mutant(request):
    """A message of a mutant that is gone would be compared with nothing: delete it."""
    if request.config.getoption("--record-messages"):
        pytest.skip("they are being written")
    names = {mutant.name for mutant in MUTANTS}
    recorded = {path.stem for path in FOLDER.iterdir()}
    found = [f"{mutant.name}: it has no message; {record(mutant)}" for mutant in MUTANTS if mutant.name not in recorded]
    found += [f"selftests/messages/{name}.txt: no mutant has this name; delete it" for name in recorded - names]

    assert not found, "\n".join(found)


# ---- some of them ----------------------------------------------------------------------------

CHANGES = {  # a changed file: the mutants that are judged again because of it
    "src/batepapo/testbed/server/room.py": lambda mutant, table: True,
    "selftests/judging.py": lambda mutant, table: True,
    "selftests/mutants/idle.py": lambda mutant, table: table.endswith("/idle.py"),
    "reference/completo_threads.py": lambda mutant, table: mutant.of == "completo",
    "conformance/test_exit.py": lambda mutant, table: "EXIT" in " ".join((mutant.breaks, *mutant.also)),
    "conformance/steps/exit.py": lambda mutant, table: "EXIT" in " ".join((mutant.breaks, *mutant.also)),
    "README.md": lambda mutant, table: False,
    "docs/mutants.md": lambda mutant, table: False,
}


@pytest.mark.parametrize("changed", CHANGES)
def test_a_changed_file_chooses_the_mutants_that_it_can_change(changed):
    """Its row's table, its server, the checks of its clauses and their steps; all of them for the engine."""
    for table, mutants in TABLES.items():
        for mutant in mutants:
            assert why(mutant, table, [changed]) == (changed if CHANGES[changed](mutant, table) else "")


def test_a_step_belongs_to_every_area_that_takes_it():
    """DROP counts the seconds of IDLE, and the odd text is said of broadcasts and of echoes."""
    assert files_of_checks("DROP") == {
        "conformance/test_drop.py",
        "conformance/steps/drop.py",
        "conformance/steps/idle.py",
    }
    assert all("conformance/steps/texts.py" in files_of_checks(area) for area in ("CAST", "ECHO"))


def test_since_sees_what_is_committed_what_is_not_and_what_is_new(tmp_path, monkeypatch):
    """And no file that git ignores."""

    def git(*words):
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words], cwd=tmp_path, check=True, capture_output=True
        )

    monkeypatch.setattr("selftests.mutants.since.ROOT", tmp_path)
    git("init", "-q")
    for name in ("old", "committed", "changed", "gone"):
        (tmp_path / name).write_text("1")
    (tmp_path / ".gitignore").write_text("ignored")
    git("add", "-A")
    git("commit", "-qm", "one")
    (tmp_path / "committed").write_text("2")
    git("commit", "-qam", "two")
    (tmp_path / "changed").write_text("2")
    (tmp_path / "gone").unlink()
    for name in ("com acento é", "ignored"):
        (tmp_path / name).write_text("2")

    assert changed_files("HEAD~1") == ["changed", "com acento é", "committed", "gone"]
    assert changed_files("HEAD") == ["changed", "com acento é", "gone"]


@pytest.mark.parametrize("commit", ["no-such-commit", "--output=x"])
def test_an_unknown_commit_is_said_in_one_line(commit, capsys):
    """As argparse says everything: with status 2."""
    with pytest.raises(SystemExit, match="2"):
        main([f"--since={commit}"])

    assert "error: --since: " in capsys.readouterr().err.splitlines()[-1]


def test_an_unknown_mutant_is_an_error():
    """Else a typing error would judge nobody, and be green."""
    with pytest.raises(ValueError, match=r"--only: .* no_such_mutant"):
        chosen(f"{ROW.name},no_such_mutant", None)


def test_only_takes_names_and_clauses():
    assert {mutant.name for mutant in chosen(f"{ROW.name},JOIN-5", None)} == {ROW.name, "keeps_a_history"}
