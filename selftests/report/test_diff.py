"""`batepapo diff A B` says which verdicts differ and what may explain it, and ends with a status of its own."""

import dataclasses

import pytest

from batepapo import cli
from batepapo.report import diff
from batepapo.verdicts.facts import Facts
from batepapo.verdicts.results import Writer
from batepapo.verdicts.verdict import BLOCKED, FAIL, NOT_APPLICABLE, PASS, UNSTABLE, Verdict

FACTS = Facts(
    command="python server.py",
    folder="/home/ana",
    dialect="sair",
    framing="raw",
    network="own",
    folder_view="overlay",
    clock="real",
    seed="one",
    versions={"batepapo": "0.1.0", "python": "3.13.0"},
)
GOOD = (Verdict("CAST-1", PASS), Verdict("CAST-10", PASS), Verdict("IDLE-1", NOT_APPLICABLE, reason="no idle limit"))


@pytest.fixture
def file(tmp_path):
    """Write a results file, and return its path."""

    def write(name, verdicts, **facts):
        writer = Writer(tmp_path / name)
        writer.run(dataclasses.replace(FACTS, **facts))
        for verdict in verdicts:
            writer.verdict(verdict)
        writer.close()
        return str(tmp_path / name)

    return write


def called(capsys, *files):
    """Call the command, and return its status, what it said, and its complaint."""
    status = cli.main(["diff", *files])
    said = capsys.readouterr()
    return status, said.out.splitlines(), said.err


def test_the_same_verdicts_are_one_line_and_status_0(file, capsys):
    """In whatever order they were heard; neither the seed, nor the machine, nor times are a difference."""
    slower = tuple(dataclasses.replace(verdict, seconds=3.0) for verdict in GOOD[::-1])
    a, b = file("a", GOOD), file("b", slower, seed="two", machine_factor=3.5)

    assert called(capsys, a, b) == (0, ["same verdicts of 3 clauses"], "")


def test_a_verdict_that_differs_is_told_with_both_and_the_first_line_of_why(file, capsys):
    """The reason of whoever did not pass, in the order in which people read clauses."""
    worse = (
        Verdict("CAST-10", UNSTABLE, reason="pass, then fail: bia hears 'oi'"),
        Verdict("CAST-1", FAIL, reason="bia hears 'oi'; instead: nothing\nand more"),
        GOOD[2],
    )

    assert called(capsys, file("a", GOOD), file("b", worse)) == (
        1,
        [
            "CAST-1       A pass, B FAIL",
            "             B: bia hears 'oi'; instead: nothing",
            "CAST-10      A pass, B UNSTABLE",
            "             B: pass, then fail: bia hears 'oi'",
            "2 verdicts differ, 1 are the same",
        ],
        "",
    )


def test_two_that_did_not_pass_are_told_with_two_reasons(file, capsys):
    a = file("a", [Verdict("CAST-1", FAIL, reason="nothing came")])
    b = file("b", [Verdict("CAST-1", BLOCKED, reason="blocked: the server did not start")])

    assert called(capsys, a, b)[1][:3] == [
        "CAST-1       A FAIL, B blocked",
        "             A: nothing came",
        "             B: blocked: the server did not start",
    ]


def test_a_clause_of_one_file_only_is_a_difference(file, capsys):
    """A run of a few clauses is not the same as a whole one."""
    status, said, _ = called(capsys, file("a", GOOD), file("b", [*GOOD[:1], Verdict("DROP-1", PASS)]))

    assert status == 1
    assert said == [
        "only in A    CAST-10 IDLE-1",
        "only in B    DROP-1",
        "0 verdicts differ, 1 are the same, 2 only in A, 1 only in B",
    ]


def test_a_header_that_differs_is_told_and_is_no_difference_of_verdicts(file, capsys):
    """Dialect, framing, clock and the rest may explain a verdict; by themselves they cost nothing."""
    a = file("a", GOOD)
    b = file(
        "b", GOOD, dialect="x", framing="line", clock="fast", not_offered=("idle", "joined"), versions={"batepapo": "2"}
    )

    assert called(capsys, a, b) == (
        0,
        [
            "dialect      A sair, B x",
            "not offered  A nothing, B idle, joined",
            "framing      A raw, B line",
            "clock        A real, B fast",
            "versions     A batepapo 0.1.0 python 3.13.0, B batepapo 2",
            "same verdicts of 3 clauses",
        ],
        "",
    )


def test_every_name_of_the_header_is_a_fact_of_a_run():
    """A fact that is renamed would be compared with nothing."""
    assert set(diff.HEADER) <= {field.name for field in dataclasses.fields(Facts)}


NO_RESULTS = {
    "nothing": (None, "cannot read it: No such file or directory"),
    "empty": (b"", "not a results file of schema 2 or older"),
    "prose": (b"CAST-1 pass\n", "not a results file: Expecting value"),
    "bytes": (b"\x89PNG\r\n\x1a\n\xff", "not a results file: it is not text"),
    "a list": (b"[1, 2]\n", "not a results file: a line is no JSON object"),
    "other fields": (
        b'{"type": "run"}\n{"type": "clause", "id": "CAST-1"}\n',
        "not a results file: a clause has other",
    ),
    "other words": (b'{"type": "run"}\n{"type": "clause", "id": "A-1", "verdict": "pass", "no": 1}\n', "other fields"),
}


@pytest.mark.parametrize("first", [True, False], ids=["A", "B"])
@pytest.mark.parametrize("what", NO_RESULTS)
def test_what_is_no_results_file_is_said_in_one_line_with_status_4(file, tmp_path, capsys, what, first):
    """The line names the file and what is wrong with it."""
    content, tells = NO_RESULTS[what]
    path, good = tmp_path / "no-results", file("good", GOOD)
    if content is not None:
        path.write_bytes(content)

    status, said, complaint = called(capsys, *((str(path), good) if first else (good, str(path))))

    assert (status, said) == (4, [])
    assert complaint.startswith(f"batepapo: {path}: ")
    assert tells in complaint
    assert len(complaint.splitlines()) == 1


def test_a_folder_is_no_results_file(tmp_path, file, capsys):
    assert (
        called(capsys, str(tmp_path), file("a", GOOD))[2] == f"batepapo: {tmp_path}: cannot read it: Is a directory\n"
    )


@pytest.mark.parametrize(("words", "tells"), [(["one"], "B"), (["a", "b", "c"], "c"), (["a", "b", "--", "-x"], "'-x'")])
def test_two_files_and_nothing_else_are_taken(words, tells, capsys):
    """One line and status 4, by argparse or by us."""
    try:
        status = cli.main(["diff", *words])
    except SystemExit as left:
        status = left.code
    complaint = capsys.readouterr().err

    assert status == 4
    assert len(complaint.splitlines()) == 1
    assert tells in complaint
