"""What is found out once for a run: by its first process, for all of them."""

import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from batepapo.detection import survey as module
from batepapo.detection.find_framing import Found
from batepapo.detection.survey import Asked, survey
from batepapo.errors import ProgramDidNotStart, ServerDidNotStart, UsageError
from batepapo.isolation.fast_clock import Library
from batepapo.protocol.dialect_file import load
from batepapo.protocol.framing import Framing
from batepapo.testbed.factory import Factory
from batepapo.under_test.command import Command
from batepapo.under_test.target import Target
from batepapo.verdicts.facts import Facts, StartFailure, store

RUNNER = SimpleNamespace(rung="own", why="")
SERVER = Command("./s", ("./s",), Path("/s"), {}, notes=("`python3` is /usr/bin/python3",))
ASKED = Asked("7")


class Server:
    """One that starts at once."""

    running = SimpleNamespace(view="overlay", view_why="")

    def __init__(self):
        self.stopped = False

    def stop(self):
        self.stopped = True


@pytest.fixture
def started(monkeypatch):
    """Servers that start; a framing that is seen; a machine that is as usual."""
    servers = []

    def open_server(factory, **_):
        servers.append(Server())
        return servers[-1]

    monkeypatch.setattr(Factory, "open_server", open_server)
    monkeypatch.setattr(module, "find_framing", lambda open_room, dialect: Found(Framing.LINE, True, "seen it"))
    monkeypatch.setattr(module, "machine_factor", lambda: 1.234)
    monkeypatch.setattr(module, "library", lambda cache, private: Library(None, "no compiler"))
    return servers


def target(dialect="sair", **more):
    """A server of a named dialect."""
    return Target(server=SERVER, folder=Path("/s"), client_folder=Path("/s"), dialect=load(dialect), **more)


# ---- one survey for all processes ------------------------------------------------------------


def test_the_first_process_finds_out_and_the_second_takes_over(started, tmp_path):
    """One start, one machine factor and one seed: their verdicts are of one run."""
    facts, factory = survey(RUNNER, target(), ASKED, tmp_path / "run")
    again, other = survey(RUNNER, target(), Asked("8"), tmp_path / "run")

    assert len(started) == 1
    assert started[0].stopped
    assert again == facts
    assert [each.seed for each in (facts, factory, other)] == ["7", "7", "7"]
    assert (other.framing, other.machine_factor) == (factory.framing, factory.machine_factor) == (Framing.LINE, 1.23)


def test_two_processes_at_the_same_time_find_out_once(started, tmp_path):
    """The second waits for the first."""
    found = []

    def one():
        found.append(survey(RUNNER, target(), ASKED, tmp_path / "run")[0])

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(started) == 1
    assert found[0] == found[1]


def test_a_second_process_furnishes_what_the_facts_say(tmp_path):
    """Nothing is found out anew: the layers, the dialect without what is not offered, and where the client dials."""
    facts = Facts(
        dialect="completo",
        framing="line",
        not_offered=("idle",),
        layers=("/built",),
        client_ports=(5050,),
        client_dials_ipv4=False,
        clock_library="/cache/fastclock.so",
        seed="7",
    )
    store(facts, tmp_path)

    found, factory = survey(RUNNER, Target(server=SERVER), ASKED, tmp_path)

    assert found == facts
    assert (factory.dialect.name, factory.dialect.idle) == ("completo", None)
    assert (factory.target.layers, factory.framing) == ((Path("/built"),), Framing.LINE)
    assert (factory.ports, factory.dials_ipv4) == ((5050,), False)
    assert factory.clock_library == Path("/cache/fastclock.so")


# ---- the server ------------------------------------------------------------------------------


def test_the_facts_say_what_was_judged_how_and_where(started, tmp_path):
    facts, _ = survey(RUNNER, target(), replace(ASKED, included=True), tmp_path)

    assert (facts.command, facts.folder, facts.dialect, facts.included) == ("./s", "/s", "sair", True)
    assert (facts.framing, facts.framing_observed, facts.evidence) == ("line", True, ("seen it",))
    assert (facts.network, facts.folder_view, facts.clock, facts.machine_factor) == ("own", "overlay", "real", 1.23)
    assert facts.notes == SERVER.notes
    assert facts.start_error is None


def test_a_framing_that_was_asked_for_is_not_looked_for(started, tmp_path):
    facts, factory = survey(RUNNER, target(framing=Framing.RAW), ASKED, tmp_path)

    assert (facts.framing, facts.framing_observed, facts.evidence) == ("raw", False, ("asked for",))
    assert factory.framing is Framing.RAW


def test_a_server_that_does_not_start_is_a_fact(started, monkeypatch, tmp_path):
    """Said once, before any check; the dialect's hint stands for the framing."""

    def fails(factory, **_):
        raise ServerDidNotStart("it ended", ["boom"], "look")

    monkeypatch.setattr(Factory, "open_server", fails)

    facts, _ = survey(RUNNER, target(), ASKED, tmp_path)

    assert facts.start_error == StartFailure("it ended", ("boom",), "look")
    assert (facts.framing, facts.framing_observed) == (load("sair").framing.value, False)
    assert facts.nothing_started


def test_a_build_that_fails_is_a_fact_and_nothing_starts(started, monkeypatch, tmp_path):
    def fails(runner, command, folder):
        raise ProgramDidNotStart("the build failed with status 2")

    monkeypatch.setattr(module, "build", fails)

    facts, _ = survey(RUNNER, target(build=SERVER), ASKED, tmp_path)

    assert facts.start_error == StartFailure("the build failed with status 2")
    assert started == []


def test_what_was_built_lies_beneath_every_start(started, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "build", lambda runner, command, folder: (folder / "upper",))

    facts, factory = survey(RUNNER, target(build=SERVER), ASKED, tmp_path)

    assert factory.target.layers == (tmp_path / "build" / "upper",)
    assert facts.layers == (str(tmp_path / "build" / "upper"),)


# ---- a server that already runs --------------------------------------------------------------


@pytest.mark.parametrize(("address", "shown"), [(("127.0.0.1", 5000), "127.0.0.1:5000"), (("::1", 5000), "[::1]:5000")])
def test_a_server_that_already_runs_has_its_own_network_folder_and_clock(started, tmp_path, address, shown):
    running = Target(address=address, dialect=load("completo"), framing=Framing.LINE)

    facts, _ = survey(RUNNER, running, ASKED, tmp_path)

    assert facts.command == f"(already running at {shown})"
    assert (facts.network, facts.folder_view) == ("the server's own", "the server's own")
    assert facts.clock == "real (this server already ran)"


def test_a_server_that_nobody_serves_is_said_once(started, monkeypatch, tmp_path):
    """The observation got nobody in; a probe of its own could harm a server."""

    def nobody_comes_in(open_room, dialect):
        assert open_room(dialect, Framing.RAW).users == []
        return Found(Framing.RAW, False, "not observed")

    monkeypatch.setattr(module, "find_framing", nobody_comes_in)

    facts, _ = survey(RUNNER, Target(address=("127.0.0.1", 5000), dialect=load("sair")), ASKED, tmp_path)

    assert facts.start_error.what == "nothing accepts a connection at 127.0.0.1:5000"
    assert "start the server first" in facts.start_error.hint


# ---- the clock -------------------------------------------------------------------------------


def test_a_fast_clock_that_is_not_possible_is_refused_where_it_was_asked_for(started, tmp_path):
    """With the reason; nothing is started, and no facts are written."""
    with pytest.raises(UsageError, match="--clock fast is not possible: no compiler; leave it out"):
        survey(RUNNER, target("completo"), replace(ASKED, clock="fast"), tmp_path)

    assert started == []
    assert not (tmp_path / "facts.json").exists()


def test_a_fast_clock_cannot_be_had_of_a_server_that_already_runs(started, tmp_path):
    with pytest.raises(UsageError, match="--clock fast is not possible: this server already ran"):
        survey(RUNNER, Target(address=("127.0.0.1", 5000)), replace(ASKED, clock="fast"), tmp_path)


def test_a_fast_clock_that_is_not_possible_leaves_the_real_one_with_the_reason(started, tmp_path):
    facts, factory = survey(RUNNER, target("completo"), ASKED, tmp_path)

    assert (facts.clock, facts.clock_library, factory.clock_library) == ("real (no compiler)", "", None)


@pytest.mark.parametrize(("dialect", "clock"), [("sair", "fast"), ("sair", "auto"), ("completo", "real")])
def test_where_nothing_is_to_be_waited_for_no_clock_is_looked_for(started, monkeypatch, tmp_path, dialect, clock):
    """No idle limit, or the real clock was asked for: no compiler is asked."""
    monkeypatch.setattr(module, "library", lambda *_: pytest.fail("looked for a library"))

    facts, _ = survey(RUNNER, target(dialect), replace(ASKED, clock=clock), tmp_path)

    assert facts.clock == "real"


def test_a_fast_clock_is_said_with_its_rate(started, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "library", lambda *_: Library(Path("/cache/fastclock.so"), "compiled by cc"))

    facts, factory = survey(RUNNER, target("completo"), ASKED, tmp_path)

    assert facts.clock == f"{factory.rate:g} times as fast for the idle limit (compiled by cc)"
    assert facts.clock_library == "/cache/fastclock.so"
