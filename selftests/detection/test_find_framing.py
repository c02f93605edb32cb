"""`--framing auto`: raw, lines or lengths, by what has an effect."""

import shlex
import sys

import pytest

from batepapo.protocol.dialect_file import load
from selftests import lengths
from selftests.bounded import bounded, odd
from selftests.judging import check

pytestmark = pytest.mark.runs


def test_a_server_of_lines_is_observed_in_lines():
    """The same conversation, each message with its newline."""
    run = check(odd("lines"), "auto", "--clauses", "CAST-1,JOIN-1,LEAVE-1,EXIT-1")

    assert (run.facts.dialect, run.facts.framing, run.facts.framing_observed) == ("sair", "line", True)
    assert set(run.words().values()) == {"pass"}, run.output


@pytest.mark.parametrize("habits", [(), (lengths.BARE,), (lengths.REFUSES,)], ids=["both ways", "bare", "refuses"])
def test_a_server_of_lengths_is_observed_in_lengths(habits, tmp_path):
    """One that waits for the rest of an absurd length, and one that ends the connection and says so; answers bare."""
    server_cmd = shlex.join([sys.executable, str(lengths.write(tmp_path, *habits))])
    run = check(server_cmd, "auto", "--clauses", "CAST-1,JOIN-1,LEAVE-1,EXIT-1")

    assert (run.facts.dialect, run.facts.framing, run.facts.framing_observed) == ("sair", "length4", True)
    assert set(run.words().values()) == {"pass"}, run.output


def test_every_clause_holds_on_a_server_of_lengths(tmp_path):
    """Also where the framing is asked for; what does not apply to its dialect does not here."""
    server_cmd = shlex.join([sys.executable, str(lengths.write(tmp_path))])
    run = check(server_cmd, "sair", "--framing", "length4")

    assert run.status == 0, run.output
    assert run.facts.framing == "length4"
    assert set(run.words().values()) == {"pass", "not_applicable"}
    assert {"CAST-3", "CAST-7", "CAST-8", "LOGIN-2", "JOIN-2", "LEAVE-5", "DROP-7"} <= {
        id for id, word in run.words().items() if word == "pass"
    }


@pytest.mark.parametrize("dialect", ["sair", "prefixo", "tchau"])
def test_the_hint_is_taken_where_nothing_is_observed(dialect, tmp_path):
    """Also under a named dialect; the checks then say what is wrong."""
    run = bounded(odd("deaf"), dialect, tmp_path, "--clauses", "LISTEN-1").run

    assert (run.facts.framing, run.facts.framing_observed) == (load(dialect).framing.value, False)
    assert "not observed" in run.output
