"""What a check says of itself by its mark."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from batepapo.verdicts.clause import FIXTURES, Clause, chosen, clause, clause_of


def made(**given):
    """A clause with the usual values."""
    usual = {"id": "CAST-10", "applies": (), "needs": (), "level": ("must",), "watch": False, "process": False}
    return Clause(**{**usual, "framed": False, "title": "", "advice": "", **given})


@pytest.mark.parametrize(
    ("level", "features", "strength"),
    [
        (("must",), set(), "must"),
        (("should:idle", "may"), {"idle"}, "should"),
        (("should:idle", "may"), {"echo"}, "may"),
        (("must:exit", "should:idle", "may"), {"exit", "idle"}, "must"),
    ],
)
def test_the_first_level_that_fits_counts(level, features, strength):
    assert made(level=level).level_in(features) == strength


@pytest.mark.parametrize(
    ("features", "needs"),
    [({"echo"}, ("ECHO-1", "LISTEN-1")), ({"broadcast"}, ("CAST-1", "LISTEN-1")), (set(), ("LISTEN-1",))],
)
def test_a_need_of_a_feature_counts_where_that_is(features, needs):
    """The others always."""
    assert made(needs=("ECHO-1:echo", "CAST-1:broadcast", "LISTEN-1")).needs_in(features) == needs


def test_words_without_a_feature_hold_everywhere():
    assert chosen(["a", "b:x"], set()) == ("a",)


@pytest.mark.parametrize(("id", "area"), [("CAST-10", "CAST"), ("MY-OWN-1", "MY-OWN")])
def test_the_area_is_what_stands_before_the_number(id, area):
    assert made(id=id).area == area


def test_each_kind_of_program_has_its_fixture():
    assert FIXTURES == {"server": "room", "client": "terminals", "pair": "pair"}


def item(mark, doc, folder):
    """What pytest collected of a check."""

    def check():
        pass

    check.__doc__ = doc
    return SimpleNamespace(obj=check, path=folder / "test_cast.py", get_closest_marker=lambda name: mark)


def test_the_docstring_is_title_and_advice(tmp_path):
    """The first line is the requirement; the rest is one line, however it was broken."""
    mark = clause("CAST-1", applies="broadcast login", needs="JOIN-1", level="should").mark

    found = clause_of(item(mark, "Everyone hears it.\n\n    Look at\n    the loop.\n    ", tmp_path))

    assert found == made(
        id="CAST-1",
        applies=("broadcast", "login"),
        needs=("JOIN-1",),
        level=("should",),
        title="Everyone hears it.",
        advice="Look at the loop.",
    )


def test_what_the_table_beside_it_rules_out_is_part_of_the_clause(tmp_path):
    (tmp_path / "applicability.toml").write_text(
        'dialects = ["x"]\n[clauses]\nCAST-1 = { applies = "-", ruled = { x = "why" } }\n'
    )

    assert clause_of(item(clause("CAST-1").mark, "One.", tmp_path)).ruled_out == {"x": "why"}


@pytest.mark.parametrize(
    "mark", [None, pytest.mark.clause("GDPR-17").mark, pytest.mark.clause(id="1").mark], ids=["none", "text", "id"]
)
def test_a_mark_of_somebody_else_is_none_of_ours(mark):
    """Its arguments are others."""
    assert clause_of(item(mark, "Theirs.", Path())) is None
