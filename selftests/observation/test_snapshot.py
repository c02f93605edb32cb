"""One look at a program: at rest only where everything was seen, and nothing ran."""

from __future__ import annotations

import pytest

from batepapo.observation.quiescence import QuiescenceMonitor
from batepapo.observation.threads import Thread
from selftests.observation.zoo import Talk, forbid, python


@pytest.mark.parametrize("talk", [python("stuck.py", "flood")], indirect=True)
def test_a_client_that_does_not_read_on_purpose_is_ignored(talk: Talk) -> None:
    before = talk.settle(0.1, pump=False)
    for client in talk.clients:
        talk.silence.ignore(client.getsockname()[1])

    settled = talk.settle(pump=False)

    assert (before.kind, settled.kind) == ("window", "stalled")  # stalled: it has never read our first lines


@pytest.mark.parametrize("talk", [python("pipes.py")], indirect=True)
def test_processes_that_nobody_collects_do_not_matter(talk: Talk) -> None:
    talk.clients.pop().close()

    settled = talk.settle()

    assert settled.kind == "proof"


@pytest.mark.parametrize("talk", [python("relay.py")], indirect=True)
def test_without_the_system_calls_a_quiet_window_is_only_called_blocked(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    forbid(monkeypatch, "/syscall")
    silence = QuiescenceMonitor(talk.start.keeper_pid, talk.start.diag)
    watch = silence.begin(0.1)

    settled = talk.follow(watch)

    silence.close()
    assert settled.kind == "blocked"
    assert settled.detail.endswith("waits for cannot be read")
    assert settled.waited_s >= 0.1


@pytest.mark.parametrize("name", ["/schedstat", "/children", "/task"])
@pytest.mark.parametrize("talk", [python("relay.py")], indirect=True)
def test_without_the_run_counters_or_the_tree_only_the_window_is_left(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    forbid(monkeypatch, name)
    silence = QuiescenceMonitor(talk.start.keeper_pid, talk.start.diag)

    settled = talk.follow(silence.begin(0.05))

    silence.close()
    assert settled.kind == "window"
    assert settled.detail


@pytest.mark.parametrize("talk", [python("relay.py", "tick", "0.05")], indirect=True)
def test_without_the_memory_nothing_timed_is_proven(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    forbid(monkeypatch, "/mem")
    silence = QuiescenceMonitor(talk.start.keeper_pid, talk.start.diag)

    settled = talk.follow(silence.begin(0.1))

    silence.close()
    assert settled.kind in ("blocked", "window")
    assert settled.waited_s >= 0.1


@pytest.mark.parametrize("talk", [python("relay.py")], indirect=True)
def test_a_thread_that_was_woken_and_has_not_run_yet_is_not_at_rest(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Thread, "state", lambda thread: b"R")

    settled = talk.settle(0.05)

    assert settled.kind == "window"
