"""What is found out once for a run, before its first check, and shared by all of its processes."""

from __future__ import annotations

import fcntl
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from batepapo.detection.client_address import find_client_address, in_words, ipv4
from batepapo.detection.find_dialect import find_dialect
from batepapo.detection.find_framing import Found, find_framing
from batepapo.detection.habits import Habits, missing_features, reduced
from batepapo.detection.machine import machine_factor, versions
from batepapo.errors import ClientDidNotConnect, ProgramDidNotStart, ServerDidNotStart, UsageError
from batepapo.isolation.fast_clock import Library, library
from batepapo.isolation.runner import Runner
from batepapo.protocol.dialect import Dialect
from batepapo.protocol.dialect_file import builtin_names, by_port, default, load
from batepapo.protocol.framing import Framing
from batepapo.testbed.factory import Factory
from batepapo.testbed.server.room import Room
from batepapo.under_test.build import build
from batepapo.under_test.target import Target
from batepapo.verdicts.facts import Facts, StartFailure, store, stored
from batepapo.verdicts.results import cache_folder


@dataclass(frozen=True)
class Asked:
    """What the options ask of a survey beside the target.

    Args:
        seed: Everything random of the run follows from it.
        clock: "auto", "real" or "fast".
        included: Nobody named a server, and the one that comes with batepapo is judged.
    """

    seed: str
    clock: str = "auto"
    included: bool = False


def survey(runner: Runner, target: Target, asked: Asked, run_dir: Path) -> tuple[Facts, Factory]:
    """Return what is true of the run, found out by its first process, and what testbeds are made from.

    Args:
        runner: Where programs run.
        target: What is judged.
        asked: What else the options say.
        run_dir: A folder of this run's own, the same for all its processes.

    Raises:
        UsageError: What was asked for is not possible, or a client alone dials no dialect's port.
    """
    run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (run_dir / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        facts = stored(run_dir)
        if facts is None:
            facts = _Survey(runner, target, asked, run_dir).facts()
            store(facts, run_dir)
    return facts, _factory(runner, target, facts)


def _factory(runner: Runner, target: Target, facts: Facts) -> Factory:
    """Return what every process of the run makes its testbeds from."""
    return Factory(
        runner,
        replace(target, layers=tuple(map(Path, facts.layers))),
        target.dialect or reduced(load(facts.dialect), facts.not_offered),
        Framing(facts.framing),
        seed=facts.seed,
        machine_factor=facts.machine_factor,
        ports=facts.client_ports,
        dials_ipv4=facts.client_dials_ipv4,
        clock_library=Path(facts.clock_library) if facts.clock_library else None,
    )


class _Survey:
    """One survey; `_factory` and what is noted grow with what is found."""

    def __init__(self, runner: Runner, target: Target, asked: Asked, run_dir: Path) -> None:
        dialect = target.dialect or default()
        self._target = target
        self._asked = asked
        self._run_dir = run_dir
        self._factory = Factory(runner, target, dialect, Framing.RAW, seed=asked.seed, machine_factor=machine_factor())
        self._found = Found(dialect.framing, False, "not looked for")
        self._habits: Habits | None = None
        self._missing: tuple[str, ...] = ()
        self._view = ("in place" if target.in_place else "none", "")
        self._rooms: list[Room] = []

    def facts(self) -> Facts:
        """Find out what there is to find out."""
        fast = self._clock_library()
        start_error = self._find_out_server()
        server_runs = start_error is None and self._target.has_server
        client_facts = self._find_out_client(server_runs) if self._target.client is not None else {}
        target, factory, habits = self._factory.target, self._factory, self._habits
        attached = target.address is not None
        return Facts(
            command=_what_is_judged(target),
            folder=str(target.folder),
            dialect=factory.dialect.name,
            framing=self._found.framing.value,
            framing_observed=self._found.observed,
            evidence=(self._found.evidence, *(habits.evidence() if habits else ())),
            nobody_heard=habits is not None and habits.nobody_heard,
            died=habits.died if habits else (),
            not_offered=self._missing,
            network="the server's own" if attached else factory.runner.rung,
            network_why="" if attached else factory.runner.why,
            folder_view="the server's own" if attached else self._view[0],
            folder_view_why="" if attached else self._view[1],
            clock=self._clock_in_words(fast) if target.has_server else "real",
            clock_library=str(fast.path or ""),
            machine_factor=round(factory.machine_factor, 2),
            seed=self._asked.seed,
            versions=versions(),
            notes=self._notes(client_facts),
            included=self._asked.included,
            layers=tuple(map(str, target.layers)),
            start_error=start_error,
            **client_facts,
        )

    # ---- the server --------------------------------------------------------------------------

    def _find_out_server(self) -> StartFailure | None:
        """Build, start once so that one clear error is said before any check, and observe."""
        target = self._target
        try:
            if target.build is not None:
                layers = build(self._factory.runner, target.build, self._run_dir / "build")
                self._factory = replace(self._factory, target=replace(target, layers=layers))
            self._view = self._try_start()
            if target.has_server:
                self._observe()
                self._refuse_what_nobody_serves()
            if target.framing is not None:
                self._found = Found(target.framing, False, "asked for")
        except ProgramDidNotStart as failure:
            return StartFailure(failure.what, failure.seen, failure.hint)
        return None

    def _try_start(self) -> tuple[str, str]:
        """Start the server once; return which view it has of its folder, and why no better one."""
        if not self._target.has_server:
            return ("in place" if self._target.in_place else "a fresh view for each start"), ""
        server = self._factory.open_server()
        try:
            running = server.running
            return (running.view, running.view_why) if running else ("", "")
        finally:
            server.stop()

    def _observe(self) -> None:
        """Find the dialect, if nobody named it, and the framing, in one conversation each."""
        target = self._target
        if target.dialect is None:
            candidates = [load(name) for name in builtin_names()]
            nearest, self._found, self._habits = find_dialect(self._open_room, candidates)
            self._missing = missing_features(nearest, self._habits)
            self._factory = replace(self._factory, dialect=reduced(nearest, self._missing))
        elif target.framing is None:
            self._found = find_framing(self._open_room, target.dialect)

    def _open_room(self, dialect: Dialect, framing: Framing) -> Room:
        spoken = replace(self._factory, dialect=dialect, framing=framing)
        room = spoken.bare_room(f"{self._asked.seed}/observe")
        self._rooms.append(room)
        return room

    def _refuse_what_nobody_serves(self) -> None:
        """Say it once when a server that should run already let nobody in (a probe of its own could harm it)."""
        if self._target.address is not None and self._rooms and not any(room.users for room in self._rooms):
            raise ServerDidNotStart(
                "nothing accepts a connection at {}:{}".format(*self._target.address),
                hint="start the server first and leave it running; from WSL name the address of the Windows side",
            )

    # ---- the client --------------------------------------------------------------------------

    def _find_out_client(self, server_runs: bool) -> dict[str, Any]:
        """Return the facts of the client: what it dials and, where nothing else says it, by that the dialect.

        Raises:
            UsageError: Nobody names the dialect, and the port is no dialect's.
        """
        target = self._target
        known = target.dialect is not None or server_runs
        facts: dict[str, Any] = {"client_command": target.client.text if target.client else ""}
        facts["client_folder"] = str(target.client_folder)
        spoken = self._factory if known else replace(self._factory, dialect=default())
        try:
            dialled = find_client_address(spoken, dialect_is_known=known)
        except ProgramDidNotStart as failure:
            unseen = isinstance(failure, ClientDidNotConnect) and failure.unseen
            return {**facts, "client_error": StartFailure(failure.what, failure.seen, failure.hint, unseen)}
        ports = tuple(dict.fromkeys(one.port for one in dialled))
        if not known:
            self._factory = replace(self._factory, dialect=by_port(ports[0]))
        return {
            **facts,
            "client_ports": ports,
            "client_dials": in_words(dialled),
            "client_dials_ipv4": ipv4(dialled),
        }

    def _notes(self, client_facts: dict[str, Any]) -> tuple[str, ...]:
        """Return what the header says of the command lines and of the client's address."""
        server, client = self._target.server, self._target.client
        notes = [*(server.notes if server else ()), *(client.notes if client else ())]
        ports = client_facts.get("client_ports")
        if ports:
            notes.append(f"the client dials {client_facts['client_dials']}")
            if self._target.dialect is None and not self._target.has_server:
                dialect = self._factory.dialect.name
                notes.append(f"port {ports[0]} alone chose the dialect {dialect}; name another with --dialect")
        return tuple(dict.fromkeys(notes))

    # ---- the clock ---------------------------------------------------------------------------

    def _clock_library(self) -> Library:
        """Find the fast clock, or why the real one is used.

        Raises:
            UsageError: The fast one was asked for, and there is none.
        """
        named = self._target.dialect
        if self._asked.clock == "real" or (named and named.idle is None):
            return Library(None, "")
        attached = self._target.address is not None
        found = Library(None, "this server already ran") if attached else library(cache_folder(), self._run_dir)
        if self._asked.clock == "fast" and found.path is None:
            raise UsageError(f"--clock fast is not possible: {found.how}; leave it out, or write --clock real")
        return found

    def _clock_in_words(self, fast: Library) -> str:
        """Return the rung of the clock for the header."""
        rate = self._factory.rate
        if rate == 1.0 or not fast.how:
            return "real"
        if fast.path is None:
            return f"real ({fast.how})"
        return f"{rate:g} times as fast for the idle limit ({fast.how})"


def _what_is_judged(target: Target) -> str:
    if target.address is not None:
        return f"(already running at {_shown(target.address)})"
    return target.server.text if target.server else ""


def _shown(address: tuple[str, int]) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
