"""`--framing auto`: raw, lines or lengths, by what has an effect."""

import shlex
import sys
from types import SimpleNamespace

import pytest

from batepapo.detection import find_framing as module
from batepapo.detection.find_framing import Found, find_framing
from batepapo.errors import ConformanceFailure, ServerDied, Undecided
from batepapo.protocol.dialect_file import load
from batepapo.protocol.framing import Framing
from selftests import lengths
from selftests.bounded import bounded, odd
from selftests.judging import check


@pytest.mark.runs
def test_a_server_of_lines_is_observed_in_lines():
    """The same conversation, each message with its newline."""
    run = check(odd("lines"), "auto", "--clauses", "CAST-1,JOIN-1,LEAVE-1,EXIT-1")

    assert (run.facts.dialect, run.facts.framing, run.facts.framing_observed) == ("sair", "line", True)
    assert set(run.words().values()) == {"pass"}, run.output


@pytest.mark.runs
@pytest.mark.parametrize("habits", [(), (lengths.BARE,), (lengths.REFUSES,)], ids=["both ways", "bare", "refuses"])
def test_a_server_of_lengths_is_observed_in_lengths(habits, tmp_path):
    """One that waits for the rest of an absurd length, and one that ends the connection and says so; answers bare."""
    server_cmd = shlex.join([sys.executable, str(lengths.write(tmp_path, *habits))])
    run = check(server_cmd, "auto", "--clauses", "CAST-1,JOIN-1,LEAVE-1,EXIT-1")

    assert (run.facts.dialect, run.facts.framing, run.facts.framing_observed) == ("sair", "length4", True)
    assert set(run.words().values()) == {"pass"}, run.output


@pytest.mark.runs
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


@pytest.mark.runs
@pytest.mark.parametrize("dialect", ["sair", "prefixo", "tchau"])
def test_the_hint_is_taken_where_nothing_is_observed(dialect, tmp_path):
    """Also under a named dialect; the checks then say what is wrong."""
    run = bounded(odd("deaf"), dialect, tmp_path, "--clauses", "LISTEN-1").run

    assert (run.facts.framing, run.facts.framing_observed) == (load(dialect).framing.value, False)
    assert "not observed" in run.output


# ---- what follows from what had an effect ----------------------------------------------------


@pytest.fixture
def found(monkeypatch):
    """What is found of a server on which each framing has some effect; an error is what speaking to it ended in."""
    spoken, closed = [], []

    def found(**effects):
        def first_effect(room):
            effect = effects.get(room.framing.value, ("", False))
            if isinstance(effect, Exception):
                raise effect
            return effect

        def open_room(dialect, framing):
            spoken.append(framing.value)
            return SimpleNamespace(framing=framing, close=lambda: closed.append(framing.value))

        monkeypatch.setattr(module, "_first_effect", first_effect)
        answer = find_framing(open_room, load("sair"))
        assert closed == spoken
        return answer, spoken

    return found


def test_the_first_framing_that_has_an_effect_is_the_one(found):
    """No server more is started."""
    assert found(raw=("'ana' had an effect", False)) == (Found(Framing.RAW, True, "'ana' had an effect"), ["raw"])
    assert found(line=("it", False))[0] == Found(Framing.LINE, True, "it")


def test_an_end_that_no_exit_word_caused_is_an_effect_of_last_resort(found):
    """A server of lengths refuses bare text, whose first letters are an absurd length."""
    assert found(raw=("ended", True), length4=("heard", False))[0] == Found(Framing.LENGTH4, True, "heard")


def test_where_every_framing_ends_connections_it_is_the_first(found):
    answer, spoken = found(raw=("a", True), line=("b", True), length4=("c", True))

    assert (answer, spoken) == (Found(Framing.RAW, True, "a"), ["raw", "line", "length4"])


@pytest.mark.parametrize("error", [ConformanceFailure("x"), ServerDied("x"), Undecided("x")])
def test_a_server_that_dies_or_refuses_shows_nothing(found, error):
    """The checks will say so; its room is closed, and the hint of the dialect is taken."""
    answer, spoken = found(raw=error)

    assert (answer.framing, answer.observed, len(spoken)) == (load("sair").framing, False, 3)
    assert answer.evidence == "not observed: nothing that was said had any effect"
