"""Where known names and texts stand in a stream, and where they do not."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batepapo.protocol.events import Joined, Other, Said
from batepapo.protocol.occurrences import ExpectedWords
from batepapo.protocol.stream_parser import events
from selftests.protocol.streams import COMPLETO, SAIR, told


@pytest.mark.parametrize(
    "line",
    [
        "biatriz entrou no chat!",
        "Fabia entrou no chat!",
        "bia2 entrou no chat!",
        "Bia entrou no chat!",
        "bi\u00e1 entrou no chat!",
        "bia\u0301 entrou no chat!",
        "Jos? 🎉 entrou no chat!",
        "Jose 🎉 entrou no chat!",
        b"Jos\xe9 entrou no chat!",
        "JosÃ© ðŸŽ‰ entrou no chat!",
        unicodedata.normalize("NFD", "José 🎉 entrou no chat!"),
        "Maria entrou no chat!",
        "entrou no chat!",
    ],
)
def test_a_damaged_name_is_another_name(line: str | bytes) -> None:
    assert told(line) == []


@pytest.mark.parametrize("text", ["próximo", "next", "taxi", "TCHAUZINHO", "saira"])
def test_an_exit_word_inside_another_word_is_none(text: str) -> None:
    assert told(f"bia: {text}") == []


def test_the_longest_text_is_heard() -> None:
    assert told("ana: sair daqui") == [Said("sair daqui", "ana")]


def test_empty_names_and_texts_stand_nowhere() -> None:
    assert events(b"oi", COMPLETO, ExpectedWords(("",), ("",))) == [Other("oi")]


@given(st.sampled_from(["ana", "José", "Ávila", "李雷"]), st.data())
def test_a_name_with_one_letter_changed_is_never_heard(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(name) - 1))
    other = data.draw(st.characters(categories=("L", "Nd")).filter(lambda char: char != name[at]))
    damaged = name[:at] + other + name[at + 1 :]

    assert not [
        e for e in events(f"{damaged} entrou no chat!".encode(), SAIR, ExpectedWords((name,))) if isinstance(e, Joined)
    ]


@given(st.sampled_from(["ana", "José", "李雷"]), st.characters(categories=("L", "Nd")), st.booleans())
def test_a_name_with_a_letter_or_digit_beside_it_is_never_heard(name: str, char: str, before: bool) -> None:
    longer = char + name if before else name + char
    found = events(f"{longer} entrou no chat!".encode(), SAIR, ExpectedWords((name,)))

    assert not [event for event in found if isinstance(event, Joined)]
