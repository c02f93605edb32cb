"""The options, in one table: pytest's plugin and the `batepapo` command both read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


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
        "completo, ncat-chat, nick, operador, prefixo, sair, tchau, x, the path of a TOML file, or auto (default)",
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
    Option("clauses", "exactly these clauses (AREA-n) or areas, separated by commas", metavar="IDS"),
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
NO_RERUNS = "--reruns: a verdict is never rerun until it is green; whatever does not pass is attempted again already"
