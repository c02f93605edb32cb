"""The runner: each start of a program gets a network of its own, as far as this machine allows.

The rungs of the ladder: `own` (root makes network namespaces), `user` (anybody, inside a user namespace),
`shared` (the loopback of this machine, one start at a time under a lock).
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType

from batepapo.errors import UsageError
from batepapo.isolation import ipc, launcher, overlay
from batepapo.isolation.program import Program
from batepapo.isolation.running_program import ANSWER_WITHIN_S, CannotExec, RunningProgram
from batepapo.isolation.shared_loopback import LoopbackLock

RUNGS = ("own", "user", "shared")


class _NoOverlay(Exception):
    """This folder cannot be covered, though others can."""


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
        self._control.settimeout(ANSWER_WITHIN_S)
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
            start = self._launch(program.moved(into), False, loopback_lock)
        except BaseException:
            overlay.remove(str(into))
            raise
        start.view, start.view_why, start.copied_to = "copy", why, into
        return start

    def _launch(self, program: Program, overlay: bool, loopback_lock: LoopbackLock | None) -> RunningProgram:
        """Ask for a keeper and let it run the program."""
        channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        channel.settimeout(ANSWER_WITHIN_S)
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
        self._launcher.wait(ANSWER_WITHIN_S)


def _text(text: str) -> str:
    """Return the text as the launcher, which always speaks UTF-8, must write it to mean the same bytes."""
    return os.fsencode(text).decode("utf-8", "surrogateescape")
