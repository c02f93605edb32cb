"""What a testbed is furnished with: which one it is, its words, its limits, and how its programs are started."""

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from batepapo.errors import ProgramDidNotStart, Undecided
from batepapo.isolation.runner import Runner
from batepapo.protocol.dialect_file import load
from batepapo.protocol.framing import Framing
from batepapo.testbed import factory as module
from batepapo.testbed.client.terminals import Terminals
from batepapo.testbed.factory import CHECK_LIMIT_S, Factory
from batepapo.testbed.pair import Pair
from batepapo.testbed.server.room import Room
from batepapo.under_test import reference_programs
from batepapo.under_test.command import Command
from batepapo.under_test.server import AttachedServer
from batepapo.under_test.target import Target
from batepapo.verdicts.clause import Clause

CLAUSE = Clause("CAST-1", (), (), ("must",), False, False, False, "", "")
SERVER = Command("./s", ("./s",), Path("/s"), {})
CLIENT = Command("./c", ("./c",), Path("/c"), {"DISPLAY": ":0", "HOME": "/h"})
RUNNER = object()


def made(dialect="completo", **more):
    """A factory for programs that are never started."""
    target = more.pop("target", Target(server=SERVER, client=CLIENT))
    return Factory(RUNNER, target, load(dialect), Framing.LINE, seed="7", **more)


# ---- testbeds --------------------------------------------------------------------------------


@pytest.mark.parametrize(("of", "testbed"), [("server", Room), ("client", Terminals), ("pair", Pair)])
def test_what_a_clause_judges_chooses_the_testbed(of, testbed):
    assert type(made().testbed(replace(CLAUSE, of=of), 1)) is testbed


@pytest.mark.parametrize("of", ["server", "client", "pair"])
def test_the_words_follow_from_seed_clause_and_attempt(of):
    """A run can be said again, and its second attempt says something else."""
    clause = replace(CLAUSE, of=of)

    words = [made().testbed(clause, attempt).word() for attempt in (1, 1, 2)]
    other = made().testbed(replace(clause, id="CAST-2"), 1).word()

    assert words[0] == words[1]
    assert len({*words, other}) == 3


def test_a_room_has_what_is_true_of_the_run():
    target = Target(server=SERVER, strict_text=True)
    room = made(target=target, machine_factor=2.0).room(CLAUSE, 1)

    assert (room.dialect.name, room.framing, room.evidence.strict_text) == ("completo", Framing.LINE, True)
    assert room.may_fence


@pytest.fixture
def limits(monkeypatch):
    """The time limits of the rooms that are made."""
    found = []

    class Remembered(Room):
        def __init__(self, *arguments, time_limit_s, **options):
            found.append(time_limit_s)
            super().__init__(*arguments, time_limit_s=time_limit_s, **options)

    monkeypatch.setattr(module, "Room", Remembered)
    return found


def test_a_watch_has_time_for_the_idle_limit_and_never_fences(limits):
    """Who speaks begins the idle limit anew; on a fast clock the limit is over sooner."""
    watch = replace(CLAUSE, id="IDLE-1", watch=True)
    idle_s = load("completo").idle.seconds

    real = made().room(watch, 1)
    made().room(watch, 1, SimpleNamespace(rate=30.0))

    assert limits == pytest.approx([5 / 3 * idle_s + 10, 5 / 3 * idle_s / 30 + 10])
    assert not real.may_fence


def test_a_watch_of_a_dialect_without_idle_limit_has_the_time_of_any_check(limits):
    made("sair").room(replace(CLAUSE, watch=True), 1)
    made("completo").room(CLAUSE, 1)

    assert limits == [CHECK_LIMIT_S, CHECK_LIMIT_S]


# ---- clocks ----------------------------------------------------------------------------------


def test_only_an_idle_limit_and_a_library_make_a_fast_clock(tmp_path):
    """A dialect without one has nothing to wait for."""
    library = tmp_path / "fastclock.so"

    assert (made("sair", clock_library=library).rate, made("sair", clock_library=library).fast_clock()) == (1.0, None)
    assert made("completo").fast_clock() is None
    fast = made("completo", clock_library=library).fast_clock()
    assert fast.rate == made("completo").rate > 1.0
    fast.close()


# ---- starts ----------------------------------------------------------------------------------


@pytest.fixture
def starts(monkeypatch):
    """The options of each start of a server; each takes less than the one before."""
    found = []

    def start_command(runner, command, options):
        assert runner is RUNNER
        found.append((command, options))
        return SimpleNamespace(took_s=1.0 / len(found))

    monkeypatch.setattr(module.ServerUnderTest, "start_command", start_command)
    return found


def test_a_start_has_the_options_of_target_dialect_and_machine(starts):
    target = Target(server=SERVER, layers=(Path("/built"),), start_timeout_s=3.0)
    factory = made(target=target, machine_factor=2.0)
    factory.dialect = replace(factory.dialect, server_answers=(("Porta?", "5050"),))

    factory.open_server(stdin_is_terminal=False)

    ((command, options),) = starts
    assert command is SERVER
    assert (options.port_hint, options.timeout_s, options.layers) == (load("completo").port, 6.0, (Path("/built"),))
    assert (options.answers, options.stdin_is_terminal, options.clock) == ((("Porta?", "5050"),), False, None)


def test_a_start_knows_how_long_the_fastest_took(starts):
    """It is looked for eagerly only when it is nearly due."""
    factory = made()

    for _ in range(3):
        factory.open_server()

    assert [options.usual_s for _, options in starts] == [0.0, 1.0, 0.5]


def test_a_server_that_already_runs_is_not_started(starts):
    server = made(target=Target(address=("127.0.0.1", 5000))).open_server()

    assert isinstance(server, AttachedServer)
    assert (server.address, starts) == (("127.0.0.1", 5000), [])


def test_without_a_server_there_is_none_to_start(starts):
    with pytest.raises(ProgramDidNotStart, match="no server was named") as error:
        made(target=Target(client=CLIENT)).open_server()

    assert "--server-cmd or --server-addr" in error.value.hint


def test_without_a_client_nothing_can_be_decided_of_one():
    with pytest.raises(Undecided, match="no client was named"):
        made(target=Target(server=SERVER)).open_client()


def test_a_client_has_a_terminal_and_no_display(monkeypatch):
    """And sees what was built, where that is its own."""
    made_of = []
    monkeypatch.setattr(
        "batepapo.under_test.client.ClientUnderTest", lambda runner, command, **more: made_of.append((command, more))
    )
    server = object()
    target = Target(client=CLIENT, layers=(Path("/built"),))

    made(target=target).open_client(joins=server)

    ((command, more),) = made_of
    assert command.env == {"HOME": "/h", "TERM": "linux"}
    assert more == {"joins": server, "layers": (Path("/built"),)}


# ---- pairs -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [{"ports": ()}, {"ports": (5050,), "dials_ipv4": False}, {"ports": (5050,), "target": Target(server=SERVER)}],
    ids=["dials nowhere", "dials IPv6", "no client"],
)
def test_where_nobody_dials_a_reference_server_a_length_has_no_partner(more):
    """No reference client speaks lengths either, so that nothing of the pair can be decided."""
    factory = made(**more)
    factory.framing = Framing.LENGTH4

    with pytest.raises(Undecided, match="no reference program to talk with"):
        next(factory.pair("7").combinations())


def test_a_reference_server_that_does_not_start_decides_nothing(monkeypatch, tmp_path):
    """The pair is blocked, and nobody is accused of it."""
    ends = Command.parse(shlex.join([sys.executable, "-c", "raise SystemExit(3)"]), tmp_path)
    monkeypatch.setattr(reference_programs, "reference_server", lambda *_: ends)
    with Runner() as runner:
        factory = Factory(runner, Target(client=ends), load("sair"), Framing.RAW, ports=(5555,))
        pair = factory.pair("0")

        with pytest.raises(Undecided, match=r"the reference server did not start: .* \(exit status 3\)"):
            next(pair.combinations())
