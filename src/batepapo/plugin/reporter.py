"""Collects the verdicts in the process that owns the terminal: results file, status words, summary, exit status."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from batepapo.errors import UsageError
from batepapo.verdicts.clause import Clause

if TYPE_CHECKING:
    from batepapo.verdicts.results import Writer
    from batepapo.verdicts.verdict import Verdict

WORDS = {  # verdict: pytest's category, its letter, its word
    "pass": ("passed", ".", "PASS"),
    "fail": ("failed", "F", "FAIL"),
    "unstable": ("failed", "U", "UNSTABLE"),
    "blocked": ("skipped", "b", "BLOCKED"),
    "not_applicable": ("skipped", "-", "NOT APPLICABLE"),
    "harness_error": ("error", "E", "HARNESS ERROR"),
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
        self._facts: dict[str, Any] | None = None
        self._verdicts: list[Verdict] = []
        self._writer: Writer | None = None
        self._others_failed = False

    def announce(self, facts: dict[str, Any]) -> None:
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
        if self._verdicts:  # a worker crashed before any other told what is judged
            from batepapo.verdicts.results import as_record

            for verdict in self._verdicts:
                self._writer.write(as_record(verdict))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write a verdict at once; a check that never came to one is our error."""
        record = getattr(report, "batepapo", None)
        if record is None and not report.failed:
            return
        from batepapo.verdicts.results import as_record, from_record

        if record is not None:
            self.announce(report.batepapo_facts)
            verdict = from_record(record)
        else:
            lost = self._lost(report)
            if lost is None:
                self._others_failed = True
                return
            verdict = lost
        self._verdicts.append(verdict)
        if self._writer is not None:
            self._writer.write(as_record(verdict))

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
        return WORDS[record["verdict"]]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Turn the verdicts into the exit status (design.md, section 6)."""
        from batepapo.verdicts import verdict as exit_status_law

        if not self._verdicts or session.exitstatus not in (exit_status_law.OK, exit_status_law.BROKEN):
            return
        selected = {verdict.id for verdict in self._verdicts}
        status = exit_status_law.exit_status(
            self._verdicts,
            whole_selection=selected >= exit_status_law.DECIDES_THE_RUN,
            red_levels=exit_status_law.red_levels(self.should),
            client="CLIENT-2" in selected,
        )
        if status == exit_status_law.OK and self._nobody_heard():
            status = exit_status_law.BROKEN
        if self._nothing_started() and status != exit_status_law.INVALID:
            status = exit_status_law.NOT_STARTED
        session.exitstatus = max(status, exit_status_law.BROKEN) if self._others_failed else status

    def _nothing_started(self) -> bool:
        """Return whether nothing could be judged: no server, or no client where nothing else was asked for."""
        facts = self._facts or {}
        return bool(facts.get("start_error") or (facts.get("client_error") and not facts.get("command")))

    def _nobody_heard(self) -> bool:
        from batepapo.detection.find_dialect import nobody_heard

        return self._facts is not None and nobody_heard(self._facts["evidence"])

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """End the run with counts, remarks, rungs and where the results file is."""
        if not self._verdicts:
            return
        from batepapo.report import text

        terminalreporter.section("conformance", sep="=")
        for line in text.summary(self._verdicts, self._facts, self._writer.path if self._writer else None):
            terminalreporter.write_line(line)
        if self._nobody_heard():
            terminalreporter.write_line("no message was seen to reach anybody: name the dialect with --dialect")

    def pytest_unconfigure(self) -> None:
        """Finish the results file."""
        if self._writer is not None:
            self._writer.close()
