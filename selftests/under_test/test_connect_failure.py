"""Why a client did not come to connect: the sentence, and what to try."""

import pytest

from batepapo.under_test.connect_failure import never_connected

IDIOMS = [
    "_tkinter.TclError: no display name and no $DISPLAY environment variable",
    "ModuleNotFoundError: No module named 'tkinter'",
    "java.awt.HeadlessException:",
    "qt.qpa.xcb: could not connect to display",
]


@pytest.mark.parametrize("row", IDIOMS)
def test_a_client_of_windows_is_told_that_there_is_no_display(row):
    """Whatever else it printed, and whether it ended or not."""
    error = never_connected(1, ["usage: client", row], [], 10.0)

    assert error.what == "the client wants a graphical display, and there is none: it ended (exit status 1)"
    assert "through a terminal" in error.hint


@pytest.mark.parametrize(
    "row", ["usage: client.py HOST PORT", "Uso: python client.py <ip>", "IndexError: list index out of range"]
)
def test_a_client_that_wants_arguments_is_told_how_to_give_them(row):
    error = never_connected(2, [row], [], 10.0)

    assert error.what == "the client ended (exit status 2) before it connected: it wants other arguments"
    assert "{host} and {port}" in error.hint


def test_a_client_that_still_runs_wants_no_arguments():
    """It may show a help text, and read the keyboard."""
    assert "did not try to connect within 2.5 s" in never_connected(None, ["usage: /help"], [], 2.5).what


def test_a_client_that_asks_for_ever_is_told_its_last_question():
    error = never_connected(None, ["IP:", "Sala:"], ["IP:", "Sala:"], 10.0)

    assert error.what == "the client asks for input and never connects: 'Sala:'"
    assert "[client.answers]" in error.hint


def test_a_client_that_ended_is_told_so_whatever_it_asked():
    error = never_connected(-11, ["IP:"], ["IP:"], 10.0)

    assert error.what == "the client ended (signal SIGSEGV) before it tried to connect"


def test_where_not_every_port_can_be_seen_nothing_is_said_against_the_client():
    """It may have dialled another one."""
    error = never_connected(0, ["tchau"], [], 10.0, listened=[5050, 5555])

    assert error.unseen
    assert "came to none of the ports 5050, 5555" in error.what
    assert not never_connected(0, ["tchau"], [], 10.0).unseen


def test_who_asks_is_not_taken_for_one_that_dialled_elsewhere():
    """It never came that far."""
    assert not never_connected(None, [], ["Nome:"], 10.0, listened=[5050]).unseen


def test_blank_rows_are_not_shown():
    assert never_connected(0, ["", "tchau", "   "], [], 10.0).seen == ("tchau",)
