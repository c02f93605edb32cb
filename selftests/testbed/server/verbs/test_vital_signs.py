"""Vital signs: who is calm, who burns a processor, and who was so before."""

import pytest

from batepapo.errors import ConformanceFailure
from batepapo.protocol.dialect_file import load
from batepapo.protocol.framing import Framing
from batepapo.testbed.server.room import Room


def test_a_server_that_waits_is_not_busy(relay):
    room = relay()
    room.gather("ana")

    assert room.busy_share(0.2) < 0.1


def test_a_server_that_spins_is_busy(relay):
    """Its loop never sleeps; another process may have the processor half of the time."""
    room = relay(timeout="0")
    room.gather("ana")

    assert room.busy_share(0.3) > 0.1


@pytest.fixture
def shares(monkeypatch):
    """A room that never opens, whose server is so busy after the departures."""

    def made(share):
        room = Room(load("x"), Framing.RAW, None)
        monkeypatch.setattr(room, "until", lambda *_, **__: False)
        monkeypatch.setattr(room, "_survives", lambda: None)
        monkeypatch.setattr(room, "busy_share", lambda for_s: share)
        return room

    return made


@pytest.mark.parametrize(("share", "before"), [(0.0, 0.0), (0.05, 0.0), (0.99, 0.95)])
def test_who_is_no_busier_than_before_is_calm(shares, share, before):
    """A server that spins from its start breaks another clause."""
    shares(share).stays_calm(before)


def test_who_burns_the_processor_afterwards_is_said_with_both_shares(shares):
    with pytest.raises(ConformanceFailure, match="of a processor while nobody does anything") as error:
        shares(0.98).stays_calm(0.01)

    assert "98% over" in error.value.heard[0]
    assert "(1% before they went)" in error.value.heard[0]


def test_a_server_that_waits_closes_what_its_clients_have_closed(relay):
    room = relay()
    _, bia = room.gather("ana", "bia")
    assert room.unclosed_sockets() == 0

    bia.goes()
    room.is_seen_off(bia)
    room.settle()

    assert room.unclosed_sockets() == 0
