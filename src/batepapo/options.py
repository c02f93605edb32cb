"""The options, in one table: pytest's plugin and the `batepapo` command both read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from batepapo.errors import UsageError


@dataclass(frozen=True)
class Option:
    """One option.

    `batepapo` has it as `--name`. pytest has it as `--name` where `short` is set, else as `--chat-name`, so that
    no other plugin's option is in the way. Its dest is `batepapo_name`.
    """

    name: str
    help: str
    short: bool = False
    metavar: str | None = None
    flag: bool = False
    choices: tuple[str, ...] = field(default=())
    path: bool = False

    @property
    def pytest_name(self) -> str:
        """The option as pytest knows it."""
        return f"--{self.name}" if self.short else f"--chat-{self.name}"

    @property
    def dest(self) -> str:
        """Where its value is in pytest's options."""
        return "batepapo_" + self.name.replace("-", "_")

    def keywords(self) -> dict[str, Any]:
        """Return what `add_argument` is called with, in argparse and in pytest."""
        if self.flag:
            return {"action": "store_true", "help": self.help}
        keywords: dict[str, Any] = {"help": self.help, "metavar": self.metavar}
        if self.choices:
            keywords |= {"choices": self.choices, "metavar": None}
        return keywords


OPTIONS = (
    Option("server-cmd", "the command line that starts the server under test", short=True, metavar="CMD"),
    Option(
        "server-dir",
        "the folder that it is started in (default: the current one)",
        short=True,
        metavar="DIR",
        path=True,
    ),
    Option("server-addr", "judge a server that already runs", short=True, metavar="HOST:PORT"),
    Option(
        "client-cmd",
        "the command line that starts the client under test, alone or beside a server",
        short=True,
        metavar="CMD",
    ),
    Option(
        "client-dir",
        "the folder that it is started in (default: that of the server, or the current one)",
        short=True,
        metavar="DIR",
        path=True,
    ),
    Option(
        "build-cmd",
        'a command that is run once before the first start, such as "javac *.java"',
        short=True,
        metavar="CMD",
    ),
    Option(
        "dialect",
        "tchau, sair, x, operador, prefixo, completo, the path of a TOML file, or auto (default)",
        short=True,
        metavar="NAME|FILE|auto",
    ),
    Option(
        "results",
        "where the results file goes (default: the user's cache folder)",
        short=True,
        metavar="FILE",
        path=True,
    ),
    Option(
        "framing",
        "what marks a message: found out (auto, default), one send (raw), a newline (line) or four bytes (length4)",
        choices=("auto", "raw", "line", "length4"),
    ),
    Option(
        "clock",
        "the clock of the idle limit: a fast one, and the real one for what does not pass on it (auto, default; fast: "
        "refuse to run without it), or the real one only",
        choices=("auto", "real", "fast"),
    ),
    Option("clauses", "exactly these clauses or areas, separated by commas: DROP-1,JOIN", metavar="IDS"),
    Option("seed", "the seed of the random words that the checks say (default: a fresh one, printed)", metavar="TEXT"),
    Option("start-timeout", "how long the server may take to listen (default: 10)", metavar="SECONDS"),
    Option("in-place", "start the server in its folder itself, not in a fresh view of it", flag=True),
    Option("allow-remote", "let --server-addr name another machine", flag=True),
    Option(
        "should",
        "what a broken SHOULD clause is: a line in the summary (warn, default) or a failure (fail)",
        choices=("warn", "fail"),
    ),
    Option("strict-text", "notices in other words than the dialect's fail", flag=True),
)


# Of pytest-rerunfailures and pytest-retry; the dests and the ini keys are the same words.
RERUNNING = ("--reruns", "--retries")
NO_RERUNS = "--reruns: a verdict is never rerun until it is green; every check is attempted twice already"


def find(name: str) -> Option:
    """Return the option of this name."""
    return next(option for option in OPTIONS if option.name == name)


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
        UsageError: It is no address, or one of another machine without leave.
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


def writable(name: str, path: Path) -> None:
    """Check that an option's file can be written; what is in it stays.

    Raises:
        UsageError: It cannot.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("a").close()
    except OSError as error:
        raise UsageError(
            f"--{name}: cannot write {path}: {error.strerror}; name a file in a folder of yours"
        ) from error


def selected(ids: str | None, known: Iterator[str] | set[str]) -> set[str] | None:
    """Return the clause ids that `--clauses` names, or None without it.

    Raises:
        UsageError: A name is neither a clause nor an area.
    """
    if ids is None:
        return None
    known = set(known)
    chosen: set[str] = set()
    for name in filter(None, (part.strip().upper() for part in ids.split(","))):
        named = {id for id in known if id == name or id.rpartition("-")[0] == name}
        if not named:
            areas = ", ".join(sorted({id.rpartition("-")[0] for id in known}))
            raise UsageError(f"--clauses: {name!r} is no clause and no area; the areas are {areas}")
        chosen |= named
    return chosen
