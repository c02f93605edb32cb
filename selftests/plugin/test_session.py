"""What one pytest process knows of its run: nothing is opened before it is needed, and all of it is closed."""

from types import SimpleNamespace

import pytest

from batepapo.errors import UsageError
from batepapo.execution import idle_watches, side_by_side
from batepapo.execution.judge import Judge
from batepapo.options import OPTIONS
from batepapo.plugin import session as module
from batepapo.plugin.session import Session, arguments, fixture_of, is_controller, is_judging, is_worker
from batepapo.verdicts.clause import Clause


def made(folder, **given):
    """A session with some options set."""
    option = SimpleNamespace(**{option.dest: None for option in OPTIONS} | {"usepdb": False} | given)
    plugins = SimpleNamespace(register=lambda plugin, name: None)
    config = SimpleNamespace(
        option=option, invocation_params=SimpleNamespace(dir=folder), pluginmanager=plugins, getini=lambda name: None
    )
    return Session(config, "7", folder / "run")


def clause(id, *, of="server", watch=False):
    """A clause."""
    return Clause(id, (), (), ("must",), watch, False, False, "", "", of=of)


class Opened:
    """What is opened for a run, and closed with it."""

    def __init__(self, *arguments, one_at_a_time=False):
        self.arguments = arguments
        self.one_at_a_time = one_at_a_time
        self.closed = False

    def __contains__(self, clause):
        return clause.id in [each.id for each, _ in self.arguments[1]]

    def close(self):
        self.closed = True


@pytest.fixture
def opened(monkeypatch):
    """Everything that a session opened, by what it is."""
    found = {}

    def opens(what):
        def open_it(*arguments):
            found[what] = Opened(*arguments)
            return found[what]

        return open_it

    monkeypatch.setattr(Judge, "open", opens("judge"))
    monkeypatch.setattr(idle_watches, "IdleWatches", opens("watches"))
    monkeypatch.setattr(side_by_side, "SideBySide", opens("side by side"))
    return found


def items(session, *pairs):
    """Select checks: functions of these clauses."""
    for clause, check in pairs:
        item = SimpleNamespace(nodeid=f"test_it.py::{clause.id}", obj=check)
        session.selected.append(item)
        session.clauses[item.nodeid] = clause


def in_a_room(room):
    """A check."""


def at_terminals(terminals):
    """A check."""


def with_a_folder(room, tmp_path):
    """A check that wants something else of pytest."""


# ---- the judge -------------------------------------------------------------------------------


def test_the_judge_is_opened_once_with_what_the_options_ask(opened, tmp_path):
    session = made(tmp_path, batepapo_server_cmd="./s", batepapo_clock="real", batepapo_included=True)

    assert session.judge() is session.judge()

    target, asked, run_dir = opened["judge"].arguments
    assert (target.server.text, run_dir) == ("./s", tmp_path / "run")
    assert (asked.seed, asked.clock, asked.included) == ("7", "real", True)


def test_what_turns_out_to_be_impossible_is_an_error_of_usage(monkeypatch, tmp_path):
    """Exit status 4, one line."""

    def refuses(*_):
        raise UsageError("--clock fast is not possible")

    monkeypatch.setattr(Judge, "open", refuses)

    with pytest.raises(pytest.UsageError, match="--clock fast is not possible"):
        made(tmp_path).judge()


def test_a_session_that_was_never_asked_opens_and_closes_nothing(opened, tmp_path):
    made(tmp_path).close()

    assert opened == {}


def test_everything_that_was_opened_is_closed(opened, tmp_path):
    session = made(tmp_path)
    session.watches()
    session.start_side_by_side()

    session.close()

    assert {what: one.closed for what, one in opened.items()} == dict.fromkeys(
        ["judge", "watches", "side by side"], True
    )


# ---- side by side ----------------------------------------------------------------------------


def test_checks_that_want_nothing_but_their_testbed_run_side_by_side(opened, tmp_path):
    """A watch runs with the watches; what wants a fixture of pytest's is run by pytest."""
    session = made(tmp_path)
    listed = [
        (clause("CAST-1"), in_a_room),
        (clause("CLIENT-1", of="client"), at_terminals),
        (clause("CLIENT-3", of="client"), in_a_room),
        (clause("CAST-2"), with_a_folder),
        (clause("IDLE-1", watch=True), in_a_room),
    ]
    items(session, *listed)

    session.start_side_by_side()

    assert [each.id for each, _ in opened["side by side"].arguments[1]] == ["CAST-1", "CLIENT-1"]
    assert session.side_by_side(listed[0][0]) is opened["side by side"]
    assert session.side_by_side(listed[3][0]) is None


@pytest.mark.parametrize("reason", ["one at a time", "pdb"])
def test_nothing_runs_side_by_side_where_one_is_to_be_watched_or_two_cannot_be(monkeypatch, opened, tmp_path, reason):
    session = made(tmp_path, usepdb=reason == "pdb")
    items(session, (clause("CAST-1"), in_a_room))
    monkeypatch.setattr(Judge, "open", lambda *_: Opened(one_at_a_time=reason == "one at a time"))

    session.start_side_by_side()

    assert "side by side" not in opened
    assert session.side_by_side(clause("CAST-1")) is None


# ---- what a process is -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tx", "worker", "controller"), [([], False, False), (["popen"], False, True), (["popen"], True, False)]
)
def test_a_process_is_a_worker_a_controller_or_neither(tx, worker, controller):
    """A worker has the controller's options."""
    config = SimpleNamespace(option=SimpleNamespace(tx=tx))
    if worker:
        config.workerinput = {}

    assert (is_worker(config), is_controller(config)) == (worker, controller)


def test_without_xdist_there_is_no_controller():
    assert not is_controller(SimpleNamespace(option=SimpleNamespace()))


@pytest.mark.parametrize("name", ["server_cmd", "server_addr", "client_cmd"])
def test_each_way_to_name_a_program_asks_for_a_judgement(name):
    nothing = dict.fromkeys(["batepapo_server_cmd", "batepapo_server_addr", "batepapo_client_cmd"])

    assert is_judging(SimpleNamespace(**nothing | {f"batepapo_{name}": "x"}))
    assert not is_judging(SimpleNamespace(**nothing))


def test_a_check_plays_in_the_fixture_of_what_it_judges():
    assert [fixture_of(clause("X-1", of=of)) for of in ("server", "client", "pair")] == ["room", "terminals", "pair"]


def test_the_arguments_of_a_check_are_those_of_its_function():
    assert arguments(SimpleNamespace(obj=with_a_folder)) == {"room", "tmp_path"}


def test_the_session_of_a_process_is_in_its_stash():
    stash = {module.SESSION: "the session"}

    assert module.session_of(SimpleNamespace(stash=stash)) == "the session"
