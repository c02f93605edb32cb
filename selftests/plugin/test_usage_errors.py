"""What cannot work is refused before anything runs."""

import sys
from types import SimpleNamespace

import pytest

from batepapo.options import NO_RERUNS, OPTIONS
from batepapo.plugin.session import SESSION, Session
from batepapo.plugin.usage_errors import refuse_early


def config_of(folder, ini=None, **given):
    """pytest's configuration with some options set, on the command line or in an ini file."""
    values = {option.dest: None for option in OPTIONS} | {"collectonly": False} | given
    config = SimpleNamespace(option=SimpleNamespace(**values), stash={}, invocation_params=SimpleNamespace(dir=folder))

    def getini(name):
        if ini is None:  # no plugin has such a key
            raise ValueError(f"unknown configuration value: {name!r}")
        return ini.get(name)

    config.getini = getini
    config.stash[SESSION] = Session(config, "7", folder / "run")
    return config


def test_options_that_can_be_used_are_not_refused(tmp_path):
    """And are read once, for all who ask."""
    config = config_of(tmp_path, batepapo_server_cmd="./s", batepapo_results=str(tmp_path / "new" / "r.jsonl"))

    refuse_early(config)

    target = config.stash[SESSION].target
    assert target.server.argv == ("./s",)
    assert config.stash[SESSION].read_target() is target


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"batepapo_server_cmd": "'"}, "--server-cmd: .* check its quotes"),
        ({"batepapo_dialect": "sari"}, "no dialect 'sari'"),
        ({"batepapo_start_timeout": "soon"}, "--start-timeout: 'soon'"),
    ],
)
def test_an_option_that_cannot_be_used_is_an_error_of_usage(tmp_path, given, says):
    """Of pytest's class, so that the exit status is 4 and there is no traceback."""
    with pytest.raises(pytest.UsageError, match=says):
        refuse_early(config_of(tmp_path, **given))


def test_results_that_cannot_be_written_are_refused_before_the_run(tmp_path):
    with pytest.raises(pytest.UsageError, match="--results: cannot write"):
        refuse_early(config_of(tmp_path, batepapo_results=str(tmp_path)))


def test_who_only_collects_writes_no_results(tmp_path):
    path = tmp_path / "r.jsonl"

    refuse_early(config_of(tmp_path, batepapo_results=str(path), collectonly=True))

    assert not path.exists()


@pytest.mark.parametrize("name", ["reruns", "retries"])
@pytest.mark.parametrize("place", ["option", "ini"])
def test_reruns_are_refused_wherever_they_are_asked_for(tmp_path, name, place):
    """On the command line, or in an ini file that nobody thinks of."""
    config = config_of(tmp_path, **{name: 2}) if place == "option" else config_of(tmp_path, {name: "2"})

    with pytest.raises(pytest.UsageError) as error:
        refuse_early(config)

    assert str(error.value) == NO_RERUNS


@pytest.mark.parametrize("value", ["", "0", None])
def test_no_reruns_in_an_ini_file_are_none(tmp_path, value):
    refuse_early(config_of(tmp_path, {"reruns": value}, reruns=0))


def test_native_windows_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "win32")

    with pytest.raises(pytest.UsageError, match="no pseudo-terminals; use WSL2"):
        refuse_early(config_of(tmp_path))
