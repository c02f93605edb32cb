"""conformance/applicability.toml is complete, and follows from the features of the dialects."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

import pytest

from batepapo.dialect import FEATURES, builtin_names, load

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CONFORMANCE = Path(__file__).parent.parent / "conformance"
TABLE: dict[str, Any] = tomllib.loads((CONFORMANCE / "applicability.toml").read_text(encoding="utf-8"))
DIALECTS: list[str] = TABLE["dialects"]
CLAUSES: dict[str, Any] = TABLE["clauses"]

# How many clauses each section has.
SECTIONS = {
    "LISTEN": 5, "LOGIN": 6, "JOIN": 6, "CAST": 11, "ECHO": 6, "EXIT": 6, "LEAVE": 5, "IDLE": 6,
    "DROP": 12, "CONSOLE": 4, "TOUGH": 8, "CLIENT": 12, "PAIR": 2,
}  # fmt: skip

# What the first issue owes; other checks may follow.
OWED = {
    "LISTEN": (1, 2, 3), "LOGIN": (1, 2, 3, 4), "JOIN": (1, 2, 3, 4, 5), "CAST": (1, 2, 3, 4, 5, 6, 7, 8),
    "ECHO": (1, 2, 3, 4, 5, 6), "EXIT": (1, 2, 3, 4, 5, 6), "LEAVE": (1, 2, 3, 4, 5), "IDLE": (1, 2, 3, 4, 5, 6),
    "DROP": (1, 2, 4, 6, 7),
}  # fmt: skip


def marks_of_checks() -> dict[str, str]:
    """Read the marks without importing a check: clause id -> the features that its check asks for."""
    found = {}
    for file in sorted(CONFORMANCE.glob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "clause":
                asked = {each.arg: ast.literal_eval(each.value) for each in node.keywords}
                found[ast.literal_eval(node.args[0])] = asked.get("applies", "")
    return found


APPLIES = marks_of_checks()


def test_there_is_one_row_for_each_clause_and_no_other() -> None:
    assert list(CLAUSES) == [f"{section}-{n}" for section, count in SECTIONS.items() for n in range(1, count + 1)]


@pytest.mark.parametrize("clause", CLAUSES)
def test_a_row_has_one_letter_for_each_dialect(clause: str) -> None:
    row = CLAUSES[clause]
    letters = row["applies"].split()

    assert len(letters) == len(DIALECTS)
    assert set(letters) <= set("ASM-")
    assert set(row) <= {"applies", "note", "notes"}
    assert set(row.get("notes", {})) <= set(DIALECTS)


def test_every_dialect_has_its_column() -> None:
    assert set(builtin_names()) <= set(DIALECTS)


def test_every_clause_that_is_owed_has_a_check() -> None:
    assert {f"{section}-{n}" for section, numbers in OWED.items() for n in numbers} <= set(APPLIES)


def test_every_check_has_its_row() -> None:
    assert set(APPLIES) <= set(CLAUSES)


def test_what_a_check_asks_for_is_a_feature() -> None:
    assert {feature for asked in APPLIES.values() for feature in asked.split()} <= set(FEATURES)


@pytest.mark.parametrize("name", builtin_names())
def test_the_features_of_a_dialect_give_its_column(name: str) -> None:
    """A clause applies where the dialect has every feature that its check asks for."""
    features = load(name).features
    column = DIALECTS.index(name)

    by_features = {clause: set(asked.split()) <= features for clause, asked in APPLIES.items()}
    by_table = {clause: CLAUSES[clause]["applies"].split()[column] != "-" for clause in APPLIES}

    assert by_features == by_table
