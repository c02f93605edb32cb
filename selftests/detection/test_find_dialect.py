"""`--dialect auto`: the nearest dialect by one conversation, not by the port; what was not seen is not asked."""

import shlex
import shutil
import sys
from collections import Counter

import pytest

from batepapo.protocol.dialect_file import load
from selftests.bounded import bounded, odd
from selftests.judging import REFERENCES, check, reference
from selftests.tree import ROOT

pytestmark = pytest.mark.runs

PORTS = dict(
    zip(REFERENCES, [load(name).port for name in [*list(REFERENCES)[1:], next(iter(REFERENCES))]], strict=True)
)


@pytest.mark.parametrize("dialect", REFERENCES)
def test_the_dialect_of_a_reference_server_is_found_on_another_ones_port(dialect):
    """The facts of the results file name it, with the evidence and the framing."""
    run = check(f"{reference(dialect)} --port {PORTS[dialect]}", "auto", "--clauses", "LISTEN-1")

    assert run.status == 0, run.output
    assert run.facts.dialect == dialect
    assert (run.facts.framing, run.facts.framing_observed) == ("raw", True)
    assert len(run.facts.evidence) == 10
    assert run.facts.not_offered == (("idle",) if load(dialect).idle else ())
    assert f"dialect {dialect}, framing raw (seen)" in run.output


def test_the_idle_rule_is_not_asked_because_it_cannot_be_observed():
    """It would take half a minute; the header and every skipped clause say so."""
    run = check(reference("tchau"), "auto", "--clauses", "IDLE,ECHO-1")

    assert run.status == 0, run.output
    assert Counter(run.words().values()) == {"not_applicable": 6, "pass": 1}
    assert "NOT OFFERED, so not asked: the idle rule (too long to observe)" in run.output
    assert {v.reason for v in run.verdicts if v.id.startswith("IDLE")} == {
        "the dialect tchau has no idle limit (not offered)"
    }


@pytest.mark.skipif(shutil.which("ncat") is None, reason="ncat is not installed (Debian package ncat)")
@pytest.mark.parametrize("asked", ["ncat-chat", "auto"])
def test_ncat_fails_what_it_is_known_to_fail(asked):
    """A chat server that nobody here wrote, in a dialect that no reference server has: accents come as `\\303\\247`."""
    run = check("ncat --listen --chat", asked)

    assert (run.facts.dialect, run.facts.framing, run.facts.not_offered) == ("ncat-chat", "raw", ())
    counting = {verdict.id: verdict.word for verdict in run.verdicts if verdict.level != "may"}
    wrong = {id: word for id, word in counting.items() if word not in ("pass", "not_applicable")}
    assert wrong == dict.fromkeys(["CAST-3", "CAST-9", "CAST-10", "TOUGH-6"], "fail"), run.output
    assert {"JOIN-1", "JOIN-2", "JOIN-3", "JOIN-4", "CAST-5", "DROP-7"} <= {
        id for id, word in counting.items() if word == "pass"
    }
    assert "is called 'user" in run.output


@pytest.mark.parametrize("server", ["sink", "deaf", "dies"])
def test_where_no_message_reaches_anybody_the_run_fails(server, tmp_path):
    """Whatever was selected, and the framing is the dialect's hint, not observed."""
    measured = bounded(odd(server), "auto", tmp_path, "--clauses", "LISTEN-1")

    assert measured.run.words() == {"LISTEN-1": "pass"}
    assert measured.run.status == 1, measured.run.output
    assert "no message was seen to reach anybody" in measured.run.output
    if server != "dies":
        assert measured.run.facts.framing_observed is False
        assert "framing raw (not observed: nothing that was said had any effect)" in measured.run.output


def test_a_prompt_makes_nick_of_a_server_that_copies_nothing(tmp_path):
    """How a server begins says more than one habit: its students are told of the copy (CAST-11)."""
    text = (ROOT / "reference" / "nick.py").read_text("utf-8")
    assert text.count("relay(text, people)") == 1
    path = tmp_path / "server.py"
    path.write_text(text.replace("relay(text, people)", "relay(text, [o for o in people if o is not self])"), "utf-8")

    run = check(shlex.join([sys.executable, str(path)]), "auto", "--clauses", "LISTEN-1")

    assert (run.facts.dialect, run.facts.not_offered) == ("nick", ())
    assert "it greets as nick does" in run.facts.evidence


# ---- what only its terminal tells ------------------------------------------------------------


def test_an_operator_whom_nobody_heard_is_not_asked_for(tmp_path):
    """`operador` is the nearest to a server with names in front; the header says what it does not offer."""
    text = (ROOT / "reference" / "operador.py").read_text("utf-8")
    typed = "for line in filter(str.strip, keyboard):"
    assert text.count(typed) == 1
    server = tmp_path / "server.py"
    server.write_text(text.replace(typed, "for line in ():"), "utf-8")

    run = check(f"{sys.executable} {server}", "auto", "--clauses", "CONSOLE,CAST-1")

    assert run.facts.dialect == "operador"
    assert {"operator", "operator-stop"} <= set(run.facts.not_offered)
    assert [run.words()[id] for id in ("CAST-1", "CONSOLE-2", "CONSOLE-3")] == ["pass", *["not_applicable"] * 2]
    assert "an operator who speaks; a word that stops the server" in run.output


# ---- a death meanwhile -----------------------------------------------------------------------


def test_a_server_that_dies_of_its_exit_word_is_said_to_have_died_and_asked_for_the_word(tmp_path):
    """It was taken for one that has no exit word, and no clause asked why it died."""
    text = (ROOT / "reference" / "sair.py").read_text("utf-8")
    server = tmp_path / "server.py"
    word = "                if text.strip() in EXIT_WORDS:"
    assert text.count(word) == 1
    server.write_text(text.replace(word, f"{word}\n                    os._exit(3)\n{word}"))

    run = check(f"{sys.executable} {server}", "auto", "--clauses", "EXIT-1,LEAVE-1,DROP-7")

    assert run.facts.dialect == "sair"
    assert run.facts.died[:2] == ("when somebody said 'sair'", "it ended (exit status 3)")
    assert run.output.count("THE SERVER DIED while it was observed, when somebody said 'sair'") == 2  # header, summary
    assert run.words() == {"EXIT-1": "fail", "LEAVE-1": "fail", "DROP-7": "pass"}


@pytest.mark.parametrize(
    ("line", "doing"),
    [("                elif text.strip():", "spoke"), ("                if self.name is None:", "came")],
    ids=["a message", "a name"],
)
def test_a_server_that_dies_of_anything_else_is_said_to_have_died(tmp_path, line, doing):
    """What it died of is no word, and nothing more can be learnt from it."""
    text = (ROOT / "reference" / "sair.py").read_text("utf-8")
    server = tmp_path / "server.py"
    assert text.count(line) == 1
    server.write_text(text.replace(line, f"{line}\n                    os._exit(3)"))

    run = check(f"{sys.executable} {server}", "auto", "--clauses", "CAST-1")

    assert run.facts.died[:2] == (f"when somebody {doing}", "it ended (exit status 3)")
