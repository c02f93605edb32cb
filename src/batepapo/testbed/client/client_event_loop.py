"""Waiting for a client: `EventLoop`, with the program at its terminal in the place of the server, and ours opposite."""

from __future__ import annotations

import dataclasses
import re
import select
import socket

from batepapo.isolation import sockdiag
from batepapo.observation.quiescence import QuiescenceMonitor
from batepapo.observation.snapshot import WatchedProgram
from batepapo.observation.tcp_queues import TcpQueues, queues_of
from batepapo.testbed.client.scripted_server import ScriptedServer
from batepapo.testbed.event_loop import EventLoop
from batepapo.testbed.transcript import Transcript
from batepapo.under_test.client import ClientUnderTest

# What is written down of what one program prints: a check needs some kilobytes.
_TOLD_BYTES = 32 << 10
_BLANK_LINES = re.compile(rb"(?:\r*\n){8,}")


class DiallingProgram(WatchedProgram):
    """A client as a thing that gets still: its own ends of its connections are where input stays unread.

    Args:
        program: The client.
        diag: The sock_diag socket of its network.
        ports: Of the server that it talks to.
        ours: Whether that is the scripted one, which reacts only when it is served.
    """

    def __init__(self, program: ClientUnderTest, diag: socket.socket, ports: frozenset[int], *, ours: bool) -> None:
        super().__init__(program.running.keeper_pid, diag)
        self._program = program
        self._ports_of_server = ports
        self._ours = ours

    def queues(self) -> TcpQueues:
        """Return what goes on at the client's ends; a line that it has not read from its keyboard is input, too.

        Raises:
            OSError: The kernel does not tell.
        """
        sockets, ports = self.sockets(), self._ports_of_server
        theirs = {one.local[1] for one in sockets if one.state != sockdiag.LISTEN and one.remote[1] in ports}
        found = queues_of(sockets, theirs - ports, self.ignored)
        unread = [one for one in sockets if one.unread and one.local[1] in ports]
        if any(one.state == sockdiag.LISTEN for one in unread):
            return dataclasses.replace(found, unrest="a connection is not accepted yet", waiting=False)
        if self._ours and unread:
            return dataclasses.replace(found, unrest="what the client sent is not read yet", waiting=False)
        if not found.unrest and self._program.spawn.unread():
            return dataclasses.replace(found, unrest="what was typed is unread", waiting=True)
        return found


class ClientEventLoop(EventLoop):
    """Everything that one start of a client can show: its terminal and its connections.

    Args:
        who: The user at the terminal, for the transcript.
        program: The client.
        server: Ours, opposite of it.
        transcript: Takes every byte that is seen.
        machine_factor: As for `EventLoop`.
        deadline_s: As for `EventLoop`.
        ports: Of the server that it talks to, if that is not ours.

    Attributes:
        others_speak: Whether what comes to the client is brought by programs that are not watched here, so that the
            client's own silence says nothing of what is still to come.
    """

    def __init__(
        self,
        who: str,
        program: ClientUnderTest,
        server: ScriptedServer,
        transcript: Transcript,
        machine_factor: float,
        deadline_s: float,
        ports: frozenset[int] | None = None,
    ) -> None:
        self.others_speak = ports is not None
        self._who = who
        self._told_enough = self._told_blank = False
        self._program = program
        self._scripted = server
        diag = program.running.diag
        watched = DiallingProgram(program, diag, server.ports if ports is None else ports, ours=ports is None)
        silence = QuiescenceMonitor(program.running.keeper_pid, diag, watched)
        super().__init__(program, transcript, machine_factor, deadline_s, silence=silence)

    def pump(self, wait_s: float = 0.0) -> bool:
        """Read whatever comes within `wait_s`, let our server react, and return whether anything came."""
        poll = select.poll()
        poll.register(self._program.running.console, select.POLLIN)
        for listener in self._scripted.listeners:
            poll.register(listener, select.POLLIN)
        open_ones = [one for one in self._scripted.connections if one.listens]
        for connection in open_ones:
            poll.register(connection, select.POLLIN | (select.POLLOUT if connection.pending else 0))
        ready = {fd for fd, _ in poll.poll(wait_s * 1000)}
        came = self._printed() if self._program.running.console in ready else False
        came = self._scripted.accept() or came
        for connection in open_ones:
            if connection.listens and connection.fileno() in ready:
                connection.flush()
                came = connection.receive() or came
        self._scripted.reacts()
        self._stirred = self._stirred or came
        return came

    @property
    def _over(self) -> bool:
        """A program that prints on without end is not waited for: it will not be seen to stop."""
        return super()._over or self._program.spawn.overfull

    def _printed(self) -> bool:
        printed = self._program.read_console()
        if printed and not self._told_enough:
            told = _BLANK_LINES.sub(b"\r\n\r\n", printed)
            if told.strip() or told == printed:
                self._transcript.printed(told, self._who)
            if told != printed and not self._told_blank:
                self._transcript.note(self._who, "prints blank lines; most are not written down")
                self._told_blank = True
            self._told_enough = self.printed_bytes > _TOLD_BYTES
            if self._told_enough:
                self._transcript.note(self._who, "prints on; it is not written down any more")
        self.printed_bytes += len(printed)
        return bool(printed)
