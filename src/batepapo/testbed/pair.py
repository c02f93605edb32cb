"""One attempt of a check on a client and a server together: users at terminals, who talk through a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from batepapo.errors import Undecided
from batepapo.isolation import sockdiag
from batepapo.testbed.client.terminal_user import TerminalUser
from batepapo.testbed.client.terminals import Terminals
from batepapo.testbed.event_loop import EventLoop
from batepapo.under_test.client import ClientUnderTest
from batepapo.under_test.server import ServerUnderTest

OpenServer = Callable[[], ServerUnderTest]
OpenClient = Callable[[ServerUnderTest], ClientUnderTest]


class Pair(Terminals):
    """The users of one check, and the two combinations of programs that the factory can furnish.

    Args:
        own_server: Starts the submission's server; None where there is none.
        reference_server: Starts the reference server, where the client dials.
        own_client: Furnishes the submission's client, in the network of a server.
        reference_client: The same for the reference client; None where there is none.
    """

    def __init__(
        self,
        *arguments: Any,
        own_server: OpenServer | None,
        reference_server: OpenServer | None,
        own_client: OpenClient,
        reference_client: OpenClient | None,
        **options: Any,
    ) -> None:
        super().__init__(*arguments, **options)
        self._own_server = own_server
        self._reference_server = reference_server
        self._own_client = own_client
        self._reference_client = reference_client
        self._server: ServerUnderTest | None = None
        self._open: OpenClient | None = None
        self._watched: EventLoop | None = None

    def combinations(self) -> Iterator[str]:
        """Set up each program of the submission with a reference program, one after the other; say which.

        Raises:
            Undecided: Nothing is there.
        """
        pairs = [
            ("the submission's client and the reference server", self._reference_server, self._own_client),
            ("the reference client and the submission's server", self._own_server, self._reference_client),
        ]
        possible = [(what, server, client) for what, server, client in pairs if server and client]
        if not possible:
            raise Undecided("there is no reference program to talk with")
        for what, server, client in possible:
            with self._together(server, client):
                yield what

    @contextmanager
    def own_programs(self) -> Iterator[None]:
        """Set up the submission's client and its own server.

        Raises:
            Undecided: There is no server.
        """
        if self._own_server is None:
            raise Undecided("no server was named")
        with self._together(self._own_server, self._own_client):
            yield

    @contextmanager
    def _together(self, open_server: OpenServer, open_client: OpenClient) -> Iterator[None]:
        if self._cancelled:
            raise Undecided("the run was ended")
        with ExitStack() as stack:
            server = open_server()
            stack.callback(server.stop)
            self.transcript.note("server", f"listens on {server.address[0]} port {server.address[1]}")
            self._server, self._open = server, open_client
            self._watched = EventLoop(server, self.transcript, self._factor, self._deadline_s)
            stack.callback(self._watched.close)
            self._registers(self._watched)
            stack.callback(self._all_leave)
            yield

    def _all_leave(self) -> None:
        while self.users:
            user = self.users.pop()
            self._output = [row for row in user.rows() if row.strip()]
            user.close()

    def output(self) -> list[str]:
        """Return what stood on the last screen."""
        return self._output[-20:]

    def meet(self, *names: str) -> list[TerminalUser]:
        """Bring users in, one after another, each at a terminal."""
        return [self._comes(name) for name in names]

    def _comes(self, name: str) -> TerminalUser:
        if self._server is None or self._open is None:
            raise Undecided("there is no server")
        port = self._server.address[1]
        before = self._connections(port)
        user = self.seats(name, self._open(self._server), (), frozenset({port}))
        user.begins()
        if not user.answers_until(lambda: self._connections(port) > before):
            self.fail(
                f"the client connects to the server at port {port} within {self.start_timeout_s:g} s", user.seen()
            )
        self.settles(user)
        if self.dialect.names == "client" or "login" in self.dialect.features:
            # What it asks first is the name, in whatever language; who has one already says one line more.
            user.answers_until(lambda: user.name in user.typed and not user.wants_a_name())
        self.settles(user)
        return user

    def _connections(self, port: int) -> int:
        """Count the connections that the server has."""
        if self._server is None:
            return 0
        ends = sockdiag.sockets(self._server.diag)
        return sum(one.state == sockdiag.ESTABLISHED and one.local[1] == port for one in ends)

    def settles(self, *users: TerminalUser) -> None:
        """Wait until clients and server have finished reacting."""
        for user in users:
            user.settles()
        if self._watched is not None:
            self._watched.stimulus()
            self._watched.settle()

    def talk(self, *users: TerminalUser) -> None:
        """Let each type a line, and all others see it; in an echo dialect, its user sees it come back."""
        for speaker in users:
            self.settles(*users)
            text = speaker.types()
            self.settles(speaker)
            if "echo" in self.dialect.features:
                speaker.sees_back(text)
            else:
                for hearer in users:
                    if hearer is not speaker:
                        hearer.sees_in_time(text)
