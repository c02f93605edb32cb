"""What is judged, as the options say it: validated here and nowhere else, once for each process."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from batepapo.errors import UsageError
from batepapo.protocol.dialect import Dialect
from batepapo.protocol.dialect_file import load
from batepapo.protocol.framing import Framing
from batepapo.under_test.command import Command

START_TIMEOUT_S = 10.0
AUTO = "auto"


@dataclass(frozen=True)
class Target:
    """The programs under test, and how they are to be spoken to.

    Attributes:
        server: The command of the server under test; None where it runs already, or where there is none.
        address: Of a server that runs already.
        client: The command of the client under test, or None.
        build: What is run once before the first start, or None.
        layers: What the build wrote, the topmost folder first.
        folder: The server's; absolute.
        client_folder: The client's; absolute.
        start_timeout_s: How long a program may take to listen, or to connect, on a machine of factor 1.
        dialect: The one that was asked for; None: it is to be found.
        framing: The one that was asked for; None: it is to be found.
        in_place: Whether programs write to their folders themselves.
        strict_text: Whether a notice in other words than the dialect's is a failure.
    """

    server: Command | None = None
    address: tuple[str, int] | None = None
    client: Command | None = None
    build: Command | None = None
    layers: tuple[Path, ...] = ()
    folder: Path = Path()
    client_folder: Path = Path()
    start_timeout_s: float = START_TIMEOUT_S
    dialect: Dialect | None = None
    framing: Framing | None = None
    in_place: bool = False
    strict_text: bool = False

    @property
    def has_server(self) -> bool:
        """Whether a server is judged, started by us or not."""
        return self.server is not None or self.address is not None

    @property
    def client_layers(self) -> tuple[Path, ...]:
        """What of the build the client sees: it is made where the server is, if there is one."""
        return self.layers if self.client_folder == self.folder or self.server is None else ()

    @classmethod
    def from_options(cls, option: Any, invoked_in: Path) -> Target:
        """Return what the options name.

        Args:
            option: pytest's options, ours under the names that begin with `batepapo_`.
            invoked_in: The folder that the run was called in: where commands run unless a folder is named.

        Raises:
            UsageError: An option cannot be used; one line names its value and what would be right.
        """
        if option.batepapo_server_cmd and option.batepapo_server_addr:
            raise UsageError("--server-cmd and --server-addr: name one of them, the server is started or runs already")
        wanted = option.batepapo_dialect or AUTO
        framing = option.batepapo_framing or AUTO
        dialect = None if wanted == AUTO else load(wanted)
        start_timeout_s = seconds("start-timeout", option.batepapo_start_timeout, START_TIMEOUT_S)
        remote = bool(option.batepapo_allow_remote)
        addressed = option.batepapo_server_addr
        folder = _folder("server-dir", option.batepapo_server_dir, invoked_in)
        client_folder = _folder("client-dir", option.batepapo_client_dir, folder)
        in_place = bool(option.batepapo_in_place)
        target = cls(
            server=_command("server-cmd", option.batepapo_server_cmd, folder, in_place=in_place),
            address=address(addressed, allow_remote=remote) if addressed else None,
            client=_command("client-cmd", option.batepapo_client_cmd, client_folder, in_place=in_place),
            folder=folder,
            client_folder=client_folder,
            start_timeout_s=start_timeout_s,
            dialect=dialect,
            framing=None if framing == AUTO else Framing(framing),
            in_place=in_place,
            strict_text=bool(option.batepapo_strict_text),
        )
        return target._with_build(option.batepapo_build_cmd)

    def _with_build(self, text: str | None) -> Target:
        if not text or (self.server is None and self.client is None):  # a server that runs already is built already
            return self
        where = self.folder if self.server is not None else self.client_folder
        return replace(self, build=_command("build-cmd", text, where, in_place=False))


def _folder(name: str, text: str | None, otherwise: Path) -> Path:
    if text and not Path(text).is_dir():
        raise UsageError(f"--{name}: {text} is no folder; name the one with the program")
    return Path(text or otherwise).absolute()


def _command(name: str, text: str | None, folder: Path, *, in_place: bool) -> Command | None:
    if not text:
        return None
    try:
        shlex.split(text)
    except ValueError as error:
        raise UsageError(f"--{name}: {text!r}: {error}; check its quotes") from error
    return Command.parse(text, folder, in_place=in_place)


def seconds(name: str, text: str | None, default: float) -> float:
    """Return an option's value as a positive number of seconds.

    Raises:
        UsageError: It is none; one line names the value and what would be right.
    """
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise UsageError(f"--{name}: {text!r} is no positive number of seconds; write for example 10")
    return value


def address(text: str, *, allow_remote: bool) -> tuple[str, int]:
    """Return HOST:PORT (or [HOST]:PORT) as a pair.

    Raises:
        UsageError: It is no address, or one of another machine without --allow-remote.
    """
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise UsageError(f"--server-addr: {text!r} is no HOST:PORT; write for example 127.0.0.1:5555")
    if not allow_remote and not (host in ("localhost", "::1") or host.startswith("127.")):
        raise UsageError(
            f"--server-addr: {host} is another machine; add --allow-remote (pytest: --chat-allow-remote) if you mean it"
        )
    return host, int(port)
