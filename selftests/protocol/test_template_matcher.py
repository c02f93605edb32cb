"""The words of a template: on one line, in their order, nothing known between."""

from __future__ import annotations

import pytest

from batepapo.protocol.events import Event, Joined, Left
from batepapo.protocol.template_matcher import Pattern, TemplateMatcher
from batepapo.protocol.templates import template
from selftests.protocol.streams import heard


@pytest.mark.parametrize(
    "line",
    [
        "bia\nentrou no chat!",
        "bia\rentrou no chat!",
        "bia entrou no\nchat",
        "bia no chat entrou",
        "bia entrou",
        "bia entrou, caio no chat",
        "bia entrou: oi kfgwzqp no chat",
        "bia entrounochat",
        "bia entrou no chatroom",
    ],
)
def test_a_template_is_on_one_line_in_order_with_nothing_known_between(line: str) -> None:
    assert not any(isinstance(event, (Joined, Left)) for event in heard(line))


# ---- word by word ----------------------------------------------------------------------------

CAME, WENT = "{user} entrou no chat", "{user} saiu"


def watching(*texts: str) -> TemplateMatcher:
    """A matcher of these wordings."""
    return TemplateMatcher([Pattern(template(text), template(text).parts, _came) for text in texts])


def _came(name: str | None, start: int, end: int) -> Event:
    return Joined(name or "", start=start, end=end)


def completed(matcher: TemplateMatcher, *pieces: str) -> list[tuple[str, int, str | None]]:
    """What is completed by pieces that stand ten characters from each other; a name is written <so>."""
    found = []
    for place, piece in enumerate(pieces):
        hit = matcher.name(piece[1:-1], 10 * place) if piece[0] == "<" else matcher.word(piece, 10 * place)
        if hit is not None:
            pattern, start, name = hit
            found.append((pattern.template.text, start, name))
    return found


def test_the_last_part_completes_a_pattern_from_its_first_part_on() -> None:
    assert completed(watching(CAME, WENT), "<ana>", "entrou", "hoje", "no", "chat") == [(CAME, 0, "ana")]


def test_the_latest_beginning_counts() -> None:
    """It makes the smallest window."""
    assert completed(watching(WENT), "<ana>", "<bia>", "saiu") == [(WENT, 10, "bia")]


def test_a_name_ends_what_it_is_no_part_of() -> None:
    assert completed(watching(CAME), "<ana>", "entrou", "<bia>", "no", "chat") == []


def test_words_alone_complete_words_alone() -> None:
    """None stands for the name."""
    assert completed(watching("entrou no chat"), "entrou", "no", "chat") == [("entrou no chat", 0, None)]


def test_a_name_may_be_the_last_part() -> None:
    assert completed(watching("chegou {user}"), "chegou", "<ana>") == [("chegou {user}", 0, "ana")]


def test_after_a_completion_everything_begins_anew() -> None:
    assert completed(watching(WENT), "<ana>", "saiu", "saiu") == [(WENT, 0, "ana")]


def test_a_new_line_forgets_what_was_seen() -> None:
    matcher = watching(WENT)
    completed(matcher, "<ana>")

    matcher.forget()

    assert completed(matcher, "saiu") == []


def test_which_word_would_complete_something_is_known_before_it_comes() -> None:
    matcher = watching(CAME, "sozinho")
    assert matcher.completes("sozinho")
    assert not matcher.completes("chat")

    completed(matcher, "<ana>", "entrou", "no")

    assert matcher.completes("chat")
    assert not matcher.completes("entrou")
