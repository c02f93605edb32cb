"""A stream in, events out: glued, decorated, damaged, arbitrary."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batepapo.protocol.dialect_file import builtin_names, load
from batepapo.protocol.events import Event, IdleNotice, Joined, Left, Other, Said
from batepapo.protocol.occurrences import ExpectedWords
from batepapo.protocol.stream_parser import events, render
from selftests.protocol.streams import COMPLETO, PEOPLE, SAIR, TCHAU, heard, told


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        ("oi kfgwzqpbia entrou no chat!caio entrou no chat!", [Said("oi kfgwzqp"), Joined("bia"), Joined("caio")]),
        ("ana saiu do chat.bia entrou no chat!", [Left("ana"), Joined("bia")]),
        ("ana saiu do chatbia entrou no chat", [Left("ana"), Joined("bia")]),
        ("ana: oi kfgwzqpcaio: sair daqui", [Said("oi kfgwzqp", "ana"), Said("sair daqui", "caio")]),
        ("biabia entrou no chat!", [Joined("bia")]),
        ("bia: biabia entrou no chat!", [Joined("bia")]),
        ("ana1 entrou no chat!ana10 entrou no chat!", [Joined("ana1"), Joined("ana10")]),
        ("Ana Maria entrou no chat!ana saiu do chat.", [Joined("Ana Maria"), Left("ana")]),
        ("José 🎉 entrou no chat!José 🎉: oi kfgwzqp", [Joined("José 🎉"), Said("oi kfgwzqp", "José 🎉")]),
        ("oi kfgwzqpTIMEOUT", [Said("oi kfgwzqp"), IdleNotice()]),
        ("bia entrou no chatTIMEOUT", [Joined("bia"), IdleNotice()]),
        ("TIMEOUTana saiu do chat.", [IdleNotice(), Left("ana")]),
        ("ana: oi kfgwzqpoi kfgwzqp bis", [Said("oi kfgwzqp", "ana"), Said("oi kfgwzqp bis")]),
        ("caio: saircaio saiu do chat.", [Said("sair", "caio"), Left("caio")]),
        ("caio: xcaio saiu do chat.", [Said("x", "caio"), Left("caio")]),
    ],
)
def test_messages_without_anything_between_them(stream: str, expected: list[Event]) -> None:
    assert told(stream) == expected


@pytest.mark.parametrize(
    "line",
    [
        "*** bia entrou no chat! ***\n",
        "[bia] entrou no chat!\n",
        "<bia> entrou no chat!\r\n",
        "\x1b[1;32m✨ [12:30:01] bia entrou no chat! 🎉\x1b[0m\r\n",
        "\x1b[31mbia\x1b[0m entrou no chat!\x1b[0m",
        "\x1b]0;sala\x07bia entrou no chat!",
        "\x1bMbia entrou no chat!",
        "\x1bbia entrou no chat!",
        "\x1b[bia entrou no chat!",
        "👋bia entrou no chat!",
        "❤️bia entrou no chat!",
        "BIA: bia ENTROU NO CHAT",
        "bia entrou, às 12h, no nosso chat",
        "bia  entrou\tno\vchat",
        "bia ｅｎｔｒｏｕ no chat",
        "bia éntrôu nó chát!",
        unicodedata.normalize("NFD", "bia éntrôu nó chát!"),
        "\x00\x07bia entrou no chat!",
        b"\xff\xfebia entrou no chat!",
        b"\xc3bia entrou no chat!\xc3",
        "12:30 - bia entrou no chat! (3 online)",
    ],
)
def test_decoration_loses_no_notice(line: str | bytes) -> None:
    assert told(line) == [Joined("bia")]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ana: oi kfgwzqp", Said("oi kfgwzqp", "ana")),
        ("[12:30:01] ana: oi kfgwzqp\r\n", Said("oi kfgwzqp", "ana")),
        ("\x1b[36m[12:30]\x1b[0m ana: oi kfgwzqp", Said("oi kfgwzqp", "ana")),
        ("<ana> oi kfgwzqp", Said("oi kfgwzqp", "ana")),
        ("ana disse: oi kfgwzqp", Said("oi kfgwzqp", "ana")),
        ("ana, bia: oi kfgwzqp", Said("oi kfgwzqp", "bia")),
        ("oi kfgwzqp", Said("oi kfgwzqp")),
        ("ana\noi kfgwzqp", Said("oi kfgwzqp")),
        ("Servidor: oi kfgwzqp", Said("oi kfgwzqp")),
        ("joana: oi kfgwzqp", Said("oi kfgwzqp")),
        ("bia chegou na sala! oi kfgwzqp", Said("oi kfgwzqp")),
        ("bia entrou no chat! oi kfgwzqp", Said("oi kfgwzqp")),
        ("ana: oi kfgwzqp bis", Said("oi kfgwzqp bis", "ana")),
        ("ana: olá, ana: %s {}", Said("olá, ana: %s {}", "ana")),
        ("ecooi kfgwzqpeco", Said("oi kfgwzqp")),
    ],
)
def test_who_said_it(line: str, expected: Said) -> None:
    assert [event for event in heard(line) if isinstance(event, Said)] == [expected]


def test_the_client_that_writes_the_name_is_heard_with_it() -> None:
    assert heard("<ana> oi kfgwzqp<bia> sair daqui", "prefixo") == [
        Said("oi kfgwzqp", "ana"),
        Said("sair daqui", "bia"),
    ]


def test_a_dialect_without_names_has_no_speaker() -> None:
    assert [each for each in heard("ana: oi kfgwzqp", "x") if isinstance(each, Said)] == [Said("oi kfgwzqp")]


@pytest.mark.parametrize("line", ["TIMEOUT", "Timeout!\n", "*** TIMEOUT ***", "\x1b[31mtimeout\x1b[0m"])
def test_the_idle_word(line: str) -> None:
    assert told(line, "tchau") == [IdleNotice()]


@pytest.mark.parametrize("line", ["TIMEOUTS", "time out", "notimeout"])
def test_what_is_not_the_idle_word(line: str) -> None:
    assert told(line, "tchau") == []


def test_a_text_with_the_idle_word_in_it_is_a_text() -> None:
    assert events(b"o TIMEOUT veio", TCHAU, ExpectedWords(texts=("o TIMEOUT veio",))) == [Said("o TIMEOUT veio")]


def test_a_notice_twice_is_two_events() -> None:
    assert told("bia entrou no chat!\n" * 2) == [Joined("bia"), Joined("bia")]
    assert told("bia entrou no chat!" * 2) == [Joined("bia"), Joined("bia")]


def test_other_text_is_kept_and_blank_lines_are_not() -> None:
    assert heard("Bem-vinda!\r\n\r\n  \nana entrou no chat! Somos 3 agora\n") == [
        Other("Bem-vinda!"),
        Joined("ana"),
        Other("Somos 3 agora"),
    ]


@pytest.mark.parametrize(
    ("form", "stream", "expected"),
    [
        ("{text} ({user})", "oi kfgwzqp (ana)sair daqui (bia)", [Said("oi kfgwzqp", "ana"), Said("sair daqui", "bia")]),
        ("{text} de {user}", "oi kfgwzqp de ana", [Said("oi kfgwzqp", "ana")]),
        ("{text} de {user}", "oi kfgwzqpbia entrou no chat!", [Said("oi kfgwzqp"), Joined("bia")]),
        ("{user} diz {text}", "ana diz oi kfgwzqp", [Said("oi kfgwzqp", "ana")]),
    ],
)
def test_other_forms_of_a_message(form: str, stream: str, expected: list[Event]) -> None:
    assert events(stream.encode(), replace(COMPLETO, said=(form,)), PEOPLE) == expected


def test_offsets_are_bytes_of_the_stream() -> None:
    stream = "ção\nana: oi kfgwzqp\nJosé 🎉 entrou no chat!\n".encode() + b"\xff\n"

    found = heard(stream)

    assert [stream[event.start : event.end] for event in found] == [
        "ção".encode(),
        b"ana: oi kfgwzqp",
        "José 🎉 entrou no chat!".encode(),
        b"\xff",
    ]


def test_nothing_known_is_other_text() -> None:
    assert events(b"bia entrou no chat!", COMPLETO, ExpectedWords()) == [Other("bia entrou no chat!")]


# ---- what holds for any stream ---------------------------------------------------------------

NAMES = st.lists(
    st.sampled_from(["ana", "bia", "ana1", "Ana Maria", "José 🎉", "D'Ávila", "李雷", "ωmega", "[op]", "a"]),
    unique=True,
    min_size=1,
)
TEXTS = st.lists(
    st.sampled_from(["oi kfgwzqp", "“é” %s {}", "TCHAU, gente", "🎉🎉 bqtrrpd", "sair daqui", "x" * 300]),
    unique=True,
    min_size=1,
)
DECORATION = st.sampled_from(["", "*** ", "[12:30:01] ", "\x1b[1;32m", "✨ ", "> ", "\x1b[36m[09:00]\x1b[0m ", "❤️"])
ENDING = st.sampled_from(["\n", "\r\n", " ***\n", "\x1b[0m\r\n", " 🎉\n"])
VOICE = st.sampled_from([str, str.upper, str.title, lambda text: unicodedata.normalize("NFD", text.replace("a", "á"))])


@st.composite
def happenings(draw: st.DrawFn) -> tuple[ExpectedWords, list[Event]]:
    known = ExpectedWords(tuple(draw(NAMES)), tuple(draw(TEXTS)))
    name, text = st.sampled_from(known.names), st.sampled_from(known.texts)
    one = st.one_of(st.builds(Joined, name), st.builds(Left, name), st.builds(Said, text, name), st.just(IdleNotice()))
    drawn = draw(st.lists(one, max_size=8))
    # Nobody is told twice in a row that time is out.
    return known, [
        event for before, event in zip([None, *drawn], drawn, strict=False) if event != before or event != IdleNotice()
    ]


@given(happenings(), st.booleans())
def test_what_is_rendered_is_heard_again(happened: tuple[ExpectedWords, list[Event]], lines: bool) -> None:
    """Whatever happens, one thing behind another, with newlines or without: the same events are heard."""
    known, expected = happened
    stream = ("\n" if lines else "").join(render(event, COMPLETO)[0][1] for event in expected)

    assert events(stream.encode(), COMPLETO, known) == expected


@pytest.mark.parametrize("name", builtin_names())
def test_each_wording_of_each_dialect_is_heard_again(name: str) -> None:
    dialect = load(name)
    for event in (Joined("José 🎉"), Left("Ana Maria"), Said("olá, ana: %s {}", "D'Ávila"), IdleNotice()):
        for form, wording in render(event, dialect):
            if form:
                meant = Said(event.text) if isinstance(event, Said) and "{user}" not in form else event
                assert events(wording.encode(), dialect, PEOPLE) == [meant]


@given(happenings(), st.data())
def test_decoration_and_loose_wording_lose_nothing(
    happened: tuple[ExpectedWords, list[Event]], data: st.DataObject
) -> None:
    known, expected = happened
    lines = []
    for event in expected:
        form = {Joined: COMPLETO.joined, Left: COMPLETO.left, IdleNotice: "TIMEOUT", Said: "{user}: {text}"}[
            type(event)
        ]
        voice = data.draw(VOICE)
        form = "".join(
            piece if piece[:1] == "{" else voice(piece)
            for piece in form.replace("}", "}\0").replace("{", "\0{").split("\0")
        )
        form = form.replace("{user}", getattr(event, "name", "")).replace("{text}", getattr(event, "text", ""))
        lines.append(data.draw(DECORATION) + form + data.draw(ENDING))

    found = events("".join(lines).encode(), COMPLETO, known)

    assert [event for event in found if not isinstance(event, Other)] == expected


@given(happenings(), st.data())
def test_any_split_of_a_stream_gives_the_same_events(
    happened: tuple[ExpectedWords, list[Event]], data: st.DataObject
) -> None:
    """Fed in pieces, read after each of them: the last look shows what one look at the whole shows."""
    known, expected = happened
    stream = "".join(render(event, COMPLETO)[0][1] + "\n" for event in expected).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    received = bytearray()
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        received += stream[start:end]
        found = events(bytes(received), COMPLETO, known)

    assert found == events(stream, COMPLETO, known) == expected


def test_one_byte_at_a_time_no_line_is_heard_twice_or_taken_back() -> None:
    stream = "ana: oi kfgwzqp\nJosé 🎉 entrou no chat!\nbia saiu do chat.\nTIMEOUT\n".encode()
    whole = told(stream)
    for end in range(len(stream)):
        finished = stream[: stream.rfind(b"\n", 0, end) + 1]
        assert whole[: len(told(finished))] == told(finished)
        assert told(stream[:end])[: len(told(finished))] == told(finished)


@given(st.binary(max_size=200), st.sampled_from(builtin_names()))
def test_arbitrary_bytes_are_no_error(stream: bytes, name: str) -> None:
    for event in events(stream, load(name), PEOPLE):
        assert 0 <= event.start < event.end <= len(stream)


PIECES = [b"ana", b"bia", "José 🎉".encode(), b" entrou", b" no chat", b"!", b" saiu do", b": ", b"oi kfgwzqp", b"sair"]
PIECES += [b"\n", b"x", b"\x1b", b"[", b"\x1b[0m", b"\xc3", b"TIMEOUT", b"1"]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join), st.sampled_from(builtin_names()))
def test_events_follow_each_other_and_never_overlap(stream: bytes, name: str) -> None:
    found = events(stream, load(name), PEOPLE)

    assert all(0 <= event.start < event.end <= len(stream) for event in found)
    assert all(before.end <= after.start for before, after in pairwise(found))


def test_a_long_line_takes_no_long_time() -> None:
    """60 kB of words, of one word, of a name over and over: one pass each."""
    words = (b"chat no entrou ", b"A", b"ana", b"\x1b[", b"x ", b"chat", b"chat ana ")
    for word in words:
        events(word * (60_000 // len(word)), SAIR, PEOPLE)
