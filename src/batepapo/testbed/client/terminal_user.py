"""A user of the client under test: what they do at its terminal, and what must come of it."""

from __future__ import annotations

from batepapo.testbed.client.delivery import Delivery
from batepapo.testbed.client.news import News
from batepapo.testbed.client.program_end import ProgramEnd
from batepapo.testbed.client.start_dialogue import StartDialogue


class TerminalUser(StartDialogue, Delivery, News, ProgramEnd):
    """One start of the client under test, and its user: all that they can do."""
