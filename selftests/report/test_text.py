"""What a run shows: the block of a failure, the header, and the summary."""

import dataclasses

import pytest

from batepapo.report.text import LABELS, block, header, in_reading_order, in_words, start_failure, summary
from batepapo.verdicts.facts import Facts, StartFailure
from batepapo.verdicts.verdict import (
    BLOCKED,
    FAIL,
    HARNESS_ERROR,
    MAY,
    NOT_APPLICABLE,
    PASS,
    SHOULD,
    UNSTABLE,
    WORDS,
    Attempt,
    Verdict,
)

ATTEMPT = Attempt(FAIL, "bia hears 'oi' within 2 s", conversation=("0.001  ana → 'oi'",), output=("listening",))
VERDICT = Verdict("CAST-1", FAIL, title="Everyone hears it.", advice="The relay loop.", attempts=(ATTEMPT, ATTEMPT))
FACTS = Facts(
    command="python3 server.py",
    dialect="sair",
    framing="raw",
    framing_observed=True,
    evidence=("'ana' had an effect", "a message reaches the others", "nobody is told who left"),
    network="own",
    folder_view="overlay",
    clock="real",
    seed="7",
)
DIED = ("when somebody said 'sair'", "it ended (exit status 3)", "Traceback", "ValueError: boom")


def with_attempts(word, *attempts):
    """The verdict of some attempts."""
    return dataclasses.replace(VERDICT, word=word, attempts=attempts)


# ---- the block of a failure ------------------------------------------------------------------


def test_a_block_says_what_was_expected_heard_and_printed_and_where_to_look():
    """One attempt is shown: the second said the same."""
    assert block(VERDICT).splitlines() == [
        "FAIL  CAST-1  Everyone hears it.",
        "  expected      bia hears 'oi' within 2 s",
        "  heard         nothing",
        "  conversation  0.001  ana → 'oi'",
        "  your server   listening",
        "  look at       The relay loop.",
    ]


@pytest.mark.parametrize(
    ("program", "says"), [("server", "the server did not start"), ("client", "the client did not connect")]
)
def test_a_program_that_never_came_is_named(program, says):
    """A client that does not connect is no server that did not start; what happened is said once, at the end."""
    never = Attempt(FAIL, program=program, started=False)

    assert block(with_attempts(FAIL, never, never)).splitlines() == [
        "FAIL  CAST-1  Everyone hears it.",
        f"  {says}; what happened stands at the end",
    ]


def test_the_output_of_a_client_is_called_that_of_the_client():
    assert "\n  your client   (printed nothing)" in block(with_attempts(FAIL, Attempt(FAIL, program="client")))


def test_an_unstable_verdict_shows_each_attempt_that_did_not_pass():
    """And says in which order the two answers came."""
    shown = block(with_attempts(UNSTABLE, Attempt(BLOCKED, "the first"), Attempt(FAIL, "the second")))

    assert "attempts      blocked, then fail: the same check, on a fresh server each time" in shown
    assert shown.index("expected      the first") < shown.index("expected      the second")
    assert block(with_attempts(UNSTABLE, Attempt(FAIL, "it"), Attempt(PASS))).count("expected") == 1


def test_a_harness_error_accuses_nobody():
    assert "our fault     this says nothing about your server" in block(
        with_attempts(HARNESS_ERROR, Attempt(HARNESS_ERROR))
    )


# ---- the header ------------------------------------------------------------------------------


def test_the_header_says_what_is_judged_and_on_which_rungs():
    assert header(FACTS) == [
        "batepapo: judging `python3 server.py`",
        "batepapo: dialect sair, framing raw (seen)",
        "batepapo: network own, folder overlay, clock real, machine factor 1, seed 7",
    ]


def test_server_and_client_are_judged_together():
    assert header(dataclasses.replace(FACTS, client_command="c"))[0].endswith("`python3 server.py` and the client `c`")


def test_a_lower_rung_has_its_reason_beside_it():
    """For the network and for the folder: somebody may want to change that."""
    lower = dataclasses.replace(
        FACTS, network="shared", network_why="own: not root", folder_view="copy", folder_view_why="no overlay"
    )

    assert "network shared (own: not root), folder copy (no overlay), clock" in header(lower)[2]


def test_a_framing_that_was_not_seen_says_why():
    guessed = dataclasses.replace(FACTS, framing_observed=False)

    assert "framing raw ('ana' had an effect)" in header(guessed)[1]
    assert "framing raw (not observed)" in header(dataclasses.replace(guessed, evidence=()))[1]


def test_what_is_not_offered_is_said_with_what_was_seen():
    """In words, not by the keys of the record; without any, the evidence is not shown."""
    lines = header(dataclasses.replace(FACTS, not_offered=("left", "exit sair", "idle")))

    assert lines[3:] == [
        "batepapo: seen in one conversation: a message reaches the others; nobody is told who left",
        "batepapo: NOT OFFERED, so not asked: notices of going; the exit word 'sair'; "
        "the idle rule (too long to observe)",
    ]


def test_an_exit_word_may_be_any_word():
    """Also one that is a key of a notice."""
    assert in_words("exit joined") == "the exit word 'joined'"
    assert in_words("joined") == "notices of coming"


def test_a_server_that_died_while_it_was_observed_is_said_with_its_last_words():
    assert header(dataclasses.replace(FACTS, died=DIED))[3:] == [
        "batepapo: THE SERVER DIED while it was observed, when somebody said 'sair': it ended (exit status 3)",
        "batepapo:     Traceback",
        "batepapo:     ValueError: boom",
    ]


# ---- the summary -----------------------------------------------------------------------------


def test_the_summary_is_ordered_by_level_then_word_then_clause():
    """What costs most is read first; CAST-2 stands before CAST-10."""
    verdicts = [
        Verdict("JOIN-6", FAIL, MAY, reason="r"),
        Verdict("LISTEN-4", FAIL, SHOULD, reason="r"),
        Verdict("CAST-10", FAIL, reason="r"),
        Verdict("CAST-2", FAIL, reason="r"),
        Verdict("CAST-3", BLOCKED, reason="r"),
        Verdict("DROP-1", UNSTABLE, reason="r"),
        Verdict("CAST-1", PASS),
    ]

    counts, *lines = summary(verdicts, None, None)

    assert counts == "1 pass, 2 FAIL, 1 FAIL (should), 1 FAIL (may), 1 UNSTABLE, 1 blocked"
    assert [line.split()[-2] for line in lines] == ["CAST-2", "CAST-10", "DROP-1", "CAST-3", "LISTEN-4", "JOIN-6"]


def test_clauses_are_read_by_area_and_number():
    """A course's ids need no number."""
    ids = [Verdict(id, PASS) for id in ("CAST-10", "CAST-9", "SALA", "CAST-1")]

    assert [one.id for one in sorted(ids, key=in_reading_order)] == ["SALA", "CAST-1", "CAST-9", "CAST-10"]


def test_reasons_and_remarks_stand_once_with_all_their_clauses():
    remark = (Attempt(PASS, remarks=("in other words",)),)
    verdicts = [
        Verdict("IDLE-2", NOT_APPLICABLE, reason="no idle limit"),
        Verdict("IDLE-1", NOT_APPLICABLE, reason="no idle limit"),
        Verdict("JOIN-1", PASS, attempts=remark),
        Verdict("LEAVE-1", PASS, attempts=remark),
    ]

    assert summary(verdicts, None, None)[1:] == [
        "not applicable: no idle limit: IDLE-1 IDLE-2",
        "remark: in other words (JOIN-1 LEAVE-1)",
    ]


def test_a_server_that_never_started_is_said_once_instead_of_every_clause():
    facts = dataclasses.replace(FACTS, start_error=StartFailure("it ended", ("boom",), "look"))

    lines = summary([Verdict("CAST-1", FAIL, reason="never"), Verdict("CAST-2", FAIL, reason="never")], facts, None)

    assert lines[:5] == [
        "2 FAIL",
        "the server did not start: it ended",
        "its last output:",
        "    boom",
        "try: look",
    ]
    assert not any("never" in line for line in lines)


def test_a_client_that_never_connected_hides_no_clause_of_the_server():
    """The server was judged."""
    facts = dataclasses.replace(FACTS, client_command="c", client_error=StartFailure("it ended"))

    lines = summary([Verdict("CAST-1", FAIL, reason="nothing came")], facts, None)

    assert lines[1:4] == [
        "the client did not connect: it ended",
        "it printed nothing",
        "FAIL      CAST-1    nothing came",
    ]


def test_a_failure_to_start_without_a_hint_ends_with_the_output():
    assert start_failure(StartFailure("it ended", ("last",)), "client") == [
        "the client did not connect: it ended",
        "its last output:",
        "    last",
    ]


def test_a_long_reason_is_one_line_of_200_letters():
    line = summary([Verdict("CAST-1", FAIL, reason="nothing\ncame " + "x" * 300)], None, None)[1]

    assert line.startswith("FAIL      CAST-1    nothing came xxx")
    assert len(line) == len("FAIL      CAST-1    ") + 200
    assert line.endswith("…")


def test_a_run_ends_with_where_its_results_are_and_that_nobody_heard_anything(tmp_path):
    lines = summary([Verdict("CAST-1", PASS)], dataclasses.replace(FACTS, nobody_heard=True), tmp_path / "r.jsonl")

    assert lines[-2:] == [
        f"results: {tmp_path}/r.jsonl",
        "no message was seen to reach anybody: name the dialect with --dialect",
    ]


def test_a_run_of_nothing_decided_nothing():
    assert summary([], None, None) == ["nothing was decided"]


def test_every_verdict_has_its_label():
    assert set(LABELS) == set(WORDS)
