"""What one pytest process knows of its run: made from its options, opened when the first check needs it."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from batepapo.errors import UsageError

if TYPE_CHECKING:
    from batepapo.execution.idle_watches import IdleWatches
    from batepapo.execution.judge import Judge
    from batepapo.execution.side_by_side import SideBySide
    from batepapo.plugin.reporter import Reporter
    from batepapo.under_test.target import Target
    from batepapo.verdicts.clause import Clause


class Session:
    """One process of a run.

    Attributes:
        seed: Everything random of the run follows from it; the same in all its processes.
        run_dir: A folder of the run's own; the same in all its processes.
        target: What is judged, as the options say it; None until somebody asks.
        clauses: Node id to clause, filled by the collection.
        selected: The checks that will run.
    """

    def __init__(self, config: pytest.Config, seed: str, run_dir: Path) -> None:
        self.seed = seed
        self.run_dir = run_dir
        self.target: Target | None = None
        self.clauses: dict[str, Clause] = {}
        self.selected: list[pytest.Function] = []
        self._config = config
        self._judge: Judge | None = None
        self._watches: IdleWatches | None = None
        self._side_by_side: SideBySide | None = None
        self._reporter: Reporter | None = None

    def read_target(self) -> Target:
        """Return what is judged.

        Raises:
            UsageError: An option cannot be used.
        """
        if self.target is None:
            from batepapo.under_test.target import Target

            self.target = Target.from_options(self._config.option, self._config.invocation_params.dir)
        return self.target

    def judge(self) -> Judge:
        """Return who judges, having found out what is to be found out.

        Raises:
            pytest.UsageError: An option cannot be used, or what it asks for is not possible.
        """
        if self._judge is None:
            from batepapo.detection.survey import Asked
            from batepapo.execution.judge import Judge

            option = self._config.option
            included = bool(getattr(option, "batepapo_included", False))
            try:
                asked = Asked(self.seed, option.batepapo_clock or "auto", included)
                self._judge = Judge.open(self.read_target(), asked, self.run_dir)
            except UsageError as error:
                raise pytest.UsageError(str(error)) from error
        return self._judge

    def reporter(self) -> Reporter:
        """Return the reporter of this run, which begins to listen when it is first asked for."""
        if self._reporter is None:
            from batepapo.plugin.reporter import Reporter

            option = self._config.option
            self._reporter = Reporter(self.clauses, option.batepapo_results, self.run_dir, option.batepapo_should)
            self._config.pluginmanager.register(self._reporter, "batepapo-reporter")
        return self._reporter

    def watches(self) -> IdleWatches:
        """Return the checks that wait for the idle limit, having started them."""
        if self._watches is None:
            from batepapo.execution.idle_watches import IdleWatches

            pairs = [(self.clauses[item.nodeid], item.obj) for item in self.selected]
            self._watches = IdleWatches(self.judge(), pairs)
        return self._watches

    def start_side_by_side(self) -> None:
        """Begin to attempt the checks that want nothing but a testbed; only here is it known which ones will run."""
        judge = self.judge()
        if judge.one_at_a_time or self._config.option.usepdb:
            return
        from batepapo.execution.side_by_side import SideBySide

        checks = []
        for item in self.selected:
            clause = self.clauses[item.nodeid]
            if not clause.watch and arguments(item) == {fixture_of(clause)}:
                checks.append((clause, item.obj))
        self._side_by_side = SideBySide(judge, checks)

    def side_by_side(self, clause: Clause) -> SideBySide | None:
        """Return the attempts that are under way, if those of this clause are among them."""
        return self._side_by_side if self._side_by_side is not None and clause in self._side_by_side else None

    def close(self) -> None:
        """End every attempt, and every program."""
        for attempts in (self._side_by_side, self._watches):
            if attempts is not None:
                attempts.close()
        if self._judge is not None:
            self._judge.close()


SESSION = pytest.StashKey[Session]()


def session_of(config: pytest.Config) -> Session:
    """Return what this process knows of its run."""
    return config.stash[SESSION]


def is_worker(config: pytest.Config) -> bool:
    """Return whether this process is one of xdist's workers."""
    return hasattr(config, "workerinput")


def is_controller(config: pytest.Config) -> bool:
    """Return whether this process only hands out work to xdist's workers."""
    return bool(getattr(config.option, "tx", None)) and not is_worker(config)


def is_judging(option: Any) -> bool:
    """Return whether the options name anything to judge."""
    return bool(option.batepapo_server_cmd or option.batepapo_server_addr or option.batepapo_client_cmd)


def fixture_of(clause: Clause) -> str:
    """Return the name of the fixture in which a check plays."""
    from batepapo.verdicts.clause import FIXTURES

    return FIXTURES[clause.of]


def arguments(item: pytest.Function) -> set[str]:
    """Return what the function of a check takes."""
    return set(inspect.signature(item.obj).parameters)
