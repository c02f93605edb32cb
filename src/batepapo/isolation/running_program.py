"""One running program and its network, as its keeper serves it."""

from __future__ import annotations

import os
import signal
import socket
import threading
from pathlib import Path
from typing import Any

from batepapo.isolation import ipc, overlay, process_tree, sockdiag
from batepapo.isolation.shared_loopback import LoopbackLock

# A keeper answers within a millisecond. Beyond this bound the machine is not slow, something of ours is broken.
ANSWER_WITHIN_S = 30.0


class CannotExec(Exception):
    """The kernel would not run the program."""

    def __init__(self, errno: int, text: str) -> None:
        super().__init__(text)
        self.errno = errno
        self.text = text


class KeeperKilled(OSError):
    """Somebody, perhaps the program itself, killed its keeper; the launcher ends what is left."""


class KeeperTimeout(OSError):
    """The keeper of a program does not answer: our fault, and nothing that it says later counts."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"the parent of process {pid} did not answer within {ANSWER_WITHIN_S:g} s")


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
            except KeeperKilled:
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
        """End every process of the program, daemons included, and free what it used.

        Raises:
            KeeperTimeout: What it used is freed, but nothing says that its processes are gone.
        """
        with self._lock:
            if self._stopped:
                return
            self._stopped = True
            try:
                ipc.send(self._channel, {"do": "stop"})
                status = ipc.receive(self._channel)[0]["status"]
                self._status = status if self._status is None else self._status
                self._channel.recv(1)  # the end of the stream: the keeper is gone, too
            except (EOFError, ConnectionError):
                pass  # the keeper was killed
            except TimeoutError as error:
                raise KeeperTimeout(self.pid) from error
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
                raise KeeperKilled(f"the parent of process {self.pid} was killed") from error
            except TimeoutError as error:
                # Its answer may come yet, and would be taken for that to the next question. At the end of the
                # stream the keeper ends the program.
                self._channel.shutdown(socket.SHUT_RDWR)
                raise KeeperTimeout(self.pid) from error
