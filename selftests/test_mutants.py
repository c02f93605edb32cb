"""Every clause has a mutant, every mutant breaks its clause, and the failure says what was expected and what came."""

import re
from collections import Counter

import pytest

from selftests.judging import ROOT
from selftests.mutants import MUTANTS, judge, source
from selftests.mutants.page import PAGE, page

FIRST_LINES = 12
CLAUSES = re.findall(r"^\*\*([A-Z]+-\d+)\*\*", (ROOT / "conformance/SPEC.md").read_text("utf-8"), re.M)
CHECKS = "".join(path.read_text("utf-8") for path in sorted((ROOT / "conformance").glob("test_*.py")))
ON_TWO_SERVERS = {
    "CAST": (1, 2, 3, 4, 7, 8),
    "DROP": (1, 2, 6, 7, 9, 10),
    "EXIT": (1, 2, 4),
    "LEAVE": (1, 2),
    "IDLE": (1, 2, 3, 4, 5),
}

each_mutant = pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.breaks}-{mutant.name}")


def first_lines(output, clause):
    """Return the beginning of the failure block of a clause; a server that did not start is told of at the end."""
    lines = output.splitlines()
    begin = "the server did not start: " if clause == "LISTEN-1" else f"FAIL  {clause}  "
    starts = [number for number, line in enumerate(lines) if line.startswith(begin)]
    return "\n".join(lines[starts[0] : starts[0] + FIRST_LINES]) if starts else ""


@each_mutant
def test_the_clause_fails_and_says_why(mutant, tmp_path):
    """Twice, on two fresh servers; and the first lines of the failure hold what they must."""
    run = judge(mutant, tmp_path, mutant.breaks)

    assert run.words() == {mutant.breaks: "fail"}, run.output
    assert run.status == (10 if mutant.breaks == "LISTEN-1" else 1), run.output
    begin = first_lines(run.output, mutant.breaks)
    assert [tell for tell in mutant.tells if not re.search(tell, begin)] == [], begin or run.output


@each_mutant
def test_it_can_be_written(mutant):
    """What it replaces stands once in the reference server, and what comes of it is Python."""
    assert source(mutant)


@each_mutant
def test_a_row_is_complete(mutant):
    """A story of one sentence, something to tell, and no clause that is unknown, or broken and listed again."""
    assert re.fullmatch(r"[A-Z].+\.", mutant.story)
    assert len(mutant.tells) >= 2
    assert {mutant.breaks, *mutant.also} <= set(CLAUSES)
    assert mutant.breaks not in mutant.also
    assert all(mutant.also.values())


def test_every_clause_has_a_mutant():
    """A check that nothing can fail is decoration."""
    assert {mutant.breaks for mutant in MUTANTS} == set(CLAUSES)
    assert set(re.findall(r'@clause\(\s*"([A-Z]+-\d+)"', CHECKS)) == set(CLAUSES)


def test_names_and_stories_are_told_once():
    """Two rows of one name would hide each other."""
    for values in ([mutant.name for mutant in MUTANTS], [mutant.story for mutant in MUTANTS]):
        assert [value for value, count in Counter(values).items() if count > 1] == []


@pytest.mark.parametrize(
    "clause", [f"{area}-{number}" for area, numbers in ON_TWO_SERVERS.items() for number in numbers]
)
def test_what_is_easily_broken_has_two_mutants(clause):
    """Two causes, on two reference servers."""
    assert len({mutant.of for mutant in MUTANTS if mutant.breaks == clause}) >= 2


def test_the_page_of_common_mistakes_is_up_to_date():
    """`python -m selftests.mutants` writes it."""
    assert PAGE.read_text("utf-8") == page(MUTANTS)
