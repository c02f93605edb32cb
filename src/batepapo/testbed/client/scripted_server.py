"""The suite's own server for one client: it sees every byte, and says nothing but what a check lets it say.

A reference program would answer by itself, at its own pace. This one does by itself only what a client waits for: it
asks for the name, greets, tells a newcomer of itself, gives the sender a copy or an echo, and closes at the exit word,
as the dialect says.
"""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Sequence

from batepapo.isolation.running_program import RunningProgram
from batepapo.protocol.dialect import Dialect
from batepapo.protocol.framing import Framing
from batepapo.protocol.templates import USER, folded, template
from batepapo.testbed.connection import Connection
from batepapo.testbed.transcript import Transcript

WHO = "server"


class ScriptedServer:
    """Listens in the network of one client, on both families.

    Attributes:
        connections: Every connection that the client made, in order.
        name: The name that it sent, where the dialect asks for one; None until then.

    Args:
        start: The client.
        ports: Where to listen.
        dialect: What to speak.
        framing: How it frames, or None: as the client does.
        transcript: Takes every byte.
    """

    def __init__(
        self,
        start: RunningProgram,
        ports: Sequence[int],
        dialect: Dialect,
        framing: Framing | None,
        transcript: Transcript,
    ) -> None:
        self.connections: list[Connection] = []
        self.ports = frozenset(ports)
        self.name: str | None = None
        self._dialect = dialect
        self._framing = framing
        self._transcript = transcript
        self._next = ""
        self._read: dict[Connection, int] = {}
        self._prompted: dict[Connection, str] = {}
        self.listeners: list[socket.socket] = []
        try:
            for port in ports:
                self.listeners += _listeners(start, port)
        except BaseException:
            self.stops_listening()
            raise
        if ports:
            transcript.note(WHO, f"listens on port {', '.join(map(str, ports))}")

    # ---- connections -------------------------------------------------------------------------

    @property
    def connection(self) -> Connection | None:
        """The newest connection that lives, else the newest."""
        candidates = [one for one in self.connections if one.alive] or self.connections
        return candidates[-1] if candidates else None

    @property
    def connected(self) -> bool:
        """Whether the client is connected."""
        return any(one.alive for one in self.connections)

    def accept(self) -> bool:
        """Take the connections that wait; return whether there was one."""
        came = False
        for listener in self.listeners:
            with contextlib.suppress(BlockingIOError, ConnectionError):
                sock, _ = listener.accept()
                sock.setblocking(False)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                framing = self._framing or Framing.RAW
                self.connections.append(Connection(WHO, sock, self._transcript, framing, peer="the client"))
                self._transcript.note(WHO, f"takes a connection on port {sock.getsockname()[1]}")
                self._welcome(self.connections[-1])
                came = True
        return came

    def _welcome(self, connection: Connection) -> None:
        if self._dialect.prompt and self.name is None:
            # Bare, because clients of the original compare it whole; `ends_the_prompt` is for those that read lines.
            self._prompted[connection] = self._dialect.prompt
            connection.send(self._encode(self._dialect.prompt, Framing.RAW))

    def ends_the_prompt(self) -> bool:
        """Send the newline behind the prompt, to a client that has not answered; return whether it was due."""
        connection = self.connection
        if connection is None or connection.stream or not self._prompted.pop(connection, ""):
            return False
        connection.send(b"\n")
        return True

    def stops_listening(self) -> None:
        """Refuse whoever comes from now on."""
        for listener in self.listeners:
            listener.close()
        self.listeners.clear()

    def goes(self, *, reset: bool) -> None:
        """Go away, as a server does that ends (FIN), or whose machine is switched off and on (RST)."""
        self.stops_listening()
        for connection in self.connections:
            if connection.alive:
                if reset:
                    connection.reset()
                else:
                    connection.close()

    # ---- what it does by itself --------------------------------------------------------------

    def reacts(self) -> None:
        """Do what the dialect's servers do with what came."""
        for connection in self.connections:
            new = bytes(connection.stream[self._read.get(connection, 0) :])
            if not new:
                continue
            self._read[connection] = len(connection.stream)
            if self.name is None and "login" in self._dialect.features:
                new = self._takes_the_name(connection, new)
            if new.strip() and connection.alive:
                self._answers(connection, new)

    def _takes_the_name(self, connection: Connection, new: bytes) -> bytes:
        """Take the first message for the name, and return what came behind it."""
        line, newline, rest = new.partition(b"\n")
        self.name = line.decode("utf-8", "replace").strip()
        if self._dialect.greeting:
            self.says(self._dialect.greeting, connection)
        if self._dialect.newcomer == "told":
            self.says(template(self._dialect.joined).filled(user=self.name), connection)
        return rest if newline else b""

    def _answers(self, connection: Connection, new: bytes) -> None:
        lines = new.splitlines()
        said = {line.decode("utf-8", "replace").strip() for line in lines}
        on_the_wire = self._dialect.exit.by == "server"
        words = set(self._dialect.exit.words)
        if self._dialect.exit.case != "exact":
            said, words = set(map(folded, said)), set(map(folded, words))
        if on_the_wire and said & words:
            connection.close()
        elif self._next:
            self.says(self._next, connection)
            self._next = ""
        elif self._dialect.sender in ("echo", "copy"):
            connection.send(new)

    # ---- what a check lets it do -------------------------------------------------------------

    def framing(self, connection: Connection) -> Framing:
        """Return how the client frames what it sends: a newline was seen, or not, or nothing yet."""
        if self._framing is not None:
            return self._framing
        return Framing.LINE if b"\n" in connection.stream or not connection.stream else Framing.RAW

    def says(self, text: str, connection: Connection | None = None) -> None:
        """Say a line. It ends in a newline, which every client bears, but for one that compares the whole of it."""
        connection = connection or self.connection
        if connection is not None and connection.alive:
            connection.send(self._encode(text, Framing.LINE))

    def says_next(self, text: str) -> None:
        """Answer the next line by this text."""
        self._next = text

    def says_barely(self, text: str) -> None:
        """Say a word of the protocol, framed as the client frames what it sends."""
        connection = self.connection
        if connection is not None and connection.alive:
            connection.send(self._encode(text, self.framing(connection)))

    def _encode(self, text: str, framing: Framing) -> bytes:
        return (self._framing if self._framing is Framing.LENGTH4 else framing).encode(text)

    def form(self, name: str, text: str) -> str:
        """Return what others see of a line: with the name, where the dialect has a form for that."""
        forms = [form for form in self._dialect.said if USER in form] or list(self._dialect.said) or ["{text}"]
        return template(forms[0]).filled(user=name, text=text)

    def close(self) -> None:
        """Let go of everything."""
        self.stops_listening()
        for connection in self.connections:
            if connection.alive:
                connection.reset()
            connection.stream.clear()


def _listeners(start: RunningProgram, port: int) -> list[socket.socket]:
    """Return sockets that listen on a port, of each family that the network has.

    Raises:
        OSError: Not even IPv4 can be had.
    """
    found = [start.listener(socket.AF_INET, port)]
    try:
        found.append(start.listener(socket.AF_INET6, port))
    except OSError as error:
        if error.errno not in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EADDRINUSE):
            found[0].close()
            raise
    for listener in found:
        listener.setblocking(False)
    return found
