"""A long text in pieces: whole or not."""

from __future__ import annotations

import random
import string
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batepapo.protocol.dialect_file import load
from batepapo.protocol.occurrences import ExpectedWords
from batepapo.protocol.reassembly import reassembles

SAIR, COMPLETO = load("sair"), load("completo")
KNOWN = ExpectedWords(("ana", "bia", "José 🎉"))
TEXT = "".join(random.Random(7).choices(string.ascii_letters + string.digits, k=4096))
WIDE = "".join(random.Random(8).choices("aé€🎉çß漢", k=4000))


def pieces(text: str, size: int) -> list[bytes]:
    whole = text.encode()
    return [whole[start : start + size] for start in range(0, len(whole), size)]


JOINTS: dict[str, Callable[[bytes], bytes]] = {
    "bare": lambda piece: piece,
    "lines": lambda piece: piece + b"\n",
    "prefixed": lambda piece: b"ana: " + piece,
    "prefixed lines": lambda piece: b"ana: " + piece + b"\r\n",
    "a name with emoji": lambda piece: "José 🎉: ".encode() + piece,
    "decorated": lambda piece: "\x1b[36m✨ ana [12:30:01]\x1b[0m » ".encode() + piece + b"\x1b[0m\r\n",
    "decorated, clock first": lambda piece: b"\x1b[36m[12:30:01]\x1b[0m ana: " + piece + b"\r\n",
}


@pytest.mark.parametrize("size", [4096, 1024, 1000, 1448, 4095, 100])
@pytest.mark.parametrize("joint", JOINTS)
def test_pieces_that_join_to_the_text_are_whole(joint: str, size: int) -> None:
    stream = b"Bem-vinda!\n" + b"".join(map(JOINTS[joint], pieces(TEXT, size)))

    assert reassembles(stream, TEXT, COMPLETO, KNOWN)


def test_the_first_piece_may_be_the_only_one_with_a_prefix() -> None:
    first, *others = pieces(TEXT, 1024)

    assert reassembles(b"ana: " + first + b"\n" + b"\n".join(others) + b"\nbia: oi", TEXT, COMPLETO, KNOWN)


@pytest.mark.parametrize("size", [1024, 1023, 4096])
def test_a_character_may_be_cut_in_two(size: int) -> None:
    stream = b"".join(b"ana: " + piece for piece in pieces(WIDE, size))

    assert reassembles(stream, WIDE, COMPLETO, KNOWN)


@pytest.mark.parametrize("joint", JOINTS)
def test_a_lost_piece_is_damage(joint: str) -> None:
    stream = list(map(JOINTS[joint], pieces(TEXT, 1024)))

    assert not reassembles(b"".join(stream[:2] + stream[3:]), TEXT, COMPLETO, KNOWN)
    assert not reassembles(b"".join(stream[:-1]), TEXT, COMPLETO, KNOWN)
    assert not reassembles(b"".join([stream[1], stream[0], *stream[2:]]), TEXT, COMPLETO, KNOWN)


DAMAGES = ("drop", "change", "double", "insert")


@given(st.integers(0, len(TEXT) - 1), st.sampled_from(sorted(JOINTS)), st.sampled_from(DAMAGES))
def test_one_damaged_letter_is_damage(at: int, joint: str, how: str) -> None:
    other = "Q" if TEXT[at] != "Q" else "Z"
    instead = {"drop": "", "change": other, "double": TEXT[at] * 2, "insert": other + TEXT[at]}[how]
    damaged = TEXT[:at] + instead + TEXT[at + 1 :]
    stream = b"".join(map(JOINTS[joint], pieces(damaged, 1024))) + b"\nbia: oi kfgwzqp\n"

    whole = TEXT in damaged  # the first or the last letter doubled, or something put before the first
    assert reassembles(stream, TEXT, COMPLETO, KNOWN) <= whole


def test_a_cut_at_the_end_is_no_piece_of_what_follows() -> None:
    text = TEXT[:-1] + "b"

    assert not reassembles(b"ana: " + text[:-1].encode() + b"\nbia: oi", text, COMPLETO, KNOWN)


def test_a_text_cut_at_1024_bytes_is_not_whole() -> None:
    assert not reassembles(b"ana: " + TEXT[:1024].encode(), TEXT, COMPLETO, KNOWN)


def test_a_text_that_has_not_come_is_not_whole() -> None:
    assert not reassembles(b"", TEXT, COMPLETO, KNOWN)
    assert not reassembles(b"ana: oi", TEXT, COMPLETO, KNOWN)


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_arbitrary_bytes_are_no_error(before: bytes, after: bytes) -> None:
    assert reassembles(before + b"\n" + TEXT.encode() + b"\n" + after, TEXT, SAIR, KNOWN)
