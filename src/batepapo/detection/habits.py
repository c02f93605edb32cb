"""What one conversation showed of a server, and what is left of a dialect by that: what was not seen is not asked."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from batepapo.protocol.dialect import ConsoleRule, Dialect
from batepapo.protocol.templates import TEXT


@dataclass(frozen=True)
class Habits:
    """What one conversation showed of a server.

    `shows` is of its terminal, `operator` and `stops` of what is typed there. `died` says of what the server died
    meanwhile, how, and what it printed last; empty if it did not.
    """

    relays: bool
    echoes: bool
    first_is_text: bool
    signed: bool
    joined: frozenset[str]
    left: frozenset[str]
    exit_words: frozenset[str]
    shows: bool = False
    operator: bool = False
    stops: bool = False
    greets_as: str = ""
    died: tuple[str, ...] = ()

    @property
    def nobody_heard(self) -> bool:
        """Whether the conversation reached nobody at all."""
        return not self.relays and not self.echoes

    def evidence(self) -> list[str]:
        """Say it in words, for the header and the results file."""
        return [
            f"it greets as {self.greets_as} does" if self.greets_as else "it greets as none of them does",
            "a message reaches the others" if self.relays else "a message reaches nobody else",
            "its sender gets it back" if self.echoes else "its sender gets nothing",
            "the first message is relayed" if self.first_is_text else "the first message is not relayed",
            f"exit words: {', '.join(sorted(self.exit_words)) or 'none seen'}",
            "arrivals are announced" if self.joined else "no notice of coming seen",
            "departures are announced" if self.left else "no notice of going seen",
            "its terminal shows what is said" if self.shows else "its terminal shows nothing of what is said",
            "what its operator types is said to all" if self.operator else "no operator who speaks seen",
        ]


def missing_features(dialect: Dialect, habits: Habits) -> tuple[str, ...]:
    """Return what a dialect has and one conversation did not show: the keys that `reduced` takes."""
    missing = []
    if dialect.joined and not habits.joined:
        missing.append("joined")
    if dialect.left and not habits.left:
        missing.append("left")
    if "exit" in dialect.features:
        missing += [f"exit {word}" for word in dialect.exit.words if word not in habits.exit_words]
    if dialect.idle is not None:
        missing.append("idle")
    seen = {
        "signed": habits.signed,
        "quiet-sender": not (habits.relays and habits.echoes),
        "terminal": habits.shows,
        "operator": habits.operator,
        "operator-stop": habits.stops,
    }
    missing += [feature for feature, was_seen in seen.items() if feature in dialect.features and not was_seen]
    return tuple(missing)


def reduced(dialect: Dialect, missing: Sequence[str]) -> Dialect:
    """Return a dialect without what its server does not offer, so that no clause asks for it."""
    words = tuple(word for word in dialect.exit.words if f"exit {word}" not in missing)
    return dataclasses.replace(
        dialect,
        joined="" if "joined" in missing else dialect.joined,
        left="" if "left" in missing else dialect.left,
        exit=dataclasses.replace(dialect.exit, words=words),
        idle=None if "idle" in missing else dialect.idle,
        said=(*dialect.said, TEXT) if "signed" in missing else dialect.said,
        sender="copy" if "quiet-sender" in missing else dialect.sender,
        console=ConsoleRule(
            shows="no" if "terminal" in missing else dialect.console.shows,
            says="" if "operator" in missing else dialect.console.says,
            stop="" if "operator-stop" in missing else dialect.console.stop,
        ),
    )
