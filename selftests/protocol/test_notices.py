"""Notices in any words, and what is relayed although it is no message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batepapo.protocol.dialect_file import load
from batepapo.protocol.notices import name_relayed, nameless_notice, notice_words, notices, own_notice, word_relayed
from batepapo.protocol.occurrences import ExpectedWords

SAIR, COMPLETO = load("sair"), load("completo")
KNOWN = ExpectedWords(("ana", "bia", "caio", "José 🎉"), ("oi kfgwzqp", "TCHAU, gente"))
SAID = ("oi kfgwzqp", "TCHAU, gente", "sair", "x")


def came(stream: str, name: str = "bia") -> int:
    return notices(stream.encode(), SAIR, KNOWN, name, "joined", SAID).count


def went(stream: str, name: str = "bia") -> int:
    return notices(stream.encode(), SAIR, KNOWN, name, "left", SAID).count


@pytest.mark.parametrize(
    "stream",
    [
        "bia entrou no chat!",
        "[bia] entrou no chat!\n",
        "bia: biabia entrou no chat!",
        "bia entrou no chat!\nOnline: ana, bia\n",
        "bia entrou no chat!\nBem-vinda, bia! Digite sair para sair.\n",
        "bia entrou no chat!bia: oi kfgwzqp",
    ],
)
def test_the_dialects_own_words_are_one_notice(stream: str) -> None:
    found = notices(stream.encode(), SAIR, KNOWN, "bia", "joined", SAID)

    assert (found.count, found.template, found.reworded) == (1, 1, "")


@pytest.mark.parametrize("glue", ["", "\n", "\r\n", " ", "\x1b[0m\n"])
def test_the_dialects_own_words_twice_are_two(glue: str) -> None:
    assert came(f"bia entrou no chat!{glue}bia entrou no chat!") == 2


@pytest.mark.parametrize(
    "stream",
    [
        "bia chegou na sala",
        "*** bia joined ***\r\n",
        "\x1b[32mNova pessoa: bia\x1b[0m\n",
        "+ bia",
        "👋 bia",
        "*** bia ***",
        "bia chegou!ana: oi kfgwzqp",
        "ana: oi kfgwzqpbia chegou!",
        "bia chegou!caio saiu do chat.",
        "bia entrou\n",
        "bia resolveu entrar, e caio tambem",
    ],
)
def test_other_words_are_one_notice(stream: str) -> None:
    found = notices(stream.encode(), SAIR, KNOWN, "bia", "joined", SAID)

    assert (found.count, found.template) == (1, 0)
    assert "bia" in found.reworded


@pytest.mark.parametrize("stream", ["bia chegou!\nbia chegou!\n", "bia chegou!bia chegou!", "bia chegou! bia chegou!"])
def test_the_same_other_words_twice_are_two(stream: str) -> None:
    assert came(stream) == 2


@pytest.mark.parametrize(
    "stream", ["bia chegou!\nOlha quem veio: bia\n", "bia chegou!\nOnline: ana, bia\nOnline: ana, bia\n"]
)
def test_two_different_texts_are_one_notice(stream: str) -> None:
    assert came(stream) == 1


@pytest.mark.parametrize(
    "stream",
    [
        "",
        "bia",
        "bia\n",
        "<bia>",
        "bia: bia",
        "bia: ",
        "[12:30:01] bia\n",
        "bia saiu do chat.",
        "bia: oi kfgwzqp",
        "ana: bia\n",
        "bia: TCHAU, gente",
        "bia: sair",
        "sair",
        "biatriz chegou na sala",
        "caio entrou no chat!",
        "Alguem chegou",
        "ana, bia, caio",
    ],
)
def test_what_is_no_notice_of_coming(stream: str) -> None:
    assert came(stream) == 0


@pytest.mark.parametrize("stream", ["bia entrou no chat!", "bia", "bia: sair", "bia: x", "caio saiu do chat."])
def test_what_is_no_notice_of_going(stream: str) -> None:
    assert went(stream) == 0


@pytest.mark.parametrize(
    "stream", ["bia saiu do chat.", "bia: sairbia saiu do chat.", "bia resolveu sair", "bia caiu (sair)", "bia se foi"]
)
def test_what_is_a_notice_of_going(stream: str) -> None:
    assert went(stream) == 1


def test_a_notice_of_a_name_with_emoji() -> None:
    assert came("José 🎉 chegou", "José 🎉") == 1
    assert came("Jos? chegou", "José 🎉") == 0


# ---- LOGIN-1 ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stream",
    [
        "bia",
        "bia\n",
        "<bia>",
        "bia: bia",
        "bia: bia\r\n",
        "[12:30:01] bia: bia\n",
        "\x1b[36m[12:30]\x1b[0m bia: bia\r\n",
        "biabia entrou no chat!",
        "bia entrou no chat!bia",
        "bia entrou no chat!bia: bia",
        "bia: biabia entrou no chat!",
        "bia entrou no chat!\nbia: bia\n",
        "\nbia\n",
    ],
)
def test_a_name_that_was_relayed(stream: str) -> None:
    assert name_relayed(stream.encode(), SAIR, KNOWN, "bia")


@pytest.mark.parametrize(
    "stream",
    [
        "",
        "bia entrou no chat!",
        "[bia] entrou no chat!",
        "[bia] bia entrou no chat!",
        "bia: bia entrou no chat!",
        "*** bia entrou no chat! *** (bia)",
        "Bem-vinda, bia!",
        "Online: ana, bia",
        "ana, bia",
        "ana\tbia\n",
        '["ana", "bia"]',
        "bia chegou",
        "+ bia",
        "👋 bia",
        "*** bia ***",
        "bia: ",
        "bia:\n",
        "bia: oi kfgwzqp",
        "oi kfgwzqp (bia)",
        "ana: oi kfgwzqp\n",
        "biatriz",
        "bia2",
        "bia saiu do chat.",
    ],
)
def test_a_name_that_was_not_relayed(stream: str) -> None:
    assert not name_relayed(stream.encode(), SAIR, KNOWN, "bia")


# ---- EXIT-2 ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stream",
    [
        "x",
        "x\n",
        "bia: x",
        "[12:30] bia: x\n",
        "<bia> x",
        "bia: xbia saiu do chat.",
        "xbia saiu do chat.",
        "bia saiu do chat.x",
    ],
)
def test_an_exit_word_that_was_relayed(stream: str) -> None:
    assert word_relayed(stream.encode(), COMPLETO, KNOWN, "x")


@pytest.mark.parametrize(
    "stream",
    [
        "",
        "bia saiu do chat.",
        "(x) bia saiu do chat.",
        "x bia saiu do chat. x\n",
        "bia saiu do chat. (x)",
        "bia saiu (x)",
        "bia digitou x",
        "O comando x encerra",
        "ana: taxi",
        "ana: TCHAU, gente",
        "max: oi",
    ],
)
def test_an_exit_word_that_was_not_relayed(stream: str) -> None:
    assert not word_relayed(stream.encode(), COMPLETO, KNOWN, "x")


# ---- LOGIN-4, JOIN-4 -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stream",
    [
        " entrou no chat!",
        "None entrou no chat!",
        "('127.0.0.1', 4711) saiu do chat.",
        "\x1b[1m[] SAIU do chat\n",
        "*** null entrou no chat ***",
    ],
)
def test_the_words_of_a_notice_without_a_known_name(stream: str) -> None:
    assert notice_words(stream.encode(), SAIR)


@pytest.mark.parametrize(
    "stream", ["", "ana: oi kfgwzqp", "entrou\nno chat", "Bem-vinda ao chat!", "no chat entrou", "alguem saiu"]
)
def test_what_has_not_the_words_of_a_notice(stream: str) -> None:
    assert not notice_words(stream.encode(), SAIR)


def test_a_dialect_without_notices_has_no_words_for_them() -> None:
    assert not notice_words(b"TIMEOUT bia entrou no chat!", load("tchau"))


@pytest.mark.parametrize(
    ("newcomers", "others", "told"),
    [
        ("bia entrou no chat!\n", "bia entrou no chat!\n", True),
        ("bia entrou no chat!\n", "", True),
        ("bia chegou\n", "bia chegou\n", True),
        ("Bem-vinda, bia!\n", "bia entrou no chat!\n", False),
        ("Bem-vinda, bia!\n", "bia chegou\n", False),
        ("Online: ana, bia\n", "bia chegou\nOnline: ana, bia\n", False),
        ("Online: ana, bia\n", "bia entrou no chat!\nOnline: ana, bia\n", False),
        ("", "bia entrou no chat!\n", False),
        ("bia\n", "bia\n", False),
    ],
)
def test_what_a_newcomer_is_told_of_itself(newcomers: str, others: str, told: bool) -> None:
    assert own_notice(newcomers.encode(), others.encode(), COMPLETO, KNOWN, "bia") is told


@given(
    st.lists(
        st.sampled_from(
            ["bia", "ana", " ", "entrou", "no chat!", ":", "x", "\n", "oi kfgwzqp", "(", "\x1b[0m", "chegou", "é", "12"]
        ),
        max_size=12,
    ).map("".join),
    st.binary(max_size=8),
)
def test_no_stream_is_an_error(text: str, noise: bytes) -> None:
    stream = text.encode() + noise + text.encode()

    for kind in ("joined", "left"):
        assert notices(stream, SAIR, KNOWN, "bia", kind, SAID).count >= 0
    name_relayed(stream, SAIR, KNOWN, "bia")
    word_relayed(stream, SAIR, KNOWN, "x")
    notice_words(stream, SAIR)
    own_notice(stream, stream, SAIR, KNOWN, "bia")


@pytest.mark.parametrize(
    ("stream", "found"),
    [
        (" entrou no chat!\n", True),
        ("[] ENTROU NO CHAT\n", True),
        ("bia: oi\n*** entrou no chat! ***\n", True),
        (" entrou no chat!", True),
        ("visitante entrou no chat!\n", False),
        ("ana 2 entrou no chat!\n", False),
        ("", False),
        ("bia: entrou no chat quem?\n", False),
    ],
)
def test_a_notice_without_a_name_is_found(stream, found):
    """The words of the template alone, on a line or as all that came (LOGIN-6)."""
    assert nameless_notice(stream.encode(), SAIR) is found


def test_a_dialect_without_notices_has_none_without_a_name():
    """There is nothing to look for."""
    assert not nameless_notice(b" entrou no chat!", load("tchau"))
