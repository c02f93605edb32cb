"""pytest's options and hooks. Every pytest of an environment loads this, so it does nothing until a check is collected.

That is why most imports stand in functions: what stands up here, other people's projects pay at each start. With
the reader of streams and the reporter that was 14 ms of imports; the table of options and this package take 2 to 4.
`python -m bench.beside` measures whole starts; on a busy machine only many of them (`--runs 60`) say anything.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from batepapo.options import OPTIONS
from batepapo.plugin.session import (
    SESSION,
    Session,
    arguments,
    fixture_of,
    is_controller,
    is_judging,
    is_worker,
    session_of,
)

if TYPE_CHECKING:
    from batepapo.verdicts.verdict import Verdict

VERDICT = pytest.StashKey["Verdict"]()
REFUSED = "batepapo_refused"
SHARED = "batepapo_shared"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer our options; each says in its help what it does."""
    group = parser.getgroup("batepapo", "conformance of TCP chat servers")
    for option in OPTIONS:
        group.addoption(option.pytest_name, dest=option.dest, default=None, **option.keywords())


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Name the mark; choose what all processes of this run share.

    Last, because the conftest.py of a clone names a server where nobody else did.
    """
    config.addinivalue_line("markers", "clause(id, applies, needs, level, …): the clause that a check decides")
    if is_worker(config):  # it reads the command line again: what was drawn comes from the controller
        seed, run_dir = config.workerinput[SHARED]  # type: ignore[attr-defined]
        config.stash[SESSION] = Session(config, seed, Path(run_dir))
        return
    seed = config.option.batepapo_seed or os.urandom(4).hex()
    run_dir = Path(tempfile.gettempdir(), f"batepapo-run-{os.urandom(8).hex()}")
    session = config.stash[SESSION] = Session(config, seed, run_dir)
    judging = is_judging(config.option)
    if judging or is_controller(config):  # which collects nothing itself
        session.reporter()
    if judging:
        from batepapo.plugin.usage_errors import refuse_early

        refuse_early(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give a worker what all processes of this run share."""
    session = session_of(node.config)
    node.workerinput[SHARED] = (session.seed, str(session.run_dir))


# ---- collection ------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None, None, None]:
    """Choose the checks.

    A worker that has to refuse says so to the controller and offers nothing to run: an error of its own would be
    taken for a crash.
    """
    in_worker = is_worker(config)
    refused = ""
    try:
        if any(item.get_closest_marker("clause") is not None for item in items):
            from batepapo.plugin.collection import choose

            choose(config, items)
    except pytest.UsageError as error:
        if not in_worker:
            raise
        refused = str(error)
        items.clear()
    yield
    if in_worker and any(item.nodeid in session_of(config).clauses for item in items):
        try:
            session_of(config).judge()
        except pytest.UsageError as error:
            refused = str(error)
            items.clear()
    if refused:
        config.workeroutput[REFUSED] = refused  # type: ignore[attr-defined]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Refuse the run for the reason that a worker gave."""
    refused = getattr(node, "workeroutput", {}).get(REFUSED)
    if refused:
        raise pytest.UsageError(refused)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Remember what was selected."""
    ours = session_of(session.config)
    ours.selected = [
        item for item in session.items if isinstance(item, pytest.Function) and item.nodeid in ours.clauses
    ]


def pytest_report_collectionfinish(config: pytest.Config, items: list[pytest.Item]) -> list[str]:
    """Say what is judged and where, before the first check."""
    session = session_of(config)
    one_process = not (is_controller(config) or is_worker(config))
    if not one_process or config.option.collectonly or not any(item.nodeid in session.clauses for item in items):
        return []
    from batepapo.report.text import header

    facts = session.judge().facts
    session.reporter().announce(facts)
    return header(facts)


# ---- the run ---------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Start what runs beside the loop when it begins; end that, and every server, when it ends, however it ends."""
    ours = session_of(session.config)
    if ours.selected and not session.config.option.collectonly and not is_worker(session.config):
        ours.judge()
        ours.watches()
        ours.start_side_by_side()
    try:
        return (yield)
    finally:
        ours.close()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Send all that waits for the idle limit to one worker, so that it overlaps; the rest goes to whoever is free."""
    if not is_judging(config.option):
        return None
    from batepapo.plugin.xdist_scheduler import WatchesTogether

    return WatchesTogether(config, log, session_of(config).run_dir)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object:
    """Attempt a check until that decides it, and show its verdict as pytest's outcome."""
    session = session_of(pyfuncitem.config)
    clause = session.clauses.get(pyfuncitem.nodeid)
    if clause is None:
        return None
    judge, fixture = session.judge(), fixture_of(clause)
    verdict = judge.decided_in_advance(clause)
    if verdict is None and clause.watch:
        verdict = session.watches().verdict(clause)
    elif verdict is None and (side_by_side := session.side_by_side(clause)) is not None:
        verdict = side_by_side.verdict(clause)
    elif verdict is None:
        others = {name: pyfuncitem.funcargs[name] for name in arguments(pyfuncitem) - {fixture}}
        first: Any = pyfuncitem.funcargs[fixture]
        verdict = judge.judge(clause, lambda one: pyfuncitem.obj(**{fixture: one}, **others), first=first)
    pyfuncitem.stash[VERDICT] = verdict
    _raise(verdict, pyfuncitem.config.option.batepapo_should)
    return True


def _raise(verdict: Verdict, should: str | None) -> None:
    from batepapo.report.text import block
    from batepapo.verdicts.exit_status import red_levels
    from batepapo.verdicts.verdict import BLOCKED, HARNESS_ERROR, NOT_APPLICABLE, PASS

    if verdict.word in (BLOCKED, NOT_APPLICABLE):
        pytest.skip(verdict.reason)
    if verdict.word == HARNESS_ERROR or (verdict.word != PASS and verdict.level in red_levels(should)):
        pytest.fail(block(verdict), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach the verdict to the report: it is all that an xdist worker sends home."""
    report = yield
    verdict = item.stash.get(VERDICT, None)
    if verdict is not None and report.when == "call":
        from batepapo.verdicts.results import as_record
        from batepapo.verdicts.verdict import HARNESS_ERROR

        report.batepapo = as_record(verdict)  # type: ignore[attr-defined]
        if verdict.word == HARNESS_ERROR:
            report.when = "setup"  # pytest's name for "error, not failure"
    return report


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove what the processes of this run shared."""
    session = config.stash.get(SESSION, None)  # None: another plugin refused before our turn
    if session is not None and not is_worker(config):
        shutil.rmtree(session.run_dir, ignore_errors=True)
