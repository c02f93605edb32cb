"""The runner: each start of a program gets a network of its own, as far as this machine allows.

The rungs of the ladder: `own` (root makes network namespaces), `user` (anybody, inside a user namespace),
`shared` (the loopback of this machine, one start at a time under a lock).
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from batepapo.errors import UsageError
from batepapo.isolation import ipc, launcher, overlay, process_tree, sockdiag
from batepapo.isolation.fast_clock import FastClock
from batepapo.isolation.shared_loopback import LoopbackLock

RUNGS = ("own", "user", "shared")

# A keeper answers within a millisecond. Beyond this bound the machine is not slow, something of ours is broken.
_ANSWER_WITHIN_S = 30.0


class CannotExec(Exception):
    """The kernel would not run the program."""

    def __init__(self, errno: int, text: str) -> None:
        super().__init__(text)
        self.errno = errno
        self.text = text


class _NoOverlay(Exception):
    """This folder cannot be covered, though others can."""


class _KeeperKilled(OSError):
    """Somebody, perhaps the program itself, killed its keeper; the launcher ends what is left."""


@dataclass(frozen=True)
class Program:
    """What to run, and where.

    Args:
        argv: The first may be a path, relative to `folder`, or a name to be found on the PATH of `env`.
        folder: Where the program runs.
        env: The whole environment.
        layers: Folders seen on top of `folder`, the topmost first; read-only.
        in_place: Whether the program writes to the folder itself.
        upper: Where what it writes is kept (then `<upper>/upper` is a layer), or None: it is forgotten.
        typed: Whether its standard input is the terminal, or at its end from the start (`< /dev/null`).
        clock: The fast clock that it runs on, or None: the real one.
        held: Whether it waits for `run` before it runs, so that its network can be furnished first.
        size: Rows and columns of its terminal.
        echo: Whether its terminal shows what is typed, as that of a person does.
        joins: The program whose network it shares, or None: it gets one of its own.
    """

    argv: tuple[str, ...]
    folder: Path
    env: Mapping[str, str]
    layers: tuple[Path, ...] = ()
    in_place: bool = False
    upper: Path | None = None
    stdin_is_terminal: bool = True
    clock: FastClock | None = None
    held: bool = False
    size: tuple[int, int] = (24, 80)
    echo: bool = False
    joins: RunningProgram | None = None


class RunningProgram:
    """One running program and its network. Safe to use from several threads."""

    def __init__(self, channel: socket.socket, pid: int, keeper_pid: int, console: int, diag: socket.socket) -> None:
        self.pid = pid
        self.keeper_pid = keeper_pid
        self.console = console
        self.diag = diag
        self.view = "overlay"
        self.view_why = ""
        self.loopback_lock: LoopbackLock | None = None
        self.copied_to: Path | None = None
        self._channel = channel
        self._lock = threading.Lock()
        self._status: int | None = None
        self._stopped = False

    def listener(self, family: int, port: int) -> socket.socket:
        """Return a socket of ours that listens on a port of all addresses of the program's network.

        Raises:
            OSError: This network has no such family, or the port is taken.
        """
        descriptor = self._descriptor({"do": "listen", "family": int(family), "port": port})
        self._ask({"do": "status"})  # as in `socket`
        return socket.socket(fileno=descriptor)

    def packets(self) -> socket.socket:
        """Return a socket that sees every packet of the program's network.

        Raises:
            OSError: On a shared network only root may look.
        """
        return socket.socket(fileno=self._descriptor({"do": "packets"}))

    def socket(self, family: int) -> socket.socket:
        """Return a fresh TCP socket of the program's network.

        Raises:
            OSError: This network has no such family, or the start was stopped.
        """
        descriptor = self._descriptor({"do": "socket", "family": int(family)})
        # The keeper answers in order: now it has closed its own copy. While it had one, a close of ours sent no FIN
        # (14 of 14,400 resets came late).
        self._ask({"do": "status"})
        return socket.socket(fileno=descriptor)

    def keyboard(self) -> int:
        """Return a descriptor of the program's own side of its terminal: what is typed and unread can be seen there."""
        return self._descriptor({"do": "terminal"})

    def network(self) -> int:
        """Return a descriptor of the program's network."""
        return self._descriptor({"do": "network"})

    def _descriptor(self, request: dict[str, Any]) -> int:
        message, descriptors = self._ask(request)
        if not descriptors:
            raise OSError(message["errno"], message["text"])
        return descriptors[0]

    def exit_status(self) -> int | None:
        """Return None while the program itself runs, then its exit status; negative when a signal ended it."""
        if self._status is None and not self._stopped:
            try:
                self._status = self._ask({"do": "status"})[0]["status"]
            except _KeeperKilled:
                self._status = -signal.SIGKILL  # a program that kills its parent is ended with it
        return self._status

    def listeners(self) -> list[sockdiag.Socket]:
        """Return the listening sockets that belong to the program's processes.

        On a private network that is everything there; on the shared one the inodes prove it.
        """
        found = sockdiag.sockets(self.diag, listening_only=True)
        if self.loopback_lock is None or not found:
            return found
        ours = process_tree.socket_inodes(process_tree.descendants(self.keeper_pid))
        return [listener for listener in found if listener.inode in ours]

    def kill(self) -> None:
        """End every process of the program by SIGKILL; its network and its folder stay."""
        self._status = self._ask({"do": "kill"})[0]["status"]

    def run(self) -> None:
        """Start the same program again, after `kill`, in the same network, in the same folder, at the same terminal.

        Raises:
            CannotExec: As for `Runner.start`; only where the start was held until now.
        """
        answer = self._ask({"do": "run"})[0]
        if "failed" in answer:
            raise CannotExec(answer["errno"], answer["text"])
        self.pid, self._status = answer["pid"], None

    def stop(self) -> None:
        """End every process of the program, daemons included, and free what it used."""
        with self._lock:
            if self._stopped:
                return
            self._stopped = True
            try:
                ipc.send(self._channel, {"do": "stop"})
                status = ipc.receive(self._channel)[0]["status"]
                self._status = status if self._status is None else self._status
                self._channel.recv(1)  # the end of the stream: the keeper is gone, too
            except (EOFError, OSError):
                pass  # the keeper was killed
            finally:
                self._channel.close()
                if self.loopback_lock:
                    self.loopback_lock.release()
                self.diag.close()
                os.close(self.console)
                self.console = -1
                if self.copied_to:
                    overlay.remove(str(self.copied_to))

    def _ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], list[int]]:
        with self._lock:
            if self._stopped:
                raise OSError("the program was stopped")
            try:
                ipc.send(self._channel, request)
                return ipc.receive(self._channel)
            except (EOFError, ConnectionError) as error:
                raise _KeeperKilled(f"the parent of process {self.pid} was killed") from error


class Runner:
    """Where programs run: one for each pytest process. Safe to use from several threads.

    Args:
        network: "auto", or one of RUNGS; the environment's BATEPAPO_NETWORK is stronger.

    Raises:
        UsageError: The rung asked for does not exist or is not possible here.
    """

    def __init__(self, network: str = "auto") -> None:
        wanted = os.environ.get("BATEPAPO_NETWORK") or network
        if wanted not in ("auto", *RUNGS):
            raise UsageError(f"BATEPAPO_NETWORK={wanted}: there is no such network; write one of {', '.join(RUNGS)}")
        if not sys.platform.startswith("linux"):
            raise UsageError("starting servers needs Linux (on Windows: WSL2); --server-addr works everywhere")
        self._lock = threading.Lock()
        self._starts: list[RunningProgram] = []
        self._numbered = 0
        self._scratch = Path(tempfile.mkdtemp(prefix="batepapo-"))
        (self._scratch / "mount").mkdir()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._control.settimeout(_ANSWER_WITHIN_S)
        # Isolated, no `site`: no student's module and nothing to make each fork dearer.
        flags = ["-I", "-S", "-X", "utf8", *(["-B"] if sys.dont_write_bytecode else [])]
        with theirs:
            self._launcher = subprocess.Popen(
                [sys.executable, *flags, launcher.__file__, str(theirs.fileno()), wanted, str(self._scratch)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C at pytest's terminal is not for it
            )
        chosen, _ = ipc.receive(self._control)
        self.rung: str = chosen["rung"]
        self.why: str = chosen["why"]
        if not self.rung:
            self.close()
            raise UsageError(f"BATEPAPO_NETWORK={wanted} is not possible on this machine: {self.why}")
        self.no_overlay: str = chosen["no_overlay"]

    def __enter__(self) -> Runner:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self, program: Program) -> RunningProgram:
        """Run the program in a network, a view of its folder and a terminal of its own.

        Raises:
            UsageError: The folder can neither be covered nor copied.
            CannotExec: The program's file is missing or cannot be run, or its folder cannot be entered.
            Undecided: The shared network did not become free.
        """
        loopback_lock = LoopbackLock() if self.rung == "shared" and program.joins is None else None
        try:
            return self._start(program, loopback_lock)
        except BaseException:
            if loopback_lock:
                loopback_lock.release()
            raise

    def _start(self, program: Program, loopback_lock: LoopbackLock | None) -> RunningProgram:
        if program.in_place:
            start = self._launch(program, False, loopback_lock)
            start.view = "in place"
        elif self.no_overlay:
            start = self._launch_in_copy(program, self.no_overlay, loopback_lock)
        else:
            try:
                start = self._launch(program, True, loopback_lock)
            except _NoOverlay as error:
                start = self._launch_in_copy(program, f"no overlay: {error}", loopback_lock)
        start.loopback_lock = loopback_lock
        with self._lock:
            self._starts = [other for other in self._starts if other.console != -1]
            self._starts.append(start)
        return start

    def _launch_in_copy(self, program: Program, why: str, loopback_lock: LoopbackLock | None) -> RunningProgram:
        with self._lock:
            self._numbered += 1
            into = self._scratch / f"copy{self._numbered}"
        try:
            try:
                overlay.copy(program.folder, program.layers, into)
            except OSError as error:
                raise UsageError(
                    f"the folder {program.folder} cannot be covered ({why}) nor copied ({error.strerror}): "
                    "name the program's own folder, or let it write there with --in-place"
                ) from error
            start = self._launch(_moved(program, into), False, loopback_lock)
        except BaseException:
            overlay.remove(str(into))
            raise
        start.view, start.view_why, start.copied_to = "copy", why, into
        return start

    def _launch(self, program: Program, overlay: bool, loopback_lock: LoopbackLock | None) -> RunningProgram:
        """Ask for a keeper and let it run the program."""
        channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        channel.settimeout(_ANSWER_WITHIN_S)
        with theirs, self._lock:
            ipc.send(self._control, {}, (theirs.fileno(),))
        env, beside = dict(program.env), [loopback_lock.descriptor] if loopback_lock else []
        if program.clock:
            env |= program.clock.environment()
            beside.append(program.clock.descriptor)
        joined = program.joins.network() if program.joins else None
        if joined is not None:
            beside.insert(0, joined)
        request = {
            "argv": [_text(word) for word in program.argv],
            "env": {_text(name): _text(value) for name, value in env.items()},
            "clock": program.clock is not None,
            "folder": _text(str(program.folder)),
            "layers": [_text(str(layer)) for layer in program.layers],
            "upper": _text(str(program.upper)) if program.upper else None,
            "overlay": overlay,
            "stdin_is_terminal": program.stdin_is_terminal,
            "held": program.held,
            "size": program.size,
            "echo": program.echo,
            "joins": joined is not None,
        }
        try:
            ipc.send(channel, request, beside)
            answer, descriptors = ipc.receive(channel)
        except BaseException:
            channel.close()
            raise
        finally:
            if joined is not None:
                os.close(joined)
        if "failed" in answer:
            channel.close()
            if answer["failed"] == "folder" and overlay:
                raise _NoOverlay(answer["text"])
            if answer["failed"] in ("folder", "exec"):
                raise CannotExec(answer["errno"], answer["text"])
            raise OSError(answer["errno"], f"{answer['failed']}: {answer['text']}")
        os.set_blocking(descriptors[0], False)
        return RunningProgram(
            channel, answer["pid"], answer["keeper"], descriptors[0], socket.socket(fileno=descriptors[1])
        )

    def close(self) -> None:
        """End everything that still runs, and the launcher."""
        for start in self._starts:
            start.stop()
        self._control.close()
        self._launcher.wait(_ANSWER_WITHIN_S)


def _moved(program: Program, copied_to: Path) -> Program:
    """Return the program with its folder, and what its words say about it, replaced by the copy."""
    old, new = str(program.folder), str(copied_to)
    argv = tuple(new + word[len(old) :] if (word + "/").startswith(old + "/") else word for word in program.argv)
    return replace(program, argv=argv, folder=copied_to, env={**program.env, "PWD": new}, layers=(), in_place=True)


def _text(text: str) -> str:
    """Return the text as the launcher, which always speaks UTF-8, must write it to mean the same bytes."""
    return os.fsencode(text).decode("utf-8", "surrogateescape")
