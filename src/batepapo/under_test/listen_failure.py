"""Why a program did not come to listen: one sentence, its last lines, and what to try."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Sequence

from batepapo.errors import ProgramDidNotStart, ServerDidNotStart
from batepapo.isolation import process_tree
from batepapo.isolation.running_program import CannotExec, RunningProgram
from batepapo.observation.input_wait import bound_udp
from batepapo.protocol.occurrences import without_escapes
from batepapo.under_test.command import Command
from batepapo.under_test.ending import how_it_ended

_BY_HAND = "Start it by hand in its folder, with the same command, and read what it prints."

# The last line of a Python traceback, of `python: can't open file`, of Node's and Java's uncaught errors.
_PYTHON_ERROR = re.compile(r"^(?:[\w.]+\.)?(\w+(?:Error|Exception|Exit|Interrupt|gaierror|herror)|gaierror): ?(.*)$")
_PYTHON_NO_FILE = re.compile(r"can't open file '?(.+?)'?: \[Errno 2\]")
_ERRNO = re.compile(r"\[(?:Errno|errno) (\d+)\]")


def cannot_exec(command: Command, error: CannotExec) -> ProgramDidNotStart:
    """Explain what exec said."""
    program = command.argv[0]
    inside = command.folder / program
    if error.errno == errno.ENOENT and "/" in program and inside.exists():
        return ProgramDidNotStart(
            f"the program {program!r} cannot be started: its first line names an interpreter that is not there",
            hint=f"Name the interpreter in the command, for example: {_how_to_run(program)}",
        )
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        hint = "Check the spelling; a program in the folder is written ./name."
        if program == "py":
            hint = "`py` is Windows' launcher; write python3."
        elif "/" not in program and inside.is_file():
            hint = f"There is a file of that name in {command.folder}: write {_how_to_run(program)}."
        return ProgramDidNotStart(f"the command {program!r} was not found", hint=hint)
    if error.errno == errno.EACCES:
        hint = f"Write {_how_to_run(program)}, or make the file executable: chmod +x {program}"
        if inside.is_dir():
            hint = "It is a folder; name the program in it."
        return ProgramDidNotStart(f"the program {program!r} may not be run: it is not executable", hint=hint)
    if error.errno == errno.ENOEXEC:
        return ProgramDidNotStart(
            f"the file {program!r} is not a program that this machine can run",
            hint=f"Name the interpreter in the command: {_how_to_run(program)}",
        )
    return ProgramDidNotStart(f"the command {program!r} cannot be run: {error.text}", hint=_BY_HAND)


def _how_to_run(program: str) -> str:
    name = program.removeprefix("./")
    interpreters = {".py": "python3", ".js": "node", ".sh": "sh", ".rb": "ruby", ".jar": "java -jar", ".java": "java"}
    interpreter = interpreters.get(os.path.splitext(name)[1])
    return f"{interpreter} {name}" if interpreter else f"./{name}"


def exited(status: int, lines: Sequence[str], *, private: bool) -> ServerDidNotStart:
    """Explain a program that ended before it listened.

    Args:
        status: As subprocess gives it.
        lines: Its last output.
        private: Whether it had a network of its own, where no other program can hold its port.
    """
    cause, hint = _cause(lines, private=private)
    return ServerDidNotStart(f"the server {how_it_ended(status)} before it listened on TCP{cause}", lines, hint)


def _cause(lines: Sequence[str], *, private: bool) -> tuple[str, str]:
    """Return what to add to the sentence, and the hint, from the error that the program ended with."""
    for line in reversed(lines):
        if missing := _PYTHON_NO_FILE.search(line):
            name = os.path.basename(missing[1])
            return f": there is no file {name}", "Check the name, and that the server's folder is right (--server-dir)."
        if "EADDRINUSE" in line or "java.net.BindException" in line:
            return ": its port is in use", _busy_port(private=private)
        if "Cannot find module" in line or "Could not find or load main class" in line:
            return ": a part of the program is missing", "Build it first (--build-cmd), and check --server-dir."
        if line.startswith("usage:"):
            return ": it wants other arguments", "Give them in the command; {port} stands for a free port."
        if error := _PYTHON_ERROR.match(line):
            return f": {error[1]}" + (f", {error[2]}" if error[2] else ""), _python_hint(error[1], error[2], private)
    if not lines:
        return ", and printed nothing", _BY_HAND
    return "", _BY_HAND


def _python_hint(kind: str, text: str, private: bool) -> str:
    number = int(found[1]) if (found := _ERRNO.search(text)) else 0
    if number == errno.EADDRINUSE:
        return _busy_port(private=private)
    if number == errno.EADDRNOTAVAIL:
        return "The address in bind() does not belong to this machine; bind to '0.0.0.0' or '127.0.0.1'."
    if kind == "PermissionError" and number == errno.EACCES and "'" not in text:
        return "Ports below 1024 are for the system administrator; choose one from 1024 to 32767."
    return {
        "ModuleNotFoundError": "Install that module for the Python of the command, or check --server-dir if it is a "
        "file of yours.",
        "ImportError": "A module does not have that name; does a file of yours bear the name of a standard module?",
        "SyntaxError": "Python cannot read the program: correct the line that is shown, or name the Python version "
        "it was written for.",
        "IndentationError": "Correct the indentation of the line that is shown.",
        "TabError": "Use either tabs or spaces to indent, not both.",
        "FileNotFoundError": "A file that it opens is not in its folder; check --server-dir.",
        "EOFError": "It asks for input and got none; let it take its settings from the command line.",
        "IndexError": "If it reads sys.argv, give the arguments in the command; {port} stands for a free port.",
        "gaierror": "The host name in bind() is not known; bind to '0.0.0.0' or '127.0.0.1'.",
    }.get(kind, "Correct the line that the traceback names.")


def _busy_port(*, private: bool) -> str:
    if private:
        return "Nobody else can hold that port here: the program itself binds it twice, or starts twice."
    return "Another program uses that port: end it (was your server still running?) and try again."


def never_listened(running: RunningProgram, lines: Sequence[str], waited_s: float) -> ServerDidNotStart:
    """Explain a program that still runs, and has no TCP socket that listens."""
    waited = f"within {waited_s:.3g} s"
    udp = udp_ports(running)
    if udp:
        ports = ", ".join(map(str, udp))
        return ServerDidNotStart(
            f"the server listens on UDP port {ports}, but on no TCP port {waited}",
            lines,
            "The chat is spoken over TCP: use socket.SOCK_STREAM, then bind(), listen() and accept().",
        )
    hint = "Does the program reach listen()? " + _BY_HAND
    return ServerDidNotStart(f"the server runs, but did not listen on any TCP port {waited}", lines, hint)


def udp_ports(running: RunningProgram) -> list[int]:
    """Return the ports on which the program's own sockets take datagrams."""
    ours = process_tree.socket_inodes(process_tree.descendants(running.keeper_pid))
    return sorted({port for inode, port in bound_udp(running.keeper_pid).items() if inode in ours})


def asks_for_input(output: bytes) -> ServerDidNotStart:
    """Explain a program that waits for the keyboard."""
    text = without_escapes(output.decode("utf-8", "replace").replace("\r\n", "\n"), "")  # Node's readline writes some
    lines = [line.rstrip() for line in text.split("\n") if line.strip()]
    prompt = f": {lines[-1]!r}" if lines else ""
    return ServerDidNotStart(
        f"the server asks for input before it listens{prompt}",
        lines,
        "Let it take its settings from the command line, or use fixed ones: nobody types here.",
    )
