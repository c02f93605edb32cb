"""conformance/applicability.toml is complete, and follows from the features of the dialects."""

from __future__ import annotations

import ast
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from batepapo.errors import UsageError
from batepapo.protocol.dialect import FEATURES
from batepapo.protocol.dialect_file import builtin_names, load
from batepapo.verdicts.applicability import rows
from batepapo.verdicts.clause import chosen
from bench.readme import known, specified
from selftests import forgotten
from selftests.tree import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CONFORMANCE = ROOT / "conformance"
NOT_ASKED = "-"
TABLE: dict[str, Any] = tomllib.loads((CONFORMANCE / "applicability.toml").read_text(encoding="utf-8"))
DIALECTS: list[str] = TABLE["dialects"]
CLAUSES: dict[str, Any] = TABLE["clauses"]


def marks_of_checks() -> dict[str, dict[str, Any]]:
    """Read the marks without importing a check: clause id -> what its mark says."""
    found = {}
    for file in sorted(CONFORMANCE.glob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "clause":
                asked = {each.arg: ast.literal_eval(each.value) for each in node.keywords}
                found[ast.literal_eval(node.args[0])] = asked
    return found


MARKS = marks_of_checks()
APPLIES = {clause: asked.get("applies", "") for clause, asked in MARKS.items()}


def test_there_is_one_row_for_each_clause_and_no_other() -> None:
    """What has no row, or no check, is left to this test alone."""
    found = forgotten.rows(known(), CLAUSES, DIALECTS)

    assert not found, "\n".join(found)


def test_the_rows_are_in_the_order_of_the_specification() -> None:
    places = {clause: place for place, clause in enumerate(specified())}
    stated = [clause for clause in CLAUSES if clause in places]
    out_of_order = [second for first, second in pairwise(stated) if places[second] < places[first]]

    assert not out_of_order, f"conformance/applicability.toml: move {' '.join(out_of_order)} to where SPEC.md has it"


@pytest.mark.parametrize("clause", CLAUSES)
def test_a_row_has_one_letter_for_each_dialect(clause: str) -> None:
    row = CLAUSES[clause]

    assert has_its_letters(clause), (
        f"conformance/applicability.toml: {clause} has `{row['applies']}`; write A, S, M or - for each of "
        f"{' '.join(DIALECTS)}"
    )
    assert set(row) <= {"applies", "note", "notes", "ruled"}
    assert set(row.get("notes", {})) | set(row.get("ruled", {})) <= set(DIALECTS)
    assert all(row.get("ruled", {}).values())


def test_every_dialect_has_its_column() -> None:
    assert set(builtin_names()) == set(DIALECTS)


def test_what_a_check_asks_for_is_a_feature() -> None:
    assert {feature for asked in APPLIES.values() for feature in asked.split()} <= set(FEATURES)


def has_its_letters(clause: str) -> bool:
    """Whether the row of a clause has one letter for each dialect."""
    letters = CLAUSES[clause]["applies"].split()
    return len(letters) == len(DIALECTS) and set(letters) <= set("ASM-")


def test_the_features_of_the_dialects_give_the_rows() -> None:
    """A clause applies where the dialect has every feature that its check asks for, unless the table rules it out.

    It applies as strongly as its mark says.
    """
    found = []
    features = [load(name).features for name in DIALECTS]
    for clause in [clause for clause in APPLIES if clause in CLAUSES and has_its_letters(clause)]:
        row, ruled = CLAUSES[clause], CLAUSES[clause].get("ruled", {})
        derived = " ".join(
            NOT_ASKED if name in ruled else letter(clause, each) for name, each in zip(DIALECTS, features, strict=True)
        )
        if row["applies"].split() != derived.split():
            found.append(
                f"conformance/applicability.toml: {clause} has `{row['applies']}`, its check asks for `{derived}`; "
                "correct one of them"
            )

    assert not found, "\n".join(found)


def letter(clause: str, features: frozenset[str]) -> str:
    """Return what the table must say of a clause in a dialect with these features."""
    if not set(APPLIES[clause].split()) <= features:
        return NOT_ASKED
    level = chosen(MARKS[clause].get("level", "must").split(), features)[0]
    return {"must": "A", "should": "S", "may": "M"}[level]


@pytest.mark.parametrize("clause", [clause for clause in APPLIES if "ruled" in CLAUSES.get(clause, {})])
def test_what_is_ruled_out_would_apply_by_its_features(clause: str) -> None:
    """Else the features say it already."""
    row = rows(CONFORMANCE)[clause]

    for name, reason in row.items():
        assert reason
        assert CLAUSES[clause]["applies"].split()[DIALECTS.index(name)] == NOT_ASKED
        assert letter(clause, load(name).features) != NOT_ASKED


def test_without_a_table_nothing_is_ruled_out(tmp_path: Path) -> None:
    """A course may keep checks of its own in a folder of its own."""
    assert rows(tmp_path) == {}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('CAST-1 = { ruled = { x = "no" } }', "clauses.CAST-1.applies is missing"),
        ('CAST-1 = { applies = "A", rulled = { x = "no" } }', "unknown key clauses.CAST-1.rulled"),
        ('CAST-1 = { applies = "A", ruled = "no" }', "clauses.CAST-1.ruled = 'no': must be a table"),
    ],
)
def test_a_row_that_cannot_be_read_is_told_with_its_file_and_key(tmp_path: Path, row: str, said: str) -> None:
    """One line, where there was a KeyError."""
    (tmp_path / "applicability.toml").write_text(f"dialects = []\n[clauses]\n{row}\n")

    with pytest.raises(UsageError) as error:
        rows(tmp_path)

    assert str(error.value).startswith(f"{tmp_path}/applicability.toml: ")
    assert said in str(error.value)
