"""Collects the verdicts in the process that owns the terminal: results file, status words, summary, exit status."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from batepapo.errors import UsageError

if TYPE_CHECKING:
    from batepapo.verdicts.clause import Clause
    from batepapo.verdicts.facts import Facts
    from batepapo.verdicts.results import Writer
    from batepapo.verdicts.verdict import Verdict, Word

CATEGORIES: dict[Word, tuple[str, str]] = {  # verdict: pytest's category, and its letter
    "pass": ("passed", "."),
    "fail": ("failed", "F"),
    "unstable": ("failed", "U"),
    "blocked": ("skipped", "b"),
    "not_applicable": ("skipped", "-"),
    "harness_error": ("error", "E"),
}
NOT_RED = {  # level: the same for a breach that costs nothing
    "should": ("passed", "s", "SHOULD NOT"),
    "may": ("passed", "m", "REMARK"),
}


class Reporter:
    """A pytest plugin object; silent until a check reports.

    Args:
        clauses: Node id to clause, filled by the collection.
        results: The path of the results file, or None: in the cache folder.
        run_dir: What the processes of this run share.
        should: The value of the option of that name.
    """

    def __init__(
        self, clauses: dict[str, Clause], results: str | None, run_dir: Path, should: str | None = None
    ) -> None:
        self.results = results
        self.should = should
        self.run_dir = run_dir
        self._clauses = clauses
        self._facts: Facts | None = None
        self._verdicts: list[Verdict] = []
        self._writer: Writer | None = None
        self._others_failed = False

    def announce(self, facts: Facts) -> None:
        """Begin the results file with what is true of the whole run.

        Raises:
            pytest.UsageError: The file cannot be written.
        """
        if self._writer is not None:
            return
        from batepapo.verdicts.results import Writer, default_path

        try:
            self._writer = Writer(Path(self.results).absolute() if self.results else default_path())
        except UsageError as error:
            raise pytest.UsageError(str(error)) from error
        self._facts = facts
        self._writer.run(facts)
        for verdict in self._verdicts:  # a worker crashed before any other told what is judged
            self._writer.verdict(verdict)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write a verdict at once; a check that never came to one is our error."""
        record = getattr(report, "batepapo", None)
        if record is None and not report.failed:
            return
        if record is not None:
            self._announce_what_was_found()
            from batepapo.verdicts.results import from_record

            verdict = from_record(record)
        else:
            lost = self._lost(report)
            if lost is None:
                self._others_failed = True
                return
            verdict = lost
        self._verdicts.append(verdict)
        if self._writer is not None:
            self._writer.verdict(verdict)

    def _announce_what_was_found(self) -> None:
        """Take over from the process that found it out; where that is this one, it has been announced."""
        from batepapo.verdicts.facts import stored

        if self._writer is None and (facts := stored(self.run_dir)) is not None:
            self.announce(facts)

    def _lost(self, report: pytest.TestReport) -> Verdict | None:
        """Return the verdict of a check that crashed before it had one, or None for a test that is no check."""
        from batepapo.verdicts.verdict import HARNESS_ERROR, Verdict

        clause = self._clauses.get(report.nodeid)
        id = clause.id if clause else self._clauses_by_node().get(report.nodeid)
        if id is None:
            return None
        return Verdict(id, HARNESS_ERROR, reason=f"the check came to no verdict: {report.longreprtext[-2000:]}")

    def _clauses_by_node(self) -> dict[str, str]:
        try:
            from batepapo.plugin.xdist_scheduler import clauses_by_node
        except ImportError:  # no xdist, so nothing was collected elsewhere
            return {}
        return clauses_by_node(self.run_dir)

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Show the verdict, where there is one, instead of pytest's word."""
        record = getattr(report, "batepapo", None)
        if record is None:
            return None
        if report.passed and record["verdict"] in ("fail", "unstable"):
            return NOT_RED[record["level"]]
        from batepapo.report.text import LABELS

        return (*CATEGORIES[record["verdict"]], LABELS[record["verdict"]].upper())

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Turn the verdicts into the exit status (design.md, section 6)."""
        from batepapo.verdicts.exit_status import BROKEN, OK, exit_status, red_levels
        from batepapo.verdicts.facts import Facts

        if not self._verdicts or session.exitstatus not in (OK, BROKEN):
            return
        status = exit_status(self._verdicts, self._facts or Facts(), red_levels(self.should))
        session.exitstatus = max(status, BROKEN) if self._others_failed else status

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """End the run with counts, remarks, rungs and where the results file is."""
        if not self._verdicts:
            return
        from batepapo.report.text import summary

        terminalreporter.section("conformance", sep="=")
        for line in summary(self._verdicts, self._facts, self._writer.path if self._writer else None):
            terminalreporter.write_line(line)

    def pytest_unconfigure(self) -> None:
        """Finish the results file."""
        if self._writer is not None:
            self._writer.close()
