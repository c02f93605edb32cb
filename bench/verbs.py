"""`python -m bench.verbs`: write docs/verbs.md from the docstrings; selftests/test_docs.py says when it is due."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator

from selftests.tree import ROOT

PAGE = ROOT / "docs" / "verbs.md"
CLASSES = {  # what a check is given, or gets from a verb: where it is
    "Room": "batepapo.testbed.server.room",
    "User": "batepapo.testbed.server.user",
    "Terminals": "batepapo.testbed.client.terminals",
    "TerminalUser": "batepapo.testbed.client.terminal_user",
    "Pair": "batepapo.testbed.pair",
}
OF_THE_ENGINE = {"cancel", "clock_used", "close", "conclude", "event_loop", "output", "rate"}  # no check says these
HEAD = (
    "# What a check can say\n\n"
    "The verbs of what a check is given, and of the people whom these bring in.\n"
    "Each line is the first sentence of the docstring, which says more.\n"
    "Longer steps that one area alone uses are functions in `conformance/steps/`.\n"
    "This page is written by `python -m bench.verbs`.\n"
)


def page() -> str:
    """Return the whole page."""
    told: set[type] = set()
    return HEAD + "".join(_section(name, told) for name in CLASSES)


def _section(name: str, told: set[type]) -> str:
    """Return what is said of a class: the verbs of each part of it, what is common to all first, and nothing twice."""
    kind = getattr(importlib.import_module(CLASSES[name]), name)
    text = f"\n## {name}\n\n{_first_sentence(kind)}\n"
    overridden: set[str] = set()
    for part in reversed(kind.__mro__):
        verbs = {word: line for word, line in _verbs(part) if word not in overridden}
        overridden |= set(verbs)
        if verbs:
            above = "The same as above.\n"
            text += f"\n### {part.__module__.removeprefix('batepapo.')}\n\n"
            text += above if part in told else "".join(verbs.values())
        told.add(part)
    return text


def _verbs(part: type) -> Iterator[tuple[str, str]]:
    """Give the name and the line of each public verb that a class adds, in the order of its source."""
    for name, value in vars(part).items():
        if name.startswith("_") or name in OF_THE_ENGINE or not part.__module__.startswith("batepapo."):
            continue
        if isinstance(value, property):
            yield name, f"- `{name}`: {_first_sentence(value)}\n"
        elif inspect.isfunction(value):
            yield name, f"- `{name}({_arguments(value)})`: {_first_sentence(value)}\n"


def _arguments(verb: object) -> str:
    """Return what a verb takes, without types and without the room that it is a verb of."""
    signature = inspect.signature(verb)  # type: ignore[arg-type]
    bare = [one.replace(annotation=one.empty) for one in list(signature.parameters.values())[1:]]
    return str(signature.replace(parameters=bare, return_annotation=signature.empty))[1:-1]


def _first_sentence(value: object) -> str:
    """Return the first sentence of a docstring, on one line."""
    text = " ".join((inspect.getdoc(value) or "").partition("\n\n")[0].split())
    return re.split(r"(?<=[.])\s+(?=[A-Z`])", text)[0]


def main() -> None:
    """Write it."""
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
