"""The server's own terminal: what its operator types, and how the program ends."""

from __future__ import annotations

from batepapo.testbed.event_loop import ALIVE_EVERY_S
from batepapo.testbed.server.room_base import RoomBase
from batepapo.testbed.server.user import User
from batepapo.under_test.server import ServerUnderTest

CTRL_C = b"\x03"


class ServerTerminal(RoomBase):
    """A room whose server has an operator."""

    def operator_types(self, text: str) -> str:
        """Type a line at the server's terminal; return the line."""
        self.event_loop.stimulus()
        self.evidence.is_spoken(text)
        self.transcript.said("keys", f"{text}\n".encode())
        self.process().type(f"{text}\n".encode())
        return text

    def shows_at_its_terminal(self, text: str) -> bool:
        """Return whether the last word of a text stands at the server's terminal by now; False where we see none."""
        server = self.open()
        return isinstance(server, ServerUnderTest) and text.split()[-1].encode() in server.output

    def operator_presses_ctrl_c(self) -> None:
        """Press Ctrl-C at the server's terminal."""
        self.event_loop.stimulus()
        self.transcript.note("keys", "Ctrl-C")
        self.process().type(CTRL_C)

    def ends(self, *people: User) -> None:
        """Check that the server ends, and that everybody sees the end."""
        server = self.open()
        ended = self.until(lambda: not server.alive(), early=False, look_every_s=ALIVE_EVERY_S)
        self.expect(ended, f"the server ends within {self.limit_s:g} s", ["it still runs"])
        for user in people:
            user.is_let_go()
