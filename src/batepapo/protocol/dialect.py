"""A dialect: the wording and the limits of one chat system, as data, and the features that follow."""

from __future__ import annotations

from dataclasses import dataclass

from batepapo.protocol.framing import Framing
from batepapo.protocol.templates import USER

FEATURES = {  # what a check may ask for, and how a person reads "the dialect has no ..."
    "login": "login",
    "login-first": "login by the first message",
    "joined": "notices of coming",
    "left": "notices of going",
    "broadcast": "broadcast (the server answers each client by itself)",
    "echo": "echo",
    "quiet-sender": "sender that hears nothing of its own",
    "copy": "copy for the sender",
    "newcomer": "rule on what a newcomer hears of itself",
    "newcomer-silent": "silent newcomer",
    "newcomer-told": "newcomer that is told of itself",
    "signed": "name in front of each message that the server must write",
    "exit": "exit word on the wire",
    "exit-word": "exit word",
    "client": "client of its own",
    "exit-case": "rule on the letter case of the exit word",
    "idle": "idle limit",
    "history": "history",
    "no-history": "ban on history",
    "members": "list of members",
    "no-members": "ban on lists of members",
    "operator": "operator who speaks",
    "operator-stop": "word that stops the server",
    "terminal": "traffic at the server's terminal",
    "shows-traffic": "traffic that must show at the server's terminal",
}


@dataclass(frozen=True)
class ExitRule:
    """The words that end a connection; `by` says whether they go on the wire (server) or not (client)."""

    words: tuple[str, ...] = ()
    by: str = "server"
    case: str = "unspecified"


@dataclass(frozen=True)
class IdleRule:
    """How long a client may say nothing, and what it is told then."""

    seconds: float
    text: str


@dataclass(frozen=True)
class ConsoleRule:
    """The server's own terminal: whether it shows traffic, what a typed line becomes, the word that stops it."""

    shows: str = "may"
    says: str = ""
    stop: str = ""


@dataclass(frozen=True)
class Dialect:
    """One chat system as data; the keys are those of the TOML file (protocol.md, section 1)."""

    name: str
    login: str
    sender: str
    said: tuple[str, ...] = ()
    names: str = "none"
    port: int | None = None
    framing: Framing = Framing.RAW
    prompt: str = ""
    greeting: str = ""
    joined: str = ""
    left: str = ""
    newcomer: str = "either"
    members: bool = False
    history: bool = False
    limit_s: float = 2.0
    exit: ExitRule = ExitRule()
    idle: IdleRule | None = None
    console: ConsoleRule = ConsoleRule()
    client_answers: tuple[tuple[str, str], ...] = ()
    server_answers: tuple[tuple[str, str], ...] = ()
    require: tuple[str, ...] = ()

    @property
    def features(self) -> frozenset[str]:
        """Return the words of FEATURES with which a check says where it applies."""
        broadcast = self.sender != "echo"
        fixed = bool(self.joined) and self.newcomer != "either"
        on_the_wire = bool(self.exit.words) and self.exit.by == "server"
        has = {
            "login": self.login in ("first", "prompted"),
            "login-first": self.login == "first",
            "joined": bool(self.joined),
            "left": bool(self.left),
            "broadcast": broadcast,
            "echo": not broadcast,
            "quiet-sender": self.sender == "nothing",
            "copy": self.sender in ("copy", "ack"),
            "newcomer": fixed,
            "newcomer-silent": fixed and self.newcomer == "silent",
            "newcomer-told": fixed and self.newcomer == "told",
            "signed": self.names == "server" and bool(self.said) and all(USER in form for form in self.said),
            "exit": on_the_wire,
            "exit-word": bool(self.exit.words),
            "client": self.login != "assigned",
            "exit-case": on_the_wire and self.exit.case != "unspecified",
            "idle": self.idle is not None,
            "history": self.history,
            "no-history": not self.history,
            "members": self.members,
            "no-members": not self.members,
            "operator": bool(self.console.says),
            "operator-stop": bool(self.console.stop),
            "terminal": self.console.shows != "no",
            "shows-traffic": self.console.shows == "should",
        }
        return frozenset(feature for feature in FEATURES if has[feature])
