"""How people come into the room."""

from __future__ import annotations

from batepapo.errors import ConformanceFailure
from batepapo.protocol.assigned_names import asks, assigned_names
from batepapo.protocol.events import Joined
from batepapo.testbed.connection import Connection
from batepapo.testbed.server.evidence import EVIDENCE_BYTES, Offsets
from batepapo.testbed.server.user import User
from batepapo.testbed.server.verbs.talking import Talking


class Arrivals(Talking):
    """A room that people enter."""

    def arrives(self, name: str, *, receive_buffer: int | None = None) -> User:
        """Bring in somebody who connects and says nothing yet, not even a name."""
        server = self.open()
        self.event_loop.stimulus()
        if not self.users:
            self.clock.mark()
        try:
            connected = server.connect(receive_buffer=receive_buffer)
            connection = Connection(name, connected, self.transcript, self.framing, server.connecting_s)
        except ConformanceFailure as refused:
            self.fail(refused.expected, refused.heard)
        self.transcript.note(name, "connects")
        self.event_loop.connections.append(connection)
        user = User(name, connection, self, self.event_loop, self.evidence, self.clock)
        self.users.append(user)
        return user

    def logs_in(self, user: User, name: str | None = None) -> None:
        """Give the user's name, or another, where the dialect has one: after the prompt, if it has one that comes."""
        if self.dialect.login == "prompted":
            self.until(lambda: asks(user.connection.stream, self.dialect.prompt))
        if "login" in self.dialect.features:
            user.sends(self.framing.encode(user.name if name is None else name))
        user.logged_in = True

    def join(self, name: str, *, settle: bool = True, receive_buffer: int | None = None) -> User:
        """Bring in one more user, under this name; the room is settled before and, unless told not to, after."""
        return self.join_as(self.unique(name), settle=settle, receive_buffer=receive_buffer)

    def join_as(self, name: str, *, settle: bool = True, receive_buffer: int | None = None) -> User:
        """Bring in somebody under exactly this name, which somebody may have had before."""
        if settle:
            self.settle()
        before = self.evidence.offsets()
        self.evidence.mark_before(Joined(name), before)
        user = self.arrives(name, receive_buffer=receive_buffer)
        self.logs_in(user)
        user.is_taken()
        if self.dialect.login == "assigned":
            self._learn_name(user, before)
        if settle:
            self.settle()
        return user

    def _learn_name(self, user: User, before: Offsets) -> None:
        """Find out the name that the server gave: by the first notice for the newcomer itself, else for the others.

        Where there is none, or more than one could be meant, the user keeps a name that no notice holds.
        """

        def given() -> list[str]:
            own = assigned_names(user.connection.stream[:EVIDENCE_BYTES], self.dialect)
            others = [assigned_names(other.stream[start:], self.dialect) for other, start in before.items()]
            return own[:1] or next((names for names in others if len(names) == 1), [])

        if self.until(lambda: bool(given())):
            (user.name,) = given()
            self.evidence.mark_before(Joined(user.name), before)
            self.transcript.note(user.connection.name, f"is called {user.name!r} by the server")

    def unique(self, name: str) -> str:
        """Return the name; on a server that outlives the check, one that nobody had before."""
        return f"{name}{self.word()}" if self.open().running is None else name

    # ---- several -----------------------------------------------------------------------------

    def gather(self, *names: str) -> list[User]:
        """Bring in people one after another, as set-up: who does not come in blocks the check.

        Each has been read before the next one comes; the room is settled when all are there. Who is told of whom is
        not fixed by that: a check that looks at their notices brings them in with `join`.
        """
        with self.arranging():
            people = [self.join(name, settle=False) for name in names]
            self.settle()
        return people

    def gather_talking(self, *names: str) -> list[User]:
        """Bring in people and let each of them speak and be heard, as set-up: what fails in it blocks the check."""
        people = self.gather(*names)
        with self.arranging():
            self.converse(*people)
        return people
