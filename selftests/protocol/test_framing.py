"""How a message becomes bytes, and how --framing is read."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batepapo.protocol.framing import Framing, Unframer

TEXTS = st.binary(max_size=300)
CUTS = st.lists(st.integers(0, 2000), max_size=20)


def heard(framing: Framing, stream: bytes, cuts: list[int] | None = None) -> bytes:
    """What a stream that is cut into pieces adds up to."""
    unframer = Unframer(framing)
    edges = sorted({0, len(stream), *(cut for cut in cuts or [] if cut < len(stream))})
    return b"".join(unframer.feed(stream[start:end]) for start, end in pairwise(edges))


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


# ---- what is taken off a stream --------------------------------------------------------------


@given(st.lists(TEXTS), CUTS)
def test_each_message_behind_a_length_becomes_a_line(texts: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(Framing.LENGTH4.encode(text) for text in texts)

    lines = b"".join(text if text.endswith(b"\n") else text + b"\n" for text in texts if text)
    assert heard(Framing.LENGTH4, stream, cuts) == lines


@given(st.binary(max_size=2000), CUTS)
def test_no_split_of_a_stream_changes_what_is_heard(stream: bytes, cuts: list[int]) -> None:
    for framing in Framing:
        assert heard(framing, stream, cuts) == heard(framing, stream)


@given(st.binary(max_size=2000), CUTS)
def test_without_lengths_a_stream_is_heard_as_it_is(stream: bytes, cuts: list[int]) -> None:
    assert heard(Framing.RAW, stream, cuts) == heard(Framing.LINE, stream, cuts) == stream


@given(st.text(st.characters(exclude_characters="\0", codec="utf-8")), CUTS)
def test_a_text_without_a_length_is_heard_as_it_is(text: str, cuts: list[int]) -> None:
    """A server may put lengths on what it reads and on nothing that it writes."""
    assert heard(Framing.LENGTH4, text.encode(), cuts) == text.encode()


def test_a_message_is_heard_before_it_is_complete() -> None:
    unframer = Unframer(Framing.LENGTH4)

    assert unframer.feed(b"\0\0\0") == b""
    assert unframer.feed(b"\4ol") == b"ol"
    assert unframer.feed("á".encode()[:2]) == "á".encode() + b"\n"


def test_a_prompt_without_a_length_and_an_answer_with_one() -> None:
    assert heard(Framing.LENGTH4, b"NICK" + Framing.LENGTH4.encode("ana joined!")) == b"NICKana joined!\n"
