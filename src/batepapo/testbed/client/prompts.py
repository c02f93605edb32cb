"""What a client asks its user, and what it is told. Pure: rows of a screen in, a kind of question out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from batepapo.protocol.templates import contains_words, words

HOST, PORT, NAME, MENU, OTHER, NOTHING = "host", "port", "name", "menu", "other", ""

# Portuguese and English, without accents and letter case (templates.words). The first kind of which a word is in the
# question wins: "porta do servidor" asks for the port, "nome do servidor" for the host, "nome de usuário" for a name.
_KINDS: tuple[tuple[str, frozenset[str]], ...] = (
    (PORT, frozenset({"porta", "port", "puerto"})),
    (HOST, frozenset({"ip", "host", "hostname", "endereco", "address", "servidor", "server"})),
    (NAME, frozenset({"nome", "name", "nick", "nickname", "apelido", "usuario", "username", "user", "login", "chamar",
                      "chama", "quem", "who", "nombre"})),
    (MENU, frozenset({"opcao", "opcoes", "option", "options", "escolha", "choose", "choice", "menu", "selecione"})),
)  # fmt: skip

_ROWS_OF_A_QUESTION = 3  # an explanation above it, the question, and a mark such as "> " below

# A name may be asked for beside words of the address: "Conectado ao servidor. Seu nome:" is one line in some.
_SENTENCE_ENDS = ".!\n"


@dataclass(frozen=True)
class Question:
    """What the program asks, and the answer that the dialect's file has for it, if it has one."""

    kind: str
    text: str
    answer: str | None = None


def question(rows: Sequence[str], answers: Sequence[tuple[str, str]] = ()) -> Question:
    """Return what the newest rows ask for; a question is the last row with a word that is known, of three.

    Args:
        rows: What came on the screen since the last answer.
        answers: Pairs of the dialect: words of a question, and what is told.
    """
    asked = [row for row in rows if row.strip()][-_ROWS_OF_A_QUESTION:]
    if not asked:
        return Question(NOTHING, "")
    for row in reversed(asked):
        said = words(row)
        for wanted, answer in answers:
            if contains_words(said, words(wanted)):
                return Question(OTHER, row.strip(), answer)
    for row in reversed(asked):
        kind = _kind(row)
        if kind:
            return Question(kind, row.strip())
    return Question(OTHER, asked[-1].strip())


def _kind(row: str) -> str:
    last = row.rstrip().rstrip(":?>.! ")
    for mark in _SENTENCE_ENDS:
        last = last.rpartition(mark + " ")[2]
    for text in (last, row):
        said = set(words(text))
        for kind, known in _KINDS:
            if said & known:
                return kind
    return ""


def filled(answer: str, values: Mapping[str, str]) -> str:
    """Return an answer of the dialect with {host}, {port} and {name} filled in."""
    for key, value in values.items():
        answer = answer.replace("{" + key + "}", value)
    return answer
