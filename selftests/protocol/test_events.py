"""What can be heard, as data."""

from __future__ import annotations

from batepapo.protocol.events import Joined, Said


def test_where_an_event_stood_does_not_count() -> None:
    assert Joined("ana", start=1, end=2) == Joined("ana")
    assert repr(Said("oi", start=3)) == "Said('oi')"
