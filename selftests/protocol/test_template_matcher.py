"""The words of a template: on one line, in their order, nothing known between."""

from __future__ import annotations

import pytest

from batepapo.protocol.events import Joined, Left
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
