"""The exit status follows from verdicts and facts, never from a sentence."""

import pytest

from batepapo.report import text
from batepapo.verdicts.exit_status import BROKEN, INVALID, NOT_STARTED, OK, exit_status, red_levels
from batepapo.verdicts.facts import Facts, StartFailure
from batepapo.verdicts.verdict import BLOCKED, FAIL, HARNESS_ERROR, NOT_APPLICABLE, PASS, UNSTABLE, Verdict

WHOLE = {"CAST-1": PASS, "ECHO-1": NOT_APPLICABLE}


def verdicts(words):
    """One for each clause."""
    return [Verdict(id, word) for id, word in words.items()]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ({**WHOLE, "JOIN-1": NOT_APPLICABLE}, OK),
        ({**WHOLE, "JOIN-1": FAIL}, BROKEN),
        ({**WHOLE, "JOIN-1": UNSTABLE}, BROKEN),
        ({**WHOLE, "JOIN-1": BLOCKED}, BROKEN),
        ({**WHOLE, "CAST-1": FAIL, "JOIN-1": HARNESS_ERROR}, INVALID),
        ({"CAST-1": NOT_APPLICABLE, "ECHO-1": NOT_APPLICABLE, "JOIN-1": PASS}, BROKEN),
        ({"JOIN-1": PASS}, OK),
        ({"CLIENT-1": PASS}, OK),
        ({"CLIENT-1": PASS, "CLIENT-2": NOT_APPLICABLE}, BROKEN),
    ],
)
def test_the_exit_status_says_what_the_verdicts_mean(words, status):
    """A whole run in which no message was seen to arrive is no success."""
    assert exit_status(verdicts(words), Facts()) == status


def test_a_should_or_a_may_is_red_only_where_that_is_asked():
    """A MUST alone costs the exit status, unless the option says otherwise."""
    found = [
        *verdicts(WHOLE),
        Verdict("LISTEN-4", FAIL, level="should"),
        Verdict("JOIN-6", FAIL, level="may"),
    ]

    assert exit_status(found, Facts(), red_levels(None)) == OK
    assert exit_status(found, Facts(), red_levels("fail")) == BROKEN
    assert exit_status([*verdicts(WHOLE), Verdict("JOIN-6", FAIL, level="may")], Facts(), red_levels("fail")) == OK


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        (Facts(command="s", start_error=StartFailure("it ended")), NOT_STARTED),
        (Facts(client_command="c", client_error=StartFailure("it ended")), NOT_STARTED),
        (Facts(command="s", client_command="c", client_error=StartFailure("it ended")), OK),
        (Facts(command="s", nobody_heard=True), BROKEN),
    ],
)
def test_what_is_true_of_the_run_counts(facts, status):
    """Nothing started is a status of its own; that nobody heard anything is no success."""
    assert exit_status(verdicts(WHOLE), facts) == status


def test_our_own_error_is_stronger_than_a_server_that_never_started():
    """A run that is not valid says nothing of anybody."""
    facts = Facts(command="s", start_error=StartFailure("it ended"))

    assert exit_status(verdicts({"LISTEN-1": HARNESS_ERROR}), facts) == INVALID


def test_the_sentences_may_change_and_the_status_stays(monkeypatch):
    """What is said to people decides nothing: the same facts with other words, in any language."""
    facts = Facts(evidence=("eine Nachricht erreicht niemanden", "nichts"), nobody_heard=True)
    monkeypatch.setattr(text, "NOT_OFFERED", {})
    monkeypatch.setattr(text, "LABELS", dict.fromkeys(text.LABELS, "?"))

    assert exit_status(verdicts(WHOLE), facts) == BROKEN
    assert (
        exit_status(verdicts(WHOLE), Facts(evidence=("a message reaches nobody else", "its sender gets nothing"))) == OK
    )
