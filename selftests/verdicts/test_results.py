"""The results file: what is written is what is read, and every line has what readers rely on."""

import json

import pytest

from batepapo.errors import UsageError
from batepapo.verdicts.facts import Facts
from batepapo.verdicts.results import Writer, as_record, from_record, read, writable
from batepapo.verdicts.verdict import FAIL, Attempt, Verdict

VERDICT = Verdict(
    "JOIN-1",
    FAIL,
    needs=("LISTEN-1",),
    reason="ana is told Joined('bia') within 2 s; instead: nothing",
    seconds=0.25,
    title="Everyone already in the room is told who joined.",
    attempts=(Attempt(FAIL, "ana is told", ("nothing",), ("0.001  ana → 'ana'",), ("listening",), ("a remark",), 0.1),),
)


def test_a_verdict_survives_the_file(tmp_path):
    """Everything that a report shows comes back from the file."""
    writer = Writer(tmp_path / "results.jsonl")
    writer.run(Facts(command="python server.py"))
    writer.verdict(VERDICT)
    writer.close()

    facts, verdicts = read(tmp_path / "results.jsonl")

    assert facts.command == "python server.py"
    assert verdicts == [VERDICT]


def test_a_clause_line_has_what_readers_rely_on():
    """The fields of design.md, section 8, in plain JSON."""
    record = json.loads(json.dumps(as_record(VERDICT)))

    assert record["type"] == "clause"
    assert {"id", "verdict", "level", "needs", "reason", "seconds"} <= set(record)
    assert from_record(record) == VERDICT


def test_lines_are_there_before_the_run_ends(tmp_path):
    """What was decided survives a kill."""
    writer = Writer(tmp_path / "results.jsonl")
    writer.run(Facts())
    writer.verdict(VERDICT)

    assert len((tmp_path / "results.jsonl").read_text().splitlines()) == 2
    writer.close()


@pytest.mark.parametrize("text", ["", "no json", '{"type": "clause"}', '{"type": "run", "schema": 99}'])
def test_what_is_no_results_file_is_refused_in_one_line(tmp_path, text):
    """The message names the file."""
    path = tmp_path / "results.jsonl"
    path.write_text(text)

    with pytest.raises(UsageError, match=r"results\.jsonl: not a results file"):
        read(path)


def test_a_path_that_cannot_be_written_is_refused_in_one_line(tmp_path):
    """The message names the option, the path and what would be right."""
    with pytest.raises(UsageError, match=r"--results: cannot write .* name a file"):
        Writer(tmp_path)


def test_what_was_in_a_file_survives_the_question_whether_it_can_be_written(tmp_path):
    """A run that is refused for another reason costs nobody the results of the last one."""
    path = tmp_path / "new" / "results.jsonl"

    writable("results", path)
    path.write_text("kept")
    writable("results", path)

    assert path.read_text() == "kept"


def test_a_file_that_cannot_be_written_is_refused(tmp_path):
    """The line names the option and the path."""
    with pytest.raises(UsageError, match=r"--results: cannot write .* name a file in a folder of yours"):
        writable("results", tmp_path)
