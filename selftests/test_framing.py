"""How a message becomes bytes, and how --framing is read."""

from __future__ import annotations

import pytest

from batepapo.errors import UsageError
from batepapo.framing import Framing, framing_option


def test_raw_adds_nothing() -> None:
    assert Framing.RAW.encode("olá") == "olá".encode()


def test_line_adds_a_newline() -> None:
    assert Framing.LINE.encode("olá") == "olá\n".encode()


def test_length4_puts_the_number_of_bytes_first() -> None:
    assert Framing.LENGTH4.encode("olá") == b"\0\0\0\4" + "olá".encode()


@pytest.mark.parametrize("framing", Framing)
def test_bytes_go_as_they_are(framing: Framing) -> None:
    assert b"\xff\x00" in framing.encode(b"\xff\x00")


def test_what_was_decoded_with_surrogates_goes_out_as_it_came_in() -> None:
    assert Framing.RAW.encode(b"\xff\xc3".decode("utf-8", "surrogateescape")) == b"\xff\xc3"


def test_an_option_names_a_framing() -> None:
    assert framing_option("raw") is Framing.RAW
    assert framing_option("line") is Framing.LINE


def test_auto_names_none() -> None:
    assert framing_option("auto") is None


@pytest.mark.parametrize("value", ["", "RAW", "lines", "length4"])
def test_another_word_is_rejected_with_those_that_are_right(value: str) -> None:
    with pytest.raises(UsageError) as error:
        framing_option(value)

    assert str(error.value) == f"--framing {value!r}: must be one of auto, raw, line"
