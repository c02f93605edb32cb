"""A room: people on the server under test, with every verb that checks and steps use."""

from __future__ import annotations

from batepapo.testbed.server.departures import Departures
from batepapo.testbed.server.verbs.idle import IdleVerbs
from batepapo.testbed.server.verbs.terminal import ServerTerminal
from batepapo.testbed.server.verbs.vital_signs import VitalSigns


class Room(Departures, IdleVerbs, ServerTerminal, VitalSigns):
    """A server, people who come, talk and go, its operator, its vital signs and its clock."""
