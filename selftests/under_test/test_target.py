"""What is judged, as the options say it: each value is good, or one line names it."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from batepapo.errors import UsageError
from batepapo.options import OPTIONS
from batepapo.protocol.dialect_file import load
from batepapo.protocol.framing import Framing
from batepapo.under_test.command import Command
from batepapo.under_test.target import Target, address, seconds


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


# ---- all options together --------------------------------------------------------------------


def options(**given):
    """The options of pytest, ours under their own names; what is not given is as without it."""
    return SimpleNamespace(**{option.dest: None for option in OPTIONS} | {f"batepapo_{k}": v for k, v in given.items()})


def test_without_options_there_is_nothing_to_judge(tmp_path):
    """What is not named is found out: the dialect and the framing."""
    target = Target.from_options(options(), tmp_path)

    assert (target.server, target.address, target.client, target.build, target.has_server) == (None,) * 4 + (False,)
    assert (target.dialect, target.framing, target.start_timeout_s) == (None, None, 10.0)
    assert (target.folder, target.client_folder) == (tmp_path, tmp_path)


def test_both_ways_to_name_a_server_are_refused(tmp_path):
    with pytest.raises(UsageError, match="--server-cmd and --server-addr: name one of them"):
        Target.from_options(options(server_cmd="./s", server_addr="127.0.0.1:5000"), tmp_path)


@pytest.mark.parametrize("option", ["server-dir", "client-dir"])
def test_a_folder_that_is_none_is_named_with_its_option(tmp_path, option):
    with pytest.raises(UsageError, match=rf"--{option}: nowhere is no folder; name the one with the program"):
        Target.from_options(options(**{option.replace("-", "_"): "nowhere"}), tmp_path)


@pytest.mark.parametrize("option", ["server-cmd", "client-cmd", "build-cmd"])
def test_quotes_that_do_not_match_are_named_with_their_option(tmp_path, option):
    given = {"server_cmd": "./s", option.replace("-", "_"): "python3 'server.py"}

    with pytest.raises(UsageError, match=rf"--{option}: .*No closing quotation; check its quotes"):
        Target.from_options(options(**given), tmp_path)


@pytest.mark.parametrize(
    ("asked", "framing"), [(None, None), ("auto", None), ("raw", Framing.RAW), ("length4", Framing.LENGTH4)]
)
def test_a_framing_is_asked_for_or_found(tmp_path, asked, framing):
    assert Target.from_options(options(framing=asked), tmp_path).framing is framing


def test_a_dialect_is_asked_for_by_name_or_found(tmp_path):
    assert Target.from_options(options(dialect="auto"), tmp_path).dialect is None
    assert Target.from_options(options(dialect="sair"), tmp_path).dialect == load("sair")


def test_a_dialect_that_is_none_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no dialect 'sari'"):
        Target.from_options(options(dialect="sari"), tmp_path)


def test_a_server_that_already_runs_is_judged_and_not_built(tmp_path):
    target = Target.from_options(options(server_addr="127.0.0.1:5000", build_cmd="make"), tmp_path)

    assert (target.has_server, target.address, target.server, target.build) == (True, ("127.0.0.1", 5000), None, None)


def test_the_client_is_where_the_server_is_unless_it_has_a_folder(tmp_path):
    (tmp_path / "s").mkdir()
    (tmp_path / "c").mkdir()
    both = {"server_cmd": "./s", "client_cmd": "./c", "server_dir": str(tmp_path / "s")}

    one = Target.from_options(options(**both), tmp_path)
    two = Target.from_options(options(**both, client_dir=str(tmp_path / "c")), tmp_path)

    assert (one.client_folder, one.client.folder) == (tmp_path / "s", tmp_path / "s")
    assert (two.client_folder, two.client.folder, two.server.folder) == (tmp_path / "c", tmp_path / "c", tmp_path / "s")


def test_what_is_built_is_built_where_the_server_is_or_else_the_client(tmp_path):
    """A build writes to layers, so it is never run in place."""
    (tmp_path / "c").mkdir()
    given = {"client_cmd": "./c", "client_dir": str(tmp_path / "c"), "build_cmd": "make", "in_place": True}

    alone = Target.from_options(options(**given), tmp_path)
    beside = Target.from_options(options(**given, server_cmd="./s"), tmp_path)

    assert (alone.build.folder, beside.build.folder) == (tmp_path / "c", tmp_path)
    assert (beside.build.in_place, beside.server.in_place, beside.client.in_place) == (False, True, True)


def test_the_client_sees_what_was_built_where_that_is_its_own():
    """In the server's folder, or in its own where there is no server."""
    layers = (Path("/built"),)
    server = Command("s", ("s",), Path("/s"), {})
    both = Target(server=server, layers=layers, folder=Path("/s"), client_folder=Path("/s"))

    assert both.client_layers == layers
    assert replace(both, client_folder=Path("/c")).client_layers == ()
    assert replace(both, client_folder=Path("/c"), server=None).client_layers == layers
