"""The table of options: one place, two commands, no name that another plugin could want."""

import argparse

from batepapo.options import OPTIONS

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
