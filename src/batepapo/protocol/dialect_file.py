"""The TOML file of a dialect: found, read strictly, and rejected where it contradicts itself."""

from __future__ import annotations

import os
from importlib import resources
from itertools import pairwise, product
from pathlib import Path

from batepapo.errors import DialectError
from batepapo.protocol.dialect import FEATURES, ConsoleRule, Dialect, ExitRule, IdleRule
from batepapo.protocol.events import Event, IdleNotice, Joined, Left, Said
from batepapo.protocol.framing import Framing
from batepapo.protocol.occurrences import ExpectedWords
from batepapo.protocol.stream_parser import events, render
from batepapo.protocol.templates import TEXT, USER, template, words
from batepapo.strict_toml import Table

# What must survive render and parse: accents, emoji, blanks, punctuation, what a template engine would eat.
_AWKWARD_NAMES = ("ana", "José 🎉", "Ana Maria", "D'Ávila", "x1", "[bia]")
_AWKWARD_TEXTS = ("oi-q7", "a: b", "{user} {text} %s", "“não” — 100%", "é")


def builtin_names() -> tuple[str, ...]:
    """Return the names of the dialects that come with batepapo."""
    files = resources.files("batepapo.protocol.dialects").iterdir()
    return tuple(sorted(file.name[: -len(".toml")] for file in files if file.name.endswith(".toml")))


def default() -> Dialect:
    """Return the dialect that has every feature, for where nothing is known yet."""
    return load("completo")


def by_port(port: int) -> Dialect:
    """Return the dialect whose port it is.

    Raises:
        DialectError: There is none.
    """
    for name in builtin_names():
        dialect = load(name)
        if dialect.port == port:
            return dialect
    raise DialectError(f"the client dials port {port}, which is no dialect's: name the dialect with --dialect")


def load(name_or_path: str | os.PathLike[str]) -> Dialect:
    """Return a dialect by its name, or from the TOML file of a course.

    Raises:
        DialectError: There is no such dialect, or the file cannot be read or contradicts itself.
    """
    source = os.fspath(name_or_path)
    known = builtin_names()
    if source in known:
        return _read((resources.files("batepapo.protocol.dialects") / f"{source}.toml").read_bytes(), source)
    looks_like_a_file = source.endswith(".toml") or os.sep in source or Path(source).is_file()
    if not looks_like_a_file:
        raise DialectError(f"no dialect {source!r}: must be one of {', '.join(known)}, or the path of a .toml file")
    try:
        return _read(Path(source).read_bytes(), source)
    except OSError as error:
        raise DialectError(f"dialect {source}: cannot be read: {error.strerror or error}") from None
    except ValueError as error:  # a path with a NUL byte
        raise DialectError(f"dialect {source!r}: cannot be read: {error}") from None


def _read(toml: bytes, source: str) -> Dialect:
    top = Table.parsed(toml, f"dialect {source}", DialectError)
    exit_table, idle_table, console = top.table("exit"), top.table("idle"), top.table("console")
    limit, client, server = top.table("limit"), top.table("client"), top.table("server")
    sender = top.one_of("sender", ("nothing", "copy", "ack", "echo"))
    dialect = Dialect(
        name=top.text("name", filled=True),
        login=top.one_of("login", ("none", "first", "prompted", "assigned")),
        sender=sender,
        said=top.texts("said", () if sender == "echo" else None),
        names=top.one_of("names", ("server", "client", "none"), "none"),
        port=top.port("port"),
        framing=Framing(top.one_of("framing", [framing.value for framing in Framing], "raw")),
        prompt=top.text("prompt", ""),
        greeting=top.text("greeting", ""),
        joined=top.text("joined", ""),
        left=top.text("left", ""),
        newcomer=top.one_of("newcomer", ("silent", "told", "either"), "either"),
        members=top.flag("members", False),
        history=top.flag("history", False),
        limit_s=limit.seconds("seconds", 2.0),
        exit=ExitRule(
            words=exit_table.texts("words", ()),
            by=exit_table.one_of("by", ("server", "client"), "server"),
            case=exit_table.one_of("case", ("exact", "any", "unspecified"), "unspecified"),
        ),
        idle=(
            IdleRule(seconds=idle_table.seconds("seconds"), text=idle_table.text("text", filled=True))
            if top.has("idle")
            else None
        ),
        console=ConsoleRule(
            shows=console.one_of("shows", ("should", "may", "no"), "may"),
            says=console.text("says", ""),
            stop=console.text("stop", ""),
        ),
        client_answers=client.pairs("answers"),
        server_answers=server.pairs("answers"),
        require=top.texts("require", ()),
    )
    for table in (top, exit_table, idle_table, console, limit, client, server):
        table.done()
    _reject_contradictions(dialect, top, console)
    return dialect


def _reject_contradictions(dialect: Dialect, top: Table, console: Table) -> None:
    for key, form in (("joined", dialect.joined), ("left", dialect.left)):
        if form:
            _reject_template(top, key, form, needs=(USER,), allows=(USER,))
            if not set(template(form).parts) - {USER}:
                raise top.wrong(key, "a template with a word of its own, or it is a bare name")
            if dialect.login == "none":
                raise top.wrong(key, 'left out with login = "none": there is no name to announce')
    for form in dialect.said:
        _reject_template(top, "said", form, needs=(TEXT,), allows=(USER, TEXT))
        if USER in form and dialect.names == "none":
            raise top.wrong("said", 'without {user} with names = "none"')
    if dialect.console.says:
        _reject_template(console, "says", dialect.console.says, needs=(TEXT,), allows=(TEXT,))
    if dialect.names != "none" and not any(USER in form for form in dialect.said):
        raise top.wrong("said", f'a list with a {USER} in it with names = "{dialect.names}"')
    if dialect.names == "server" and dialect.login == "none":
        raise top.wrong("names", 'client or none with login = "none": the server learns no name')
    if dialect.sender != "echo" and not dialect.said:
        raise top.wrong("said", "a list with at least one template")
    if (dialect.login == "prompted") != bool(dialect.prompt):
        raise top.wrong("prompt", 'given with login = "prompted", and only there')
    if dialect.newcomer != "either" and not dialect.joined:
        raise top.wrong("newcomer", "left out without joined: there is no notice to get")
    if dialect.idle and not words(dialect.idle.text):
        raise top.wrong("idle", "a table whose text has a letter or digit")
    unknown = [feature for feature in dialect.require if feature not in FEATURES]
    if unknown:
        raise top.wrong("require", f"a list of features, which {unknown[0]!r} is not; known: {', '.join(FEATURES)}")
    if dialect.joined and template(dialect.joined).parts == template(dialect.left).parts:
        raise top.wrong("left", "other words than joined has, or nobody can tell coming from going")
    _reject_what_is_not_heard_as_written(dialect, top)


def _reject_template(table: Table, key: str, form: str, *, needs: tuple[str, ...], allows: tuple[str, ...]) -> None:
    found = template(form).placeholders
    for placeholder in found:
        if placeholder not in allows:
            raise table.wrong(key, f"a template with {' and '.join(allows)} only, which {placeholder} is not")
    for placeholder in needs:
        if placeholder not in found:
            raise table.wrong(key, f"a template with {placeholder} in it")
    if len(set(found)) != len(found):
        raise table.wrong(key, "a template with each placeholder once")
    # A name with a letter beside it is not that name, so such a template could never be heard.
    beside = template(form).filled(user="\0", text="\0")
    if any("\0" in pair and all(char == "\0" or char.isalnum() for char in pair) for pair in pairwise(beside)):
        raise table.wrong(key, "a template with no letter, digit or other placeholder beside a placeholder")


def _reject_what_is_not_heard_as_written(dialect: Dialect, top: Table) -> None:
    """Hear every event in each of its wordings; whatever is heard as something else cannot be told apart."""
    known = ExpectedWords(_AWKWARD_NAMES, _AWKWARD_TEXTS)
    tries: list[tuple[str, Event]] = []
    tries += [("joined", Joined(name)) for name in _AWKWARD_NAMES if dialect.joined]
    tries += [("left", Left(name)) for name in _AWKWARD_NAMES if dialect.left]
    tries += [("idle", IdleNotice())] if dialect.idle else []
    tries += [("said", Said(text, name)) for text, name in product(_AWKWARD_TEXTS, _AWKWARD_NAMES)]
    for key, event in tries:
        for form, wording in render(event, dialect):
            meant = Said(event.text) if isinstance(event, Said) and USER not in form else event
            heard = events(wording.encode(), dialect, known)
            if heard != [meant]:
                raise top.wrong(key, f"told apart from the others: {wording!r} is heard as {heard}")
