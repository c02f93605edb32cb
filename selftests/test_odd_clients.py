"""Clients as students hand them in: any address, any question, and those that nobody can judge."""

import shlex
import sys

import pytest

from selftests.judging import check, client, dialect_file, reference
from selftests.tree import ROOT

pytestmark = pytest.mark.runs

ODD = ROOT / "selftests" / "odd_clients"
BASICS = "CLIENT-1,CLIENT-2,CLIENT-3,CLIENT-10"


def odd(name, *arguments):
    """The command line of an odd client."""
    return shlex.join([sys.executable, str(ODD / f"{name}.py"), *arguments])


def judged(command, *options, dialect="sair", clauses=BASICS):
    """What the suite says of a client alone."""
    return check("", dialect, "--clauses", clauses, *options, client_cmd=command)


ADDRESSES = {
    "another port": ("127.0.0.1", "4711"),
    "a laboratory's address": ("192.168.18.13", "7777"),
    "IPv6": ("::1", "5555"),
    "a name": ("localhost", "5555"),
    "a port for root": ("127.0.0.1", "80"),
    "filled in": ("{host}", "{port}"),
}


@pytest.mark.parametrize("what", ADDRESSES)
def test_a_client_may_dial_what_it_likes(what):
    """It works unmodified, and the header says what it dials."""
    run = judged(odd("chats", *ADDRESSES[what]))

    assert set(run.words().values()) == {"pass"}, run.output
    assert "the client dials " in run.output


def test_what_a_client_asks_is_answered(tmp_path):
    """By words that we know, and by the pairs of the dialect's file."""
    path = dialect_file("sair", tmp_path)
    with open(path, "a", encoding="utf-8") as file:
        file.write('\n[client.answers]\n"Sala:" = "sala de {name}"\n')

    run = judged(odd("asks_everything"), dialect=path)

    assert set(run.words().values()) == {"pass"}, run.output


def test_a_client_that_tries_again_finds_its_server():
    run = judged(odd("tries_again"))

    assert set(run.words().values()) == {"pass"}, run.output


def test_a_client_without_a_prompt_for_the_name_may_have_it_in_the_command():
    run = judged(f"{client('sair')} --name zoe")

    assert set(run.words().values()) == {"pass"}, run.output


def test_where_the_client_writes_the_name_it_may_have_it_from_the_command_line():
    run = judged(f"{client('prefixo')} --name zoe", dialect="prefixo", clauses="CLIENT-1,CLIENT-2,CLIENT-11")

    assert set(run.words().values()) == {"pass"}, run.output


QUIRKS = [
    ("readline", "CLIENT-11", "fail"),  # it prints its own line again, below the one that readline draws
    ("dies", "CLIENT-7", "blocked"),  # of the first line that is typed: the server had no part in that
    ("waits", "CLIENT-8", "fail"),  # for a key, which nobody presses who was not asked
    ("crashes", "CLIENT-8", "fail"),  # by a signal, which is no status
    ("another language", "CLIENT-1", "pass"),
    ("none", "CLIENT-8", "pass"),
]


@pytest.mark.parametrize(("quirk", "clause", "word"), QUIRKS, ids=[quirk for quirk, _, _ in QUIRKS])
def test_a_quirk_of_public_clients_is_judged_rightly(quirk, clause, word):
    run = judged(odd("quirks", quirk), clauses=clause)

    assert run.words() == {clause: word}, run.output


def test_in_a_pair_a_name_is_given_to_whoever_asks_in_any_language():
    """It is what a client asks first."""
    run = check(reference("sair"), "sair", "--clauses", "PAIR", client_cmd=odd("quirks", "another language"))

    assert run.words() == {"PAIR-1": "pass", "PAIR-2": "pass"}, run.output


@pytest.mark.parametrize("server", ["", reference("x")], ids=["alone", "beside a server"])
def test_no_reference_program_speaks_the_dialect_of_a_course(tmp_path, server):
    """Not even where it has kept the name of ours."""
    path = dialect_file("x", tmp_path, sender='"copy"')

    run = check(server, path, "--clauses", "PAIR-2", client_cmd=client("x"))

    assert (run.status, run.words()) == (0, {"PAIR-2": "not_applicable"}), run.output
    assert "no reference program speaks the dialect x as it is described" in run.output


NOT_JUDGED = {
    "wants_arguments": "ended (exit status 1) before it connected: it wants other arguments",
    "graphical": "wants a graphical display, and there is none",
    "ends_at_once": "ended (exit status 0) before it tried to connect",
    "never_connects": "runs, but did not try to connect within",
    "asks_in_a_circle": "asks for input and never connects: 'Senha:'",
    "no_such_file": "ended (exit status 2) before it tried to connect",
}


@pytest.mark.parametrize("name", NOT_JUDGED)
def test_a_client_that_never_connects_is_told_once(name):
    """Exit status 10; CLIENT-1 says it, the others are blocked by it."""
    run = judged(odd(name), "--start-timeout", "1", clauses="CLIENT")

    assert run.status == 10, run.output
    assert run.output.count(NOT_JUDGED[name]) >= 1, run.output
    assert run.words()["CLIENT-1"] == "fail"
    assert {word for id, word in run.words().items() if id != "CLIENT-1"} == {"blocked", "not_applicable"}
    assert all("CLIENT-1" in verdict.needs for verdict in run.verdicts if verdict.word == "blocked")


def test_where_a_server_echoes_the_clause_about_a_typed_line_says_it():
    """Its client is not asked for CLIENT-1."""
    run = judged(odd("ends_at_once"), "--start-timeout", "1", dialect="tchau", clauses="CLIENT-1,CLIENT-2,CLIENT-4")

    assert run.words() == {"CLIENT-1": "not_applicable", "CLIENT-2": "fail", "CLIENT-4": "blocked"}


SHARED = {"BATEPAPO_NETWORK": "shared"}


def test_on_the_shared_network_a_client_is_found_at_the_port_of_any_dialect():
    """And one start follows the other: two would wait for each other."""
    run = check("", "auto", "--clauses", "CLIENT-1,CLIENT-2,CLIENT-7", client_cmd=client("x"), environ=SHARED)

    assert run.words() == {"CLIENT-1": "pass", "CLIENT-2": "pass", "CLIENT-7": "pass"}, run.output
    assert "port 3001 alone chose the dialect x" in run.output


def test_on_the_shared_network_nothing_is_said_against_a_client_that_dials_elsewhere():
    """Where else it dials cannot be seen there: blocked, and what helps."""
    run = check("", "sair", "--clauses", "CLIENT-2", client_cmd=odd("chats", "127.0.0.1", "4711"), environ=SHARED)

    assert (run.status, run.words()) == (10, {"CLIENT-2": "blocked"}), run.output
    assert "it cannot be seen where else it dials" in run.output
    assert "try: Write {port} into the command" in run.output


def test_the_rest_of_the_run_goes_on():
    """A server beside a client that cannot be judged is judged."""
    run = check(reference("sair"), "sair", "--clauses", "CAST-1,CLIENT-1,PAIR-1", client_cmd=odd("ends_at_once"))

    assert run.status == 1
    assert run.words() == {"CAST-1": "pass", "CLIENT-1": "fail", "PAIR-1": "blocked"}


def test_the_port_alone_may_choose_the_dialect():
    run = judged(client("operador"), dialect="auto", clauses="CLIENT-2")

    assert run.words() == {"CLIENT-2": "pass"}
    assert "port 14532 alone chose the dialect operador" in run.output


def test_a_port_that_is_no_dialects_wants_one_named():
    run = judged(odd("chats", "127.0.0.1", "4711"), dialect="auto")

    assert run.status == 4
    assert "the client dials port 4711, which is no dialect's: name the dialect with --dialect" in run.output


def test_server_clauses_are_not_asked_of_a_client_alone():
    """They are not even collected: nobody reads 75 times that they do not apply."""
    run = check("", "x", client_cmd=client("x"))

    assert {id.partition("-")[0] for id in run.words()} == {"CLIENT", "PAIR"}
    assert "PAIR-1" not in run.words()
    assert run.status == 0, run.output
