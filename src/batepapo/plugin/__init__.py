"""pytest's options and hooks. Every pytest of an environment loads this, so it does nothing until a check is collected.

That is why most imports stand in functions: what stands up here, other people's projects pay at each start. With
the reader of streams and the reporter that was 14 ms of imports; the table of options and this file take 2 to 4.
`python -m bench.beside` measures whole starts; on a busy machine only many of them (`--runs 60`) say anything.

Fixtures are in conformance/conftest.py: two plugins with a fixture of the same name would fight over it.
"""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from batepapo.errors import UsageError
from batepapo.options import OPTIONS, selected

if TYPE_CHECKING:
    from batepapo.execution.idle_watches import IdleWatches
    from batepapo.execution.judge import Judge
    from batepapo.execution.side_by_side import SideBySide
    from batepapo.plugin.reporter import Reporter
    from batepapo.verdicts.clause import Clause
    from batepapo.verdicts.verdict import Verdict


class Session:
    """What one pytest process knows of its run."""

    def __init__(self) -> None:
        self.clauses: dict[str, Clause] = {}
        self.judge: Judge | None = None
        self.watches: IdleWatches | None = None
        self.side_by_side: SideBySide | None = None
        self.selected: list[pytest.Item] = []
        self.reporter: Reporter | None = None


SESSION = pytest.StashKey[Session]()
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
    config.stash[SESSION] = Session()
    option = config.option
    if _is_worker(config):  # it reads the command line again: what was drawn comes from the controller
        option.batepapo_seed, option.batepapo_run_dir = config.workerinput[SHARED]  # type: ignore[attr-defined]
        return
    option.batepapo_seed = option.batepapo_seed or os.urandom(4).hex()
    option.batepapo_run_dir = f"{tempfile.gettempdir()}/batepapo-run-{os.urandom(8).hex()}"
    judging = _is_judging(option)
    if judging or _is_controller(config):  # which collects nothing itself
        _reporter(config)
    if judging:
        _refuse_early(config)


def _is_judging(option: Any) -> bool:
    return bool(option.batepapo_server_cmd or option.batepapo_server_addr or option.batepapo_client_cmd)


def _reporter(config: pytest.Config) -> Reporter:
    """Return the reporter of this run, which begins to listen when it is first asked for."""
    session = config.stash[SESSION]
    if session.reporter is None:
        from batepapo.plugin.reporter import Reporter

        option = config.option
        run_dir = Path(option.batepapo_run_dir)
        session.reporter = Reporter(session.clauses, option.batepapo_results, run_dir, option.batepapo_should)
        config.pluginmanager.register(session.reporter, "batepapo-reporter")
    return session.reporter


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give a worker what all processes of this run share."""
    option = node.config.option
    node.workerinput[SHARED] = (option.batepapo_seed, option.batepapo_run_dir)


def _refuse_early(config: pytest.Config) -> None:
    """Refuse what cannot work before any worker starts: one line, exit status 4."""
    import shlex

    from batepapo import options
    from batepapo.protocol import dialect_file

    option = config.option
    try:
        if sys.platform == "win32":
            raise UsageError("native Windows has no pseudo-terminals; use WSL2")
        if option.batepapo_server_cmd and option.batepapo_server_addr:
            raise UsageError("--server-cmd and --server-addr: name one of them, the server is started or runs already")
        if option.batepapo_dialect not in (None, "auto"):
            dialect_file.load(option.batepapo_dialect)
        options.seconds("start-timeout", option.batepapo_start_timeout, 1.0)
        if option.batepapo_server_addr:
            options.address(option.batepapo_server_addr, allow_remote=option.batepapo_allow_remote)
        for side in ("server", "client"):
            folder, command = getattr(option, f"batepapo_{side}_dir"), getattr(option, f"batepapo_{side}_cmd")
            if folder and not Path(folder).is_dir():
                raise UsageError(f"--{side}-dir: {folder} is no folder; name the one with the program")
            try:
                shlex.split(command or "")
            except ValueError as error:
                raise UsageError(f"--{side}-cmd: {command!r}: {error}; check its quotes") from error
        if option.batepapo_results and not option.collectonly:
            options.writable("results", Path(option.batepapo_results))
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error
    if any(_set(config, name.removeprefix("--")) for name in options.RERUNNING):
        raise pytest.UsageError(options.NO_RERUNS)


def _set(config: pytest.Config, name: str) -> bool:
    """Return whether another plugin's option is set, on the command line or in an ini file."""
    if getattr(config.option, name, None):
        return True
    try:
        value = config.getini(name)
    except (KeyError, ValueError):  # nobody has such a key
        return False
    return str(value or 0) != "0"


# ---- collection ------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None, None, None]:
    """Check the ids, select by `--clauses`, and put the watches last: they wait while the others work.

    A worker that has to refuse says so to the controller and offers nothing to run: an error of its own would be
    taken for a crash.
    """
    in_worker = _is_worker(config)
    refused = ""
    try:
        _choose(config, items)
    except pytest.UsageError as error:
        if not in_worker:
            raise
        refused = str(error)
        items.clear()
    yield
    if in_worker and any(item.nodeid in config.stash[SESSION].clauses for item in items):
        try:
            _open_judge(config)
        except pytest.UsageError as error:
            refused = str(error)
            items.clear()
    if refused:
        config.workeroutput[REFUSED] = refused  # type: ignore[attr-defined]


def _choose(config: pytest.Config, items: list[pytest.Item]) -> None:
    marked = [item for item in items if item.get_closest_marker("clause") is not None]
    if not marked:
        return
    from batepapo.verdicts.clause import clause_of

    session = config.stash[SESSION]
    checks = {item: clause for item in marked if (clause := clause_of(item)) is not None}
    if not checks:
        return
    if not _is_worker(config):
        _reporter(config)
    option = config.option
    try:
        if not (_is_judging(option) or option.collectonly):
            raise UsageError('nothing to judge; add for example --server-cmd "python server.py", or --client-cmd')
        _check_ids(items, checks)
        wanted = selected(option.batepapo_clauses, _known_ids(checks))
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error
    for item, clause in checks.items():
        session.clauses[item.nodeid] = clause
        item.extra_keyword_matches.add(clause.id)
    if _is_worker(config):
        from batepapo.plugin.xdist_scheduler import write_clauses_by_node

        write_clauses_by_node(Path(option.batepapo_run_dir), session.clauses)
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


def _asked(option: Any) -> set[str]:
    """Return what the clauses may be about: who names no client has none to be judged."""
    if option.collectonly:
        return {"server", "client", "pair"}
    server = {"server"} if option.batepapo_server_cmd or option.batepapo_server_addr else set()
    return server | ({"client", "pair"} if option.batepapo_client_cmd else set())


def _needs_both(clause: Clause, asked: set[str]) -> bool:
    """Return whether a clause needs two programs, and one of them was not named."""
    return clause.of == "pair" and clause.process and "server" not in asked


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Refuse the run for the reason that a worker gave."""
    refused = getattr(node, "workeroutput", {}).get(REFUSED)
    if refused:
        raise pytest.UsageError(refused)


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


def pytest_collection_finish(session: pytest.Session) -> None:
    """Remember what was selected."""
    config = session.config
    known = config.stash[SESSION].clauses
    config.stash[SESSION].selected = [item for item in session.items if item.nodeid in known]


def pytest_report_collectionfinish(config: pytest.Config, items: list[pytest.Item]) -> list[str]:
    """Say what is judged and where, before the first check."""
    session = config.stash[SESSION]
    one_process = not (_is_controller(config) or _is_worker(config))
    if not one_process or config.option.collectonly or not any(item.nodeid in session.clauses for item in items):
        return []
    from batepapo.report import text

    facts = dataclasses.asdict(_open_judge(config).facts)
    _reporter(config).announce(facts)
    return text.header(facts)


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _is_controller(config: pytest.Config) -> bool:
    return bool(getattr(config.option, "tx", None)) and not _is_worker(config)


def _open_judge(config: pytest.Config) -> Judge:
    session = config.stash[SESSION]
    if session.judge is None:
        from batepapo.execution.judge import Judge

        try:
            session.judge = Judge(config.option, config.invocation_params.dir, Path(config.option.batepapo_run_dir))
        except UsageError as error:
            raise pytest.UsageError(str(error)) from error
    return session.judge


# ---- the run ---------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Start the watches when the loop begins; end them, and every server, when it ends, however it ends."""
    config = session.config
    ours = config.stash[SESSION]
    if ours.selected and not config.option.collectonly and not _is_worker(config):
        _open_judge(config)
        _start_watches(config)
        _start_side_by_side(config)
    try:
        return (yield)
    finally:
        for attempts in (ours.side_by_side, ours.watches):
            if attempts is not None:
                attempts.close()
        if ours.judge is not None:
            ours.judge.close()


def _start_watches(config: pytest.Config) -> IdleWatches:
    ours = config.stash[SESSION]
    if ours.watches is None:
        from batepapo.execution.idle_watches import IdleWatches

        pairs = [(ours.clauses[item.nodeid], item.obj) for item in ours.selected if isinstance(item, pytest.Function)]
        ours.watches = IdleWatches(_open_judge(config), pairs)
    return ours.watches


def _start_side_by_side(config: pytest.Config) -> None:
    """Begin to hear the checks that want nothing but a room; only here, where it is known which ones will run."""
    ours = config.stash[SESSION]
    judge = _open_judge(config)
    if judge.one_at_a_time or config.option.usepdb:
        return
    from batepapo.execution.side_by_side import SideBySide

    checks = []
    for item in ours.selected:
        clause = ours.clauses[item.nodeid]
        if isinstance(item, pytest.Function) and not clause.watch and _own_arguments(item) == {_testbed(clause)}:
            checks.append((clause, item.obj))
    ours.side_by_side = SideBySide(judge, checks)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Send all watches to one worker, so that they overlap; everything else goes to whoever is free."""
    if not _is_judging(config.option):
        return None
    from batepapo.plugin.xdist_scheduler import WatchesTogether

    return WatchesTogether(config, log, Path(config.option.batepapo_run_dir))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object:
    """Attempt a check, twice unless it passes, and show its verdict as pytest's outcome."""
    session = pyfuncitem.config.stash[SESSION]
    clause = session.clauses.get(pyfuncitem.nodeid)
    if clause is None:
        return None
    judge = _open_judge(pyfuncitem.config)
    testbed = _testbed(clause)
    others = {
        name: value for name, value in pyfuncitem.funcargs.items() if name in _own_arguments(pyfuncitem) - {testbed}
    }
    verdict = judge.decided_in_advance(clause)
    if verdict is None and clause.watch:
        verdict = _start_watches(pyfuncitem.config).verdict(clause)
    elif verdict is None and session.side_by_side is not None and clause in session.side_by_side:
        verdict = session.side_by_side.verdict(clause)
    elif verdict is None:
        verdict = judge.judge(clause, lambda one: pyfuncitem.obj(**{testbed: one}, **others))
    pyfuncitem.stash[VERDICT] = verdict
    _raise(verdict, pyfuncitem.config.option.batepapo_should)
    return True


def _testbed(clause: Clause) -> str:
    """Return the name of the fixture in which a check plays."""
    from batepapo.verdicts.clause import TESTBEDS

    return TESTBEDS[clause.of]


def _own_arguments(item: pytest.Function) -> set[str]:
    return set(item._fixtureinfo.argnames)


def _raise(verdict: Verdict, should: str | None) -> None:
    from batepapo.report import text
    from batepapo.verdicts.verdict import BLOCKED, HARNESS_ERROR, NOT_APPLICABLE, PASS, red_levels

    if verdict.word in (BLOCKED, NOT_APPLICABLE):
        pytest.skip(verdict.reason)
    if verdict.word == HARNESS_ERROR or (verdict.word != PASS and verdict.level in red_levels(should)):
        pytest.fail(text.block(verdict), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach the verdict to the report: it is all that an xdist worker sends home."""
    report = yield
    verdict = item.stash.get(VERDICT, None)
    if verdict is not None and report.when == "call":
        from batepapo.verdicts.results import as_record
        from batepapo.verdicts.verdict import HARNESS_ERROR

        judge = item.config.stash[SESSION].judge
        report.batepapo = as_record(verdict)  # type: ignore[attr-defined]
        report.batepapo_facts = dataclasses.asdict(judge.facts) if judge else None  # type: ignore[attr-defined]
        if verdict.word == HARNESS_ERROR:
            report.when = "setup"  # pytest's name for "error, not failure"
    return report


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove what the processes of this run shared."""
    run_dir = getattr(config.option, "batepapo_run_dir", None)  # None: another plugin refused before our turn
    if run_dir and not _is_worker(config):
        shutil.rmtree(run_dir, ignore_errors=True)
