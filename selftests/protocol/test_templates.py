"""Words of a text, loosely compared."""

import pytest

from batepapo.protocol.templates import contains_words, words

TEXTS = {
    ("Digite o NOME da sala:", "nome da sala"): True,
    ("Digite o nome", "nome da sala"): False,
    ("nome, depois da sala", "nome da sala"): False,
    ("apelido", "ape"): False,
    ("apelido", ":"): False,
    ("", "nome"): False,
}


@pytest.mark.parametrize(("text", "wanted"), TEXTS)
def test_words_stand_in_a_text_side_by_side(text, wanted):
    """Whole, in their order; no words stand nowhere."""
    assert contains_words(words(text), words(wanted)) == TEXTS[text, wanted]
