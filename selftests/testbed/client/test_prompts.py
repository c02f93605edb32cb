"""What a client asks, in Portuguese and English, and what it is told."""

import pytest

from batepapo.testbed.client.prompts import HOST, MENU, NAME, NOTHING, OTHER, PORT, filled, question

QUESTIONS = {
    "Digite seu nome: ": NAME,
    "Digite seu nome de usuário: ": NAME,
    "Como quer ser chamado? ": OTHER,
    "Choose your nickname: ": NAME,
    "Qual é o seu apelido?": NAME,
    "Digite o IP do servidor [127.0.0.1]: ": HOST,
    "Endereço: ": HOST,
    "Nome do servidor: ": HOST,
    "Server address: ": HOST,
    "Porta do servidor: ": PORT,
    "PORT> ": PORT,
    "Escolha uma opção: ": MENU,
    "Conectado ao servidor. Seu nome: ": NAME,
    "> ": OTHER,
}


@pytest.mark.parametrize("row", QUESTIONS)
def test_the_kind_of_a_question_stands_in_its_words(row):
    assert question(["=====", row, ""]).kind == QUESTIONS[row]


def test_without_a_word_nothing_is_asked():
    assert question(["", "  "]).kind == NOTHING


def test_a_pair_of_the_dialect_is_stronger():
    """Loosely, as wordings are compared."""
    asked = question(["Sala (nome): "], [("SALA", "{name}-{port}")])

    assert asked.answer == "{name}-{port}"
    assert filled(asked.answer, {"name": "ana", "port": "5555"}) == "ana-5555"
