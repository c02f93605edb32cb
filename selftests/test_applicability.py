"""conformance/applicability.toml is complete, and follows from the features of the dialects."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

import pytest

from batepapo.applicability import NOT_ASKED, Row, rows
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
    assert set(row) <= {"applies", "note", "notes", "ruled"}
    assert set(row.get("notes", {})) | set(row.get("ruled", {})) <= set(DIALECTS)
    assert all(row.get("ruled", {}).values())


def test_every_dialect_has_its_column() -> None:
    assert set(builtin_names()) == set(DIALECTS)


def test_every_clause_that_is_owed_has_a_check() -> None:
    assert {f"{section}-{n}" for section, numbers in OWED.items() for n in numbers} <= set(APPLIES)


def test_every_check_has_its_row() -> None:
    assert set(APPLIES) <= set(CLAUSES)


def test_what_a_check_asks_for_is_a_feature() -> None:
    assert {feature for asked in APPLIES.values() for feature in asked.split()} <= set(FEATURES)


@pytest.mark.parametrize("name", builtin_names())
def test_the_features_of_a_dialect_give_its_column(name: str) -> None:
    """A clause applies where the dialect has every feature that its check asks for, unless the table rules it."""
    features = load(name).features
    column = DIALECTS.index(name)
    derived = [clause for clause in APPLIES if name not in CLAUSES[clause].get("ruled", {})]

    by_features = {clause: set(APPLIES[clause].split()) <= features for clause in derived}
    by_table = {clause: CLAUSES[clause]["applies"].split()[column] != "-" for clause in derived}

    assert by_features == by_table


@pytest.mark.parametrize("clause", [clause for clause in CLAUSES if "ruled" in CLAUSES[clause]])
def test_what_is_ruled_differs_from_what_the_features_give(clause: str) -> None:
    """In whether the clause is asked, or in how strongly most dialects are asked it."""
    row = rows(CONFORMANCE)[clause]
    asked = set(APPLIES.get(clause, "").split())

    for name in row.ruled:
        usual = Row({other: letter for other, letter in row.letters.items() if other != name}).level("")
        if row.letters[name] == NOT_ASKED:
            assert row.why_not(name)
            assert asked <= load(name).features
        else:
            assert row.level(name) != usual


def test_a_clause_is_as_strong_as_its_letter_says() -> None:
    """Where a dialect is not in the table, as in most of those that are, and rather weaker."""
    row = Row({"tchau": "M", "sair": "S", "x": "S", "operador": "-", "prefixo": "A", "completo": "A"})

    assert [row.level(name) for name in ("tchau", "sair", "prefixo")] == ["may", "should", "must"]
    assert row.level("operador") == row.level("turma") == "should"
    assert Row().level("turma") == Row({"sair": "-"}).level("sair") == "must"


def test_without_a_table_nothing_is_ruled(tmp_path: Path) -> None:
    """A course may keep checks of its own in a folder of its own."""
    assert rows(tmp_path) == {}
    assert Row().why_not("sair") == ""
