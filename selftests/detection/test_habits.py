"""What follows from what one conversation showed: what was not seen is left out of the dialect, and is not asked."""

import dataclasses

from batepapo.detection.habits import Habits, missing_features, reduced
from batepapo.protocol.dialect_file import load
from batepapo.report.text import in_words

EVERYTHING = Habits(
    relays=True,
    echoes=False,
    first_is_text=False,
    signed=True,
    joined=frozenset({"completo"}),
    left=frozenset({"completo"}),
    exit_words=frozenset({"TCHAU", "sair", "x"}),
    shows=True,
    operator=True,
    stops=True,
)
NOTHING = Habits(
    relays=False,
    echoes=False,
    first_is_text=False,
    signed=False,
    joined=frozenset(),
    left=frozenset(),
    exit_words=frozenset(),
)


def test_what_was_seen_is_asked():
    """Only the idle rule is left out."""
    assert missing_features(load("completo"), EVERYTHING) == ("idle",)


def test_what_was_not_seen_is_left_out_of_the_dialect():
    """No clause asks for it, and a person reads what it is."""
    completo = load("completo")

    missing = missing_features(completo, NOTHING)
    left = reduced(completo, missing)

    assert (
        left.features
        & {"joined", "left", "exit", "idle", "newcomer", "signed", "terminal", "operator", "operator-stop"}
        == set()
    )
    assert {"broadcast", "login"} <= left.features
    assert list(map(in_words, missing)) == [
        "notices of coming",
        "notices of going",
        "the exit word 'TCHAU'",
        "the exit word 'sair'",
        "the exit word 'x'",
        "the idle rule (too long to observe)",
        "the name in front of each message",
        "what is said at the server's terminal",
        "an operator who speaks",
        "a word that stops the server",
    ]


def test_a_dialect_of_which_everything_was_seen_stays_as_it_is():
    """Nothing to leave out, nothing left out."""
    assert reduced(load("sair"), ()) == load("sair")


def test_somebody_heard_where_anything_came():
    """An echo is heard by its sender, a relay by the others."""
    assert NOTHING.nobody_heard
    assert not EVERYTHING.nobody_heard
    assert not dataclasses.replace(NOTHING, echoes=True).nobody_heard
    assert not dataclasses.replace(NOTHING, relays=True).nobody_heard


def test_a_sender_that_got_its_copy_is_not_asked_to_get_nothing():
    """It is a habit of its own, and its clause is that of the copy."""
    habits = dataclasses.replace(EVERYTHING, echoes=True)

    missing = missing_features(load("completo"), habits)
    left = reduced(load("completo"), missing)

    assert "quiet-sender" in missing
    assert left.features & {"quiet-sender", "copy"} == {"copy"}


def test_a_server_that_writes_no_names_is_heard_without():
    """Its messages are found, and the name in front of them is not asked for."""
    left = reduced(load("operador"), ("signed",))

    assert left.said == (*load("operador").said, "{text}")
    assert "signed" not in left.features


def test_a_terminal_that_shows_nothing_is_not_asked():
    """The operator may be there all the same."""
    left = reduced(load("completo"), ("terminal",))

    assert left.features & {"terminal", "shows-traffic", "operator"} == {"operator"}
