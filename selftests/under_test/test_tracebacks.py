"""What counts as a traceback, and what is a word for a person."""

import pytest

from batepapo.under_test.tracebacks import trace, without_traces

PYTHON = ["Traceback (most recent call last):", '  File "c.py", line 3, in <module>', "    input()", "EOFError"]
IN_A_THREAD = ["Exception in thread Thread-1 (recebe):", *PYTHON[:3], "OSError: [Errno 9] Bad file descriptor"]
JAVA = [
    "java.net.ConnectException: Connection refused",
    "\tat java.base/sun.nio.ch.Net.connect0(Native Method)".expandtabs(),
]
NODE = [
    "Error: connect ECONNREFUSED 127.0.0.1:3001",
    "    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1634:16)",
]
CRASHES = {"Python": PYTHON, "a thread": IN_A_THREAD, "Java": JAVA, "Node": NODE}


@pytest.mark.parametrize("what", CRASHES)
def test_a_trace_is_found_and_is_no_word(what):
    rows = ["Seu nome: ana", *CRASHES[what], "tchau"]

    assert trace(rows)
    assert without_traces(rows) == ["Seu nome: ana", "tchau"]


@pytest.mark.parametrize(
    "row",
    [
        "Servidor indisponível: [Errno 111] Connection refused",
        "java.net.ConnectException: Connection refused",
        "Error: connect ECONNREFUSED 127.0.0.1:3001",
        "ConnectionRefusedError: [Errno 111] Connection refused",
        "você saiu at 10:30 (horário local)",
    ],
)
def test_one_line_about_an_error_is_no_trace(row):
    """However technical: the person learns of it."""
    assert trace([row]) == []
    assert without_traces([row]) == [row]


@pytest.mark.parametrize("crash", [PYTHON, IN_A_THREAD], ids=["Python", "a thread"])
def test_a_trace_may_stand_behind_a_prompt(crash):
    """Which leaves its row open."""
    rows = [f"Digite: {crash[0]}", *crash[1:], "tchau"]

    assert trace(rows)
    assert without_traces(rows) == ["tchau"]


def test_a_trace_is_told_by_what_was_not_caught_above_its_places():
    """As Java and C# write it."""
    assert trace(["oi", *JAVA]) == [JAVA[0], JAVA[1].strip()]


def test_a_trace_is_told_by_its_first_row_and_by_what_was_not_caught():
    assert trace(["oi", *PYTHON]) == ["Traceback (most recent call last):", "EOFError"]
