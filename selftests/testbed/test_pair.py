"""A client and a server together: who meets where, and what is left when that does not work."""

import pytest

from batepapo.errors import ConformanceFailure, Undecided
from batepapo.protocol.dialect_file import load
from batepapo.testbed import pair as pair_module
from batepapo.testbed.factory import at_a_terminal
from batepapo.testbed.pair import Pair
from batepapo.under_test.client import ClientUnderTest
from batepapo.under_test.command import Command
from batepapo.under_test.server import ServerUnderTest
from selftests.judging import client, reference
from selftests.tree import ROOT


@pytest.fixture
def servers():
    """Every server that was started."""
    return []


@pytest.fixture
def make(runner, servers):
    """Make the pair of a dialect, of which some programs may be missing."""
    pairs = []

    def open_server():
        servers.append(ServerUnderTest.start_command(runner, Command.parse(reference("sair"), ROOT)))
        return servers[-1]

    def make(dialect="sair", *, server=True, reference_server=True, reference_client=True):
        def open_client(one):
            return ClientUnderTest(runner, at_a_terminal(Command.parse(client(dialect), ROOT)), joins=one.running)

        pairs.append(
            Pair(
                load("sair"),
                None,
                lambda: pytest.fail("nobody starts a client without a server"),
                (5555,),
                start_timeout_s=5.0,
                own_server=open_server if server else None,
                reference_server=open_server if reference_server else None,
                own_client=open_client,
                reference_client=open_client if reference_client else None,
            )
        )
        return pairs[-1]

    yield make
    for one in pairs:
        one.close()


def test_two_talk_and_both_programs_end_behind_them(make, servers):
    """What stood on the last screen is what is shown of the pair."""
    pair = make()

    with pair.own_programs():
        ana, bia = pair.meet("ana", "bia")
        pair.talk(ana, bia)

    assert not ana.program.alive()
    assert not bia.program.alive()
    assert servers[0].running.console == -1
    assert any(bia.typed[-1] in row for row in pair.output())


def test_each_program_meets_the_reference_of_the_other(make):
    assert list(make().combinations()) == [
        "the submission's client and the reference server",
        "the reference client and the submission's server",
    ]
    assert len(list(make(server=False).combinations())) == 1


def test_without_any_reference_nothing_can_be_said(make):
    with pytest.raises(Undecided, match="there is no reference program to talk with"):
        next(make(reference_server=False, reference_client=False).combinations())


def test_without_a_server_there_is_no_pair_of_ones_own(make):
    with pytest.raises(Undecided, match="no server was named"):
        make(server=False).own_programs().__enter__()


def test_a_client_that_dials_elsewhere_does_not_come(make):
    """It is the client that is accused, with what it shows."""
    pair = make("operador")

    with pair.own_programs(), pytest.raises(ConformanceFailure, match="the client connects to the server at port 5555"):
        pair.meet("ana")


def test_a_server_is_ended_that_cannot_be_watched(make, servers, monkeypatch):
    """It was started, and what is made of it then raises."""

    def no_descriptor(*_):
        raise OSError("too many open files")

    monkeypatch.setattr(pair_module, "EventLoop", no_descriptor)

    with pytest.raises(OSError, match="too many"):
        make().own_programs().__enter__()

    assert servers[0].running.console == -1


def test_after_a_cancel_nothing_starts(make, servers):
    pair = make()
    pair.cancel()

    with pytest.raises(Undecided, match="the run was ended"):
        pair.own_programs().__enter__()
    assert servers == []
