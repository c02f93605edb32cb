"""The table of options: one place, two commands, no name that another plugin could want."""

import argparse

import pytest

from batepapo.errors import UsageError
from batepapo.options import OPTIONS, address, find, seconds, selected, writable

KNOWN = {"CAST-1", "CAST-2", "DROP-1", "DROP-10", "JOIN-1"}
SHORT = {"server-cmd", "server-dir", "server-addr", "client-cmd", "client-dir", "build-cmd", "dialect", "results"}


def test_only_the_named_options_have_short_names_in_pytest():
    """All others begin with --chat-, out of the way of other plugins."""
    for option in OPTIONS:
        assert option.pytest_name == (f"--{option.name}" if option.name in SHORT else f"--chat-{option.name}")


def test_every_dest_begins_with_batepapo():
    """pytest's options are one name space for all plugins."""
    assert all(option.dest == "batepapo_" + option.name.replace("-", "_") for option in OPTIONS)


def test_no_name_is_there_twice():
    """Nor a part of one that argparse would take for another."""
    assert len({option.name for option in OPTIONS}) == len(OPTIONS)


def test_every_option_says_what_it_is_for():
    """In one line that does not begin with a capital and ends without a full stop, as argparse's own."""
    for option in OPTIONS:
        assert option.help
        assert not option.help.endswith(".")
        assert option.help[0].islower()


def test_every_option_is_one_of_argparse():
    """Flags take no value, the others take one, and a choice is checked."""
    parser = argparse.ArgumentParser()
    for option in OPTIONS:
        parser.add_argument(f"--{option.name}", **option.keywords())

    given = parser.parse_args(["--in-place", "--framing", "line", "--seed", "7"])

    assert (given.in_place, given.framing, given.seed, given.allow_remote) == (True, "line", "7", False)


def test_an_option_is_found_by_its_name():
    """As the issues and the protocol write it."""
    assert find("start-timeout").pytest_name == "--chat-start-timeout"


@pytest.mark.parametrize(("text", "value"), [(None, 10.0), ("1", 1.0), ("0.5", 0.5), ("1e2", 100.0)])
def test_seconds_are_a_positive_number(text, value):
    """Without the option it is the default."""
    assert seconds("start-timeout", text, 10.0) == value


@pytest.mark.parametrize("text", ["", "soon", "0", "-1", "inf", "nan", "10s"])
def test_other_seconds_are_refused_with_an_example(text):
    """The line names the option and the value."""
    with pytest.raises(UsageError, match=f"--start-timeout: '{text}' is no positive number of seconds.*10"):
        seconds("start-timeout", text, 10.0)


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("127.0.0.1:5555", ("127.0.0.1", 5555)),
        ("127.3.2.1:1", ("127.3.2.1", 1)),
        ("localhost:65535", ("localhost", 65535)),
        ("[::1]:5555", ("::1", 5555)),
        ("::1:5555", ("::1", 5555)),
    ],
)
def test_an_address_is_a_host_and_a_port(text, pair):
    """IPv6 with or without brackets."""
    assert address(text, allow_remote=False) == pair


@pytest.mark.parametrize("text", ["", "5555", ":5555", "host", "host:", "host:0", "host:65536", "host:x", "host:-1"])
def test_what_is_no_address_is_refused_with_an_example(text):
    """Also where other machines are allowed."""
    with pytest.raises(UsageError, match=r"is no HOST:PORT; write for example 127\.0\.0\.1:5555"):
        address(text, allow_remote=True)


@pytest.mark.parametrize("text", ["192.168.18.13:5555", "[2001:db8::1]:5555", "example.org:80", "0.0.0.0:5555"])
def test_another_machine_needs_leave(text):
    """A typing mistake must not send a load test to a stranger."""
    with pytest.raises(UsageError, match="is another machine; add --allow-remote"):
        address(text, allow_remote=False)

    assert address(text, allow_remote=True)[1] in (80, 5555)


@pytest.mark.parametrize(
    ("ids", "chosen"),
    [
        (None, None),
        ("DROP-1", {"DROP-1"}),
        ("drop-1, JOIN", {"DROP-1", "JOIN-1"}),
        ("DROP", {"DROP-1", "DROP-10"}),
        (" , ", set()),
    ],
)
def test_clauses_are_chosen_exactly_or_by_area(ids, chosen):
    """DROP-1 is not DROP-10; case and blanks do not matter."""
    assert selected(ids, KNOWN) == chosen


@pytest.mark.parametrize("ids", ["DROP-3", "DR", "CAST-1,NO", "DROP-"])
def test_an_unknown_clause_is_refused_with_the_areas(ids):
    """Even beside a known one."""
    with pytest.raises(UsageError, match="is no clause and no area; the areas are CAST, DROP, JOIN"):
        selected(ids, KNOWN)


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
