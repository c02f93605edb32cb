"""A user is told something when there are words on the screen that were not there before, and are no traceback."""

import pytest

from batepapo.errors import ConformanceFailure
from batepapo.testbed.client.news import ENTERS, gist, news
from selftests.testbed.client.programs import CHATS

ROWS = {
    "O servidor caiu.": True,
    "> oi bcd": False,
    ">": False,
    "12:31 >": False,
    "-----": False,
    "Traceback (most recent call last):": False,
    "Bem-vinda!": False,
}


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_news_by_its_words(row):
    """A prompt, a clock, a rule, what the user typed and what was there before are none."""
    before = {gist(each, []) for each in ("Bem-vinda!", "12:30 >", ">")}

    assert bool(news([row], before, ["oi bcd"])) == ROWS[row]


def test_the_longest_line_that_was_typed_is_taken_out_first():
    """Else a part of it would be left, and be news."""
    assert gist("> oi bcd fgh", ["oi bcd", "oi bcd fgh"]) == ">"


def test_who_is_told_at_the_second_enter_is_told_in_time(terminals):
    code = CHATS.replace("while True:", "for _ in range(2):") + "\n    print('acabou'); input()"
    ana = terminals(code, dialect="x").gather("ana")
    before = ana.notes()

    ana.learns("that it is over", before)

    assert len(ana.typed) == ENTERS


def test_who_is_never_told_is_pressed_twice_and_no_more(terminals):
    desk = terminals(CHATS)
    ana = desk.gather("ana")

    with pytest.raises(ConformanceFailure, match="ana is told, or the program ends, when it is over") as failure:
        ana.learns("it is over", ana.notes())

    assert len(ana.typed) == ENTERS
    assert failure.value.heard[0] == "it still runs"


def test_an_end_is_word_enough_where_words_alone_are_none(terminals):
    ana = terminals("import socket; socket.create_connection(('127.0.0.1', 5555)); input(); exit(3)").gather("ana")

    ana.learns("it is over", ana.notes(), must_end=True)

    assert ana.end() == "it ended (exit status 3)"
