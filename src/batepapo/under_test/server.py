"""The server under test: started, found by its LISTEN socket, connected to, read, and ended with all it started."""

from __future__ import annotations

import errno
import os
import select
import socket
import time
from dataclasses import replace

from batepapo.errors import ConformanceFailure, ProgramDidNotStart, UsageError
from batepapo.isolation.program import Program
from batepapo.isolation.runner import Runner
from batepapo.isolation.running_program import CannotExec, RunningProgram
from batepapo.isolation.shared_loopback import outwait_closed_connections
from batepapo.under_test.command import Command
from batepapo.under_test.console import Console
from batepapo.under_test.listen_failure import cannot_exec
from batepapo.under_test.startup import AS_USUAL, StartOptions, wait_until_listening

# A connect on loopback takes microseconds; only a full accept queue takes longer.
_CONNECT_WITHIN_S = 2.0


class ServerUnderTest:
    """A server that we started. `ServerUnderTest.start_command` makes one.

    Attributes:
        address: What `connect` connects to.
        family: Of that address.
        ports_seen: All TCP ports that it listened on when it was found, the smallest first.
        start: The running program and its network.
        took_s: How long it took from its start to its LISTEN socket.
        connecting_s: A moment right before the last connection was asked for, on the monotonic clock.
    """

    def __init__(self, running: RunningProgram, console: Console, options: StartOptions) -> None:
        self.running: RunningProgram | None = running
        self._running = running
        self._console = console
        self._options = options
        self.took_s = 0.0
        self.connecting_s = 0.0
        self._connect_within_s = _CONNECT_WITHIN_S * options.machine_factor
        self.address = ("", 0)
        self.family = int(socket.AF_INET)
        self.ports_seen: tuple[int, ...] = ()

    @classmethod
    def start_command(cls, runner: Runner, command: Command, options: StartOptions = AS_USUAL) -> ServerUnderTest:
        """Start the command and wait until it listens.

        Args:
            runner: Where.
            command: What; the port that was filled in for it is the one to talk to.
            options: How.

        Raises:
            ProgramDidNotStart: It cannot be run, or never came to listen.
        """
        options = replace(options, port_hint=command.port or options.port_hint)
        try:
            return cls._start_once(runner, command, options)
        except ProgramDidNotStart:
            # On the shared loopback its port may still be busy from the start before it, which is not its fault.
            if runner.rung != "shared" or not outwait_closed_connections():
                raise
        return cls._start_once(runner, command, replace(options, usual_s=0.0))

    @classmethod
    def _start_once(cls, runner: Runner, command: Command, options: StartOptions) -> ServerUnderTest:
        program = Program(
            command.argv,
            command.folder,
            command.env,
            options.layers,
            command.in_place,
            stdin_is_terminal=options.stdin_is_terminal,
            clock=options.clock,
        )
        try:
            running = runner.start(program)
        except CannotExec as error:
            raise cannot_exec(command, error) from error
        server = cls(running, Console(running.console), options)
        try:
            server._find()
        except BaseException:
            server.stop()
            raise
        return server

    def _find(self) -> None:
        began_s = time.monotonic()
        found = wait_until_listening(self._running, self._console, self._options)
        self.took_s = time.monotonic() - began_s
        self.family, self.address, self.ports_seen = found.family, found.address, found.ports_seen

    def kill(self) -> None:
        """End all its processes by SIGKILL; its network stays."""
        self._running.kill()

    def run_again(self) -> None:
        """Start the same command again in the same network, after `kill`, and find where it listens now.

        Raises:
            ProgramDidNotStart: It cannot be run, or never came to listen.
        """
        self._running.run()
        self._options = replace(self._options, port_hint=self.address[1])
        self._find()

    def type(self, data: bytes) -> None:
        """Type at its terminal; a short line fits, whether it is read or not."""
        os.write(self._running.console, data)

    @property
    def keeper_pid(self) -> int:
        """The process above all of its processes."""
        return self._running.keeper_pid

    @property
    def diag(self) -> socket.socket:
        """The netlink socket that answers for its network."""
        return self._running.diag

    def connect(self, *, receive_buffer: int | None = None) -> socket.socket:
        """Return a connected, non-blocking socket with TCP_NODELAY.

        Args:
            receive_buffer: SO_RCVBUF in bytes, for a client that reads slowly.

        Raises:
            ConformanceFailure: The server does not accept.
        """
        fresh = self._running.socket(self.family)
        self.connecting_s = time.monotonic()
        return _connect(fresh, self.address, receive_buffer, self._connect_within_s)

    def read_console(self) -> bytes:
        """Return what it printed since the last call, 256 KiB at most; never waits."""
        return self._console.read()

    @property
    def output(self) -> bytes:
        """What it printed so far: the first 32 KiB and the last 64 KiB, with a line that counts what was left out."""
        return self._console.output

    def last_lines(self, count: int = 20) -> list[str]:
        """Return the last lines that it printed, without blank ones."""
        return self._console.last_lines(count)

    def exit_status(self) -> int | None:
        """Return None while it runs, then its exit status; negative when a signal ended it."""
        return self._running.exit_status()

    def alive(self) -> bool:
        """Return whether the program still runs, or a daemon that it left behind still listens."""
        return self._running.exit_status() is None or bool(self._running.listeners())

    @property
    def console_closed(self) -> bool:
        """Whether nothing more can come from its terminal."""
        return self._console.hung_up

    def stop(self) -> None:
        """End every process that it is made of."""
        self._console.close()
        self._running.stop()


class AttachedServer:
    """A server that runs already (`--server-addr`): the same face, but its process is not ours to see."""

    def __init__(self, address: tuple[str, int], *, machine_factor: float = 1.0) -> None:
        """Resolve the address.

        Raises:
            UsageError: The host is not known.
        """
        host, port = address
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise UsageError(f"the host of --server-addr {host}:{port} is not known: {error.strerror}") from error
        # `localhost` may mean both families: take the one that answers to the name of IPv4 first.
        family, _, _, _, resolved = min(found, key=lambda one: one[0] != socket.AF_INET)
        self.family = int(family)
        self.address = (str(resolved[0]), port)
        self.ports_seen: tuple[int, ...] = (port,)
        self.running: RunningProgram | None = None
        self.output = b""
        self.connecting_s = 0.0
        self._connect_within_s = _CONNECT_WITHIN_S * machine_factor

    def connect(self, *, receive_buffer: int | None = None) -> socket.socket:
        """As `ServerUnderTest.connect`."""
        fresh = socket.socket(self.family, socket.SOCK_STREAM)
        self.connecting_s = time.monotonic()
        return _connect(fresh, self.address, receive_buffer, self._connect_within_s)

    def read_console(self) -> bytes:
        """Return nothing."""
        return b""

    def last_lines(self, count: int = 20) -> list[str]:
        """Return nothing."""
        return []

    def exit_status(self) -> int | None:
        """Return None: whether it still runs is not ours to see."""
        return None

    def alive(self) -> bool:
        """Return True: see `exit_status`."""
        return True

    @property
    def console_closed(self) -> bool:
        """Whether nothing more can come from its terminal: there is none."""
        return True

    def stop(self) -> None:
        """Leave it running."""


def _connect(
    fresh: socket.socket, address: tuple[str, int], receive_buffer: int | None, within_s: float
) -> socket.socket:
    try:
        fresh.setblocking(False)
        fresh.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_buffer is not None:
            fresh.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        result = fresh.connect_ex(address)
        if result == errno.EINPROGRESS:
            poll = select.poll()
            poll.register(fresh, select.POLLOUT)
            in_time = poll.poll(within_s * 1000)
            result = fresh.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) if in_time else errno.ETIMEDOUT
        if result:
            host, port = address
            raise ConformanceFailure(
                f"the server accepts a connection at {host}:{port} within {within_s:g} s", [os.strerror(result)]
            )
    except BaseException:
        fresh.close()
        raise
    return fresh
