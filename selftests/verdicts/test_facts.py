"""The facts of a run: plain data, which survives a file and the versions before."""

import dataclasses
import json

import pytest

from batepapo.verdicts.facts import Facts, StartFailure, store, stored

FACTS = Facts(
    command="python3 server.py",
    evidence=("the framing", "a message reaches the others"),
    nobody_heard=True,
    died=("when somebody spoke", "it ended"),
    not_offered=("idle", "exit sair"),
    versions={"python": "3.12"},
    layers=("/tmp/build",),
    start_error=StartFailure("it ended", ("last words",), "look"),
    client_command="python3 client.py",
    client_ports=(5000, 5001),
    client_dials_ipv4=False,
    client_error=StartFailure("nowhere seen", unseen=True),
)


def test_facts_survive_a_record():
    """As JSON, where a tuple is a list."""
    assert Facts.from_record(json.loads(json.dumps(FACTS.as_record()))) == FACTS


def test_every_fact_of_the_example_differs_from_its_default_in_kind():
    """The test above would not see a kind of fact that the example leaves out."""
    kinds = {type(getattr(FACTS, each.name)) for each in dataclasses.fields(Facts)}

    assert {tuple, bool, str, float, dict, StartFailure} <= kinds


def test_keys_that_are_no_facts_are_left_out():
    """The line of a file has its own, and another version may have more."""
    record = {**FACTS.as_record(), "type": "run", "schema": 9, "began": "today", "weather": "fine"}

    assert Facts.from_record(record) == FACTS


def test_what_a_record_lacks_is_the_default():
    assert Facts.from_record({"command": "s"}) == Facts(command="s")


@pytest.mark.parametrize("unseen", [True, False])
def test_the_key_of_schema_1_is_read(unseen):
    """It was called `blind`."""
    old = {"client_error": {"what": "nowhere", "seen": ["row"], "hint": "look", "blind": unseen}}

    assert Facts.from_record(old).client_error == StartFailure("nowhere", ("row",), "look", unseen)


def test_a_failure_that_is_no_table_is_a_type_error():
    with pytest.raises(TypeError):
        Facts.from_record({"start_error": "it ended"})


def test_what_one_process_stores_another_reads(tmp_path):
    assert stored(tmp_path) is None

    store(FACTS, tmp_path)

    assert stored(tmp_path) == FACTS


FAILED = StartFailure("it ended")


@pytest.mark.parametrize(
    ("facts", "nothing"),
    [
        (Facts(command="s"), False),
        (Facts(command="s", start_error=FAILED), True),
        (Facts(client_command="c", client_error=FAILED), True),
        (Facts(command="s", client_command="c", client_error=FAILED), False),
        (Facts(command="s", client_command="c", start_error=FAILED), True),
    ],
    ids=["all came", "no server", "no client alone", "no client beside a server", "no server beside a client"],
)
def test_nothing_started_where_nothing_can_be_judged(facts, nothing):
    """A client that did not connect leaves the server to be judged."""
    assert facts.nothing_started is nothing
