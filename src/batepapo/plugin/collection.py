"""Which items are checks, of which clauses, and which of them are asked."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import pytest

from batepapo.errors import UsageError
from batepapo.plugin.session import arguments, fixture_of, is_judging, is_worker, session_of
from batepapo.verdicts.clause import CLIENT, PAIR, SERVER, Clause, Judged, clause_of


def choose(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Check the ids, select by `--clauses`, and put those that wait for the idle limit last.

    Raises:
        pytest.UsageError: There is nothing to judge, or an id is unknown, missing or used twice.
    """
    marked = [item for item in items if item.get_closest_marker("clause") is not None]
    try:
        checks = {item: clause for item in marked if (clause := clause_of(item)) is not None}
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error
    if not checks:
        return
    session = session_of(config)
    if not is_worker(config):
        session.reporter()
    option = config.option
    try:
        if not (is_judging(option) or option.collectonly):
            raise UsageError('nothing to judge; add for example --server-cmd "python server.py", or --client-cmd')
        _check_ids(items, checks)
        wanted = selected(option.batepapo_clauses, _known_ids(checks))
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error
    for item, clause in checks.items():
        session.clauses[item.nodeid] = clause
        item.extra_keyword_matches.add(clause.id)
    if is_worker(config):
        from batepapo.plugin.xdist_scheduler import write_clauses_by_node

        write_clauses_by_node(session.run_dir, session.clauses)
    asked = _asked(option)
    dropped = [
        item
        for item, one in checks.items()
        if one.of not in asked or _needs_both(one, asked) or (wanted is not None and one.id not in wanted)
    ]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if item not in dropped]
    items.sort(key=lambda item: item in checks and checks[item].watch)


def selected(ids: str | None, known: Collection[str]) -> set[str] | None:
    """Return the clause ids that `--clauses` names, or None without it.

    Raises:
        UsageError: A name is neither a clause nor an area.
    """
    if ids is None:
        return None
    chosen: set[str] = set()
    for name in filter(None, (part.strip().upper() for part in ids.split(","))):
        named = {id for id in known if id == name or id.rpartition("-")[0] == name}
        if not named:
            areas = ", ".join(sorted({id.rpartition("-")[0] for id in known}))
            raise UsageError(f"--clauses: {name!r} is no clause and no area; the areas are {areas}")
        chosen |= named
    return chosen


def _asked(option: Any) -> set[Judged]:
    """Return what the clauses may be about: who names no client has none to be judged."""
    if option.collectonly:
        return {SERVER, CLIENT, PAIR}
    asked: set[Judged] = {SERVER} if option.batepapo_server_cmd or option.batepapo_server_addr else set()
    return asked | ({CLIENT, PAIR} if option.batepapo_client_cmd else set())


def _needs_both(clause: Clause, asked: Collection[Judged]) -> bool:
    """Return whether a clause needs two programs, and one of them was not named."""
    return clause.of == PAIR and clause.process and SERVER not in asked


def _known_ids(checks: dict[pytest.Item, Clause]) -> set[str]:
    """Return what may be selected: also clauses whose checks `--lf` left out of the collection."""
    specs = {item.path.parent / "SPEC.md" for item in checks}
    stated = {id for spec in specs for id in re.findall(r"\*\*([A-Z]+-\d+)\*\*", spec.read_text("utf-8"))}
    return stated | {clause.id for clause in checks.values()}


def _check_ids(items: list[pytest.Item], checks: dict[pytest.Item, Clause]) -> None:
    folders = {item.path.parent for item in checks}
    seen: dict[str, str] = {}
    for item in items:
        clause = checks.get(item)
        if clause is None:
            if item.path.parent in folders:
                raise UsageError(f'{item.nodeid}: a check without a clause id; put @clause("AREA-n") above it')
            continue
        spec = item.path.parent / "SPEC.md"
        if f"**{clause.id}**" not in (spec.read_text("utf-8") if spec.exists() else ""):
            raise UsageError(f"{item.nodeid}: {clause.id} is not in {spec}; an id is written there first")
        if seen.setdefault(clause.id, item.nodeid) != item.nodeid:
            raise UsageError(
                f"{item.nodeid}: {clause.id} is decided by {seen[clause.id]} already; one clause, one check"
            )
        if not clause.title:
            raise UsageError(f"{item.nodeid}: no docstring; its first line is what the student reads")
        if isinstance(item, pytest.Function) and fixture_of(clause) not in arguments(item):
            raise UsageError(
                f"{item.nodeid}: a check of a {clause.of} takes the fixture {fixture_of(clause)!r}; it has none"
            )
