"""A line counts as delivered when the server has it whole and, where the client writes the name, in the form."""

import pytest

from batepapo.errors import ConformanceFailure
from batepapo.protocol.dialect_file import load
from batepapo.testbed.client.delivery import has_line, name_before
from selftests.testbed.client.programs import CHATS

WHOLE = {
    b"oi abc\n": True,
    b"antes\noi abc": True,
    b"oi abc!": True,
    b"oi abcd": False,
    "oi abcé".encode(): False,
    b"oi  abc": False,
    b"": False,
}


@pytest.mark.parametrize("stream", WHOLE)
def test_a_line_is_there_when_it_ends_where_it_should(stream):
    """Longer words are other words, and so are those with an accent behind."""
    assert has_line(stream, "oi abc", "ana", ["oi abc"], load("x")) == WHOLE[stream]


NAMED = {b"<ana> oi abc\n": True, b"<ANA> oi abc\n": True, b"<bia> oi abc\n": False, b"oi abc\n": False}


@pytest.mark.parametrize("stream", NAMED)
def test_where_the_client_writes_the_name_the_line_must_have_it(stream):
    """In any case, in which programs write names."""
    assert has_line(stream, "oi abc", "ana", ["ana", "oi abc"], load("prefixo")) == NAMED[stream]


def test_a_name_that_nobody_typed_is_read_from_the_line():
    assert name_before(b"<zoe> oi abc\n", "oi abc", load("prefixo")) == "zoe"
    assert name_before(b"oi abc\n", "oi abc", load("prefixo")) == ""


ZOE = CHATS.replace("{input()}", "<zoe> {input()}")


def test_looking_for_a_line_does_not_rename_the_user(terminals):
    """What is polled changes nothing; who was heard has the name with which they were heard."""
    ana = terminals(ZOE, "prefixo").starts("ana")
    assert ana.answers_until(lambda: bool(ana.server.connections))
    own_name = ana.name
    text = ana.types()

    assert ana.event_loop.until(lambda: ana._was_heard(text), 2.0)
    assert ana.name == own_name

    ana.is_heard(text)
    assert ana.name == "zoe"


def test_what_the_server_got_stands_in_the_failure(terminals):
    ana = terminals(CHATS.replace("{input()}", "{input().upper()}")).starts("ana")
    assert ana.answers_until(lambda: bool(ana.server.connections))
    text = ana.types()

    with pytest.raises(ConformanceFailure) as failure:
        ana.is_heard(text)

    assert failure.value.expected.startswith(f"the server gets {text!r} from ana within ")
    assert failure.value.heard == (repr(f"{text.upper()}\n"),)
