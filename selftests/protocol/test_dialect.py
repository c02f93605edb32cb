"""Which features follow from a dialect."""

from __future__ import annotations

from pathlib import Path

import pytest

from batepapo.protocol.dialect import FEATURES
from batepapo.protocol.dialect_file import builtin_names, load
from selftests.protocol.dialects import NAMED, SMALL, read


def test_a_dialect_can_be_a_key_of_a_dict() -> None:
    assert {load("sair"): 1}[load("sair")] == 1


def test_an_assigned_login_is_accepted_and_is_no_login_by_name(tmp_path: Path) -> None:
    dialect = read(tmp_path, NAMED.replace("first", "assigned") + 'joined = "{user} is connected"\n')

    assert "login" not in dialect.features
    assert {"joined", "signed"} <= dialect.features


def test_features_are_words_of_the_vocabulary() -> None:
    for name in builtin_names():
        assert load(name).features <= set(FEATURES)


@pytest.mark.parametrize(
    ("name", "has", "lacks"),
    [
        ("tchau", "echo exit idle", "broadcast login joined left signed quiet-sender"),
        ("sair", "broadcast quiet-sender login joined left exit no-history", "signed newcomer idle echo exit-case"),
        ("x", "broadcast exit operator", "login signed joined left idle"),
        ("operador", "login joined signed operator operator-stop", "exit left idle newcomer"),
        (
            "nick",
            "broadcast copy login joined left no-members",
            "quiet-sender signed exit newcomer operator",
        ),
        ("ncat-chat", "broadcast signed joined left newcomer-told members operator", "login exit idle no-members"),
        ("prefixo", "broadcast quiet-sender", "login signed exit joined left operator shows-traffic"),
        ("completo", "login joined left signed exit idle newcomer newcomer-silent", "newcomer-told exit-case echo"),
    ],
)
def test_the_features_of_a_dialect(name: str, has: str, lacks: str) -> None:
    features = load(name).features

    assert set(has.split()) <= features
    assert not set(lacks.split()) & features


def test_an_exit_word_of_the_client_is_no_feature_of_the_wire(tmp_path: Path) -> None:
    dialect = read(tmp_path, SMALL + '[exit]\nwords = ["x"]\nby = "client"\ncase = "any"\n')

    assert not {"exit", "exit-case"} & dialect.features
