"""The names that a server gives, and the prompts that it begins with, read from what it says."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batepapo.protocol.assigned_names import asks, assigned_names
from batepapo.protocol.dialect_file import load
from batepapo.protocol.templates import template

NCAT = load("ncat-chat")
FORMS = ("<announce> is connected as <{user}>.", "{user} joined!", "-> {user} is here now", "{user}")
COMES = b"<announce> 127.0.0.1 is connected as <user5>.\n"


@pytest.mark.parametrize(
    ("stream", "names"),
    [
        (COMES, ["user5"]),
        (COMES.replace(b"\n", b"\r\n") + b"<announce> already connected: 127.0.0.1 as <user4>.\n", ["user5"]),
        (b"<announce> already connected: 127.0.0.1 as <user4>, 127.0.0.1 as <user5>.\n", []),
        (b"<announce> already connected: nobody.\n", []),
        (COMES + COMES.replace(b"5", b"12"), ["user5", "user12"]),
        (b"\x1b[1m<ANNOUNCE> ::1 Is Conn\xc3\xa9cted as user_7\x1b[0m", ["user_7"]),
        (b"<announce> <user5> is disconnected.\n", []),
        (b"<user4> 127.0.0.1 is connected as\n", []),
        (b"announce\nis connected as <user5>", []),
        (b"\xff\xfe\0" + COMES, ["user5"]),
        (b"", []),
    ],
)
def test_names_are_read_from_notices_of_coming(stream: bytes, names: list[str]) -> None:
    assert assigned_names(stream, NCAT) == names


@given(st.lists(st.from_regex(r"[a-z]+[0-9]{1,3}", fullmatch=True), max_size=5), st.sampled_from(FORMS[:3]))
def test_every_name_that_is_written_is_read(names: list[str], form: str) -> None:
    dialect = dataclasses.replace(NCAT, joined=form)
    stream = "".join(f"[12:30] {template(form).filled(user=name)}\n" for name in names)

    assert assigned_names(stream.encode(), dialect) == names


@given(st.binary(), st.sampled_from(FORMS[:3]))
def test_arbitrary_bytes_are_no_error(stream: bytes, form: str) -> None:
    names = assigned_names(stream, dataclasses.replace(NCAT, joined=form))

    assert all(name in stream.decode("utf-8", "replace") for name in names)


def test_without_notices_no_name_is_given() -> None:
    assert assigned_names(COMES, load("x")) == []


@pytest.mark.parametrize("stream", [b"NICK", b"NICK\n", b"nick:", b"Welcome!\r\n\x1b[1mNick?\x1b[0m "])
def test_a_prompt_is_heard_loosely(stream: bytes) -> None:
    assert asks(stream, "NICK")


@pytest.mark.parametrize("stream", [b"", b"NI", b"NICKNAME", b"your name:"])
def test_another_prompt_is_not(stream: bytes) -> None:
    assert not asks(stream, "NICK")
