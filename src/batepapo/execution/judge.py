"""One run: what is judged and where, found out once, and the way from a check to its verdict."""

from __future__ import annotations

import dataclasses
import fcntl
import json
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batepapo import options
from batepapo.detection import find_dialect
from batepapo.errors import ClientDidNotConnect, ProgramDidNotStart, ServerDidNotStart, UsageError
from batepapo.execution.attempt import run_check
from batepapo.isolation.fast_clock import FastClock, Library, library, rate_for
from batepapo.isolation.runner import Runner
from batepapo.protocol.dialect import FEATURES, Dialect, builtin_names, by_port, load
from batepapo.protocol.framing import Framing
from batepapo.testbed.base import Testbed
from batepapo.testbed.server.room import Room
from batepapo.testbed.server.room_base import AnyServer
from batepapo.under_test import reference_programs
from batepapo.under_test.server import AttachedServer, Command, ServerUnderTest, build
from batepapo.verdicts.clause import CLIENT, PAIR, SERVER, Clause
from batepapo.verdicts.results import cache_folder
from batepapo.verdicts.verdict import BLOCKED, FAIL, NOT_APPLICABLE, PASS, Attempt, Verdict, combine

if TYPE_CHECKING:
    from batepapo.testbed.factory import ClientSide

CHECK_LIMIT_S = 20.0  # no check takes longer (design.md, section 3)
START_TIMEOUT_S = 10.0
ATTEMPTS = 2

Check = Callable[[Any], None]


@dataclasses.dataclass(frozen=True)
class Facts:
    """What is true of the whole run; in JSON types, so that workers and the results file share it."""

    command: str
    folder: str
    dialect: str
    framing: str
    framing_observed: bool
    evidence: tuple[str, ...]
    not_offered: tuple[str, ...]
    network: str
    network_why: str
    folder_view: str
    clock: str
    machine_factor: float
    seed: str
    versions: dict[str, str]
    notes: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    clock_library: str = ""
    included: bool = False
    start_error: dict[str, Any] | None = None
    client_command: str = ""
    client_folder: str = ""
    client_ports: tuple[int, ...] = ()
    client_dials: str = ""
    client_error: dict[str, Any] | None = None


def machine_factor() -> float:
    """Return how slow this machine is: the median of five starts of Python over 10 ms, from 1 to 8.

    Without `site` (-S): what is installed beside us, 25 ms in a full environment, says nothing about the machine.
    """
    times = []
    for _ in range(5):
        began_s = time.perf_counter()
        subprocess.run([sys.executable, "-I", "-S", "-c", "pass"], check=True)
        times.append(time.perf_counter() - began_s)
    return min(8.0, max(1.0, statistics.median(times) / 0.010))


class Judge:
    """Hears checks. One for each pytest process; what is found out once is shared through `run_dir`.

    Args:
        option: pytest's options.
        invoked_in: The folder that the run was called in: where the command runs unless `--server-dir` says otherwise.
        run_dir: A folder of this run's own, the same for all its processes.
    """

    def __init__(self, option: Any, invoked_in: Path, run_dir: Path) -> None:
        self._option = option
        self._run_dir = run_dir
        run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = Path(option.batepapo_server_dir or invoked_in).absolute()
        self._start_timeout_s = options.seconds("start-timeout", option.batepapo_start_timeout, START_TIMEOUT_S)
        self._address = (
            options.address(option.batepapo_server_addr, allow_remote=option.batepapo_allow_remote)
            if option.batepapo_server_addr
            else None
        )
        asked = option.batepapo_dialect or "auto"
        self._asked = load(asked) if asked != "auto" else None
        self._command = (
            Command.parse(option.batepapo_server_cmd, self._folder, in_place=option.batepapo_in_place)
            if option.batepapo_server_cmd and not self._address
            else None
        )
        self._client_folder = Path(option.batepapo_client_dir or self._folder).absolute()
        self._client_command = (
            Command.parse(option.batepapo_client_cmd, self._client_folder, in_place=option.batepapo_in_place)
            if option.batepapo_client_cmd
            else None
        )
        self._client: ClientSide | None = None
        self._layers: tuple[Path, ...] = ()
        self._factor = 1.0
        self._usual_start_s = 0.0
        self._observed: list[Room] = []
        self._dialled = ""
        self.runner = Runner()
        self.dialect: Dialect = self._asked or load("completo")
        self.framing = Framing.RAW
        self.facts = self._find_out_once()

    def close(self) -> None:
        """End what is left running."""
        self.runner.close()

    @property
    def one_at_a_time(self) -> bool:
        """Whether two servers cannot run beside each other."""
        return self.attached or self.facts.network == "shared"

    @property
    def judges(self) -> frozenset[str]:
        """What of a pair was named: the server, the client, or both."""
        server = [SERVER] if self._command or self._address else []
        return frozenset(server + ([CLIENT] if self._client_command else []))

    @property
    def attached(self) -> bool:
        """Whether the server under test was not started by us."""
        return self._address is not None

    # ---- found out once ----------------------------------------------------------------------

    def _find_out_once(self) -> Facts:
        path = self._run_dir / "facts.json"
        with (self._run_dir / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if path.exists():
                return self._take_over(json.loads(path.read_text("utf-8")))
            facts = self._find_out()
            path.write_text(json.dumps(dataclasses.asdict(facts)), "utf-8")
            return facts

    def _take_over(self, record: dict[str, Any]) -> Facts:
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in record.items()}
        facts = Facts(**values)
        self._factor = facts.machine_factor
        self._layers = tuple(map(Path, facts.layers))
        self.framing = Framing(facts.framing)
        self.dialect = self._asked or find_dialect.reduced(load(facts.dialect), facts.not_offered)
        self._client = self._client_side()
        return facts

    def _find_out(self) -> Facts:
        self._factor = machine_factor()
        fast = self._find_clock()
        error: dict[str, Any] | None = None
        found = find_dialect.Found(self.dialect.framing, False, "not looked for")
        evidence: list[str] = []
        missing: tuple[str, ...] = ()
        view = "in place" if self._option.batepapo_in_place else "none"
        try:
            if self._option.batepapo_build_cmd and not self._address:
                folder = self._folder if self._command else self._client_folder
                build_command = Command.parse(self._option.batepapo_build_cmd, folder)
                self._layers = build(self.runner, build_command, self._run_dir / "build")
            view = self._try_start()
            if self._asked is None and SERVER in self.judges:
                candidates = [load(name) for name in builtin_names()]
                nearest, found, habits = find_dialect.find_dialect(self._open_room, candidates)
                evidence, missing = habits.evidence(), find_dialect.missing_features(nearest, habits)
                self.dialect = find_dialect.reduced(nearest, missing)
            asked_framing = self._option.batepapo_framing or "auto"
            if asked_framing != "auto":
                found = find_dialect.Found(Framing(asked_framing), False, "asked for")
            elif self._asked is not None and SERVER in self.judges:
                found = find_dialect.find_framing(self._open_room, self.dialect)
            self._refuse_what_nobody_serves()
        except ProgramDidNotStart as failure:
            error = {"what": failure.what, "seen": list(failure.seen), "hint": failure.hint}
        self.framing = found.framing
        ports, client_error = self._find_out_client(server_runs=error is None and SERVER in self.judges)
        notes = tuple(dict.fromkeys((*(self._command.notes if self._command else ()), *self._client_notes(ports))))
        return Facts(
            command=self._command.text
            if self._command
            else f"(already running at {self._option.batepapo_server_addr})"
            if self._address
            else "",
            client_command=self._client_command.text if self._client_command else "",
            client_folder=str(self._client_folder) if self._client_command else "",
            client_ports=ports,
            client_dials=self._dialled,
            client_error=client_error,
            folder=str(self._folder),
            dialect=self.dialect.name,
            framing=found.framing.value,
            framing_observed=found.observed,
            evidence=(found.evidence, *evidence),
            not_offered=missing,
            network="the server's own" if self.attached else self.runner.rung,
            network_why="" if self.attached else self.runner.why,
            folder_view="the server's own" if self.attached else view,
            clock=self._clock_in_words(fast) if SERVER in self.judges else "real",
            clock_library=str(fast.path or ""),
            machine_factor=round(self._factor, 2),
            seed=self._option.batepapo_seed,
            versions={
                "batepapo": _version(),
                "python": platform.python_version(),
                "system": f"{platform.system()} {platform.release()}",
            },
            notes=notes,
            included=bool(getattr(self._option, "batepapo_included", False)),
            layers=tuple(map(str, self._layers)),
            start_error=error,
        )

    def _client_side(self) -> ClientSide | None:
        if self._client_command is None:
            return None
        from batepapo.testbed.factory import ClientSide  # it brings a terminal emulator, and most runs judge a server

        asked_framing = self._option.batepapo_framing or "auto"
        return ClientSide(
            self.runner,
            self._client_command,
            layers=self._layers if self._client_folder == self._folder or not self._command else (),
            framing=Framing(asked_framing) if asked_framing != "auto" else None,
            machine_factor=self._factor,
            start_timeout_s=self._start_timeout_s,
        )

    def _find_out_client(self, *, server_runs: bool) -> tuple[tuple[int, ...], dict[str, Any] | None]:
        """Find out what the client dials and, where nothing else says it, by that the dialect.

        Raises:
            UsageError: Nobody names the dialect, and the port is no dialect's.
        """
        self._client = self._client_side()
        if self._client is None:
            return (), None
        known = self._asked or (self.dialect if server_runs else None)
        try:
            dialled = self._client.find_out(known, f"{self._option.batepapo_seed}/dials")
        except ProgramDidNotStart as failure:
            blind = isinstance(failure, ClientDidNotConnect) and failure.blind
            return (), {"what": failure.what, "seen": list(failure.seen), "hint": failure.hint, "blind": blind}
        ports = tuple(dict.fromkeys(one.port for one in dialled))
        self._dialled = ", ".join(map(str, dialled))
        if known is None:
            self.dialect = by_port(ports[0])
        return ports, None

    def _client_notes(self, ports: tuple[int, ...]) -> tuple[str, ...]:
        if self._client_command is None:
            return ()
        notes = list(self._client_command.notes)
        if ports:
            notes.append(f"the client dials {self._dialled}")
        if ports and self._asked is None and SERVER not in self.judges:
            notes.append(f"port {ports[0]} alone chose the dialect {self.dialect.name}; name another with --dialect")
        return tuple(notes)

    def _find_clock(self) -> Library:
        """Find the fast clock, or why the real one is used.

        Raises:
            UsageError: The fast one was asked for, and there is none.
        """
        asked = self._option.batepapo_clock or "auto"
        if asked == "real" or (self._asked and self._asked.idle is None):
            return Library(None, "")
        found = Library(None, "this server already ran") if self.attached else library(cache_folder(), self._run_dir)
        if asked == "fast" and found.path is None:
            raise UsageError(f"--clock fast is not possible: {found.how}; leave it out, or write --clock real")
        return found

    def _clock_in_words(self, fast: Library) -> str:
        """Return the rung of the clock for the header."""
        if self._rate == 1.0 or not fast.how:
            return "real"
        if fast.path is None:
            return f"real ({fast.how})"
        return f"{self._rate:g} times as fast for the idle limit ({fast.how})"

    @property
    def _rate(self) -> float:
        return rate_for(self.dialect.idle.seconds) if self.dialect.idle else 1.0

    def _try_start(self) -> str:
        """Start the server once, so that one clear error is said before any check; return its view of its folder."""
        if SERVER not in self.judges:
            return self._client_view()
        server = self._open_server()
        try:
            return server.running.view if server.running else ""
        finally:
            server.stop()

    def _client_view(self) -> str:
        return "in place" if self._option.batepapo_in_place else "a fresh view for each start"

    def _open_room(self, dialect: Dialect, framing: Framing) -> Room:
        room = self._make_room(dialect, framing, f"{self._option.batepapo_seed}/observe", CHECK_LIMIT_S)
        self._observed.append(room)
        return room

    def _refuse_what_nobody_serves(self) -> None:
        """Say it once when a server that should run already let nobody in (a probe of its own could harm it)."""
        if self._address is not None and self._observed and not any(room.users for room in self._observed):
            raise ServerDidNotStart(
                "nothing accepts a connection at {}:{}".format(*self._address),
                hint="start the server first and leave it running; from WSL name the address of the Windows side",
            )

    # ---- attempt -----------------------------------------------------------------------------

    def fast_clock(self) -> FastClock | None:
        """Return a fast clock for one start of the server, or None where only the real one is."""
        path = self.facts.clock_library
        return FastClock(Path(path), self._rate) if path and self._rate > 1.0 else None

    def testbed(self, clause: Clause, attempt: int) -> Testbed:
        """Return where one attempt of a check plays: a room of a server, or terminals of a client."""
        seed, ports = f"{self._option.batepapo_seed}/{clause.id}/{attempt}", self.facts.client_ports
        if clause.of == CLIENT and self._client is not None:
            return self._client.terminals(self.dialect, ports, seed, CHECK_LIMIT_S)
        if clause.of == PAIR and self._client is not None:
            from batepapo.testbed.factory import PairOf

            furnish = PairOf(self._server_of_a_pair, self.framing, self._command is not None, self._dials_ipv4)
            return self._client.pair(self.dialect, ports, seed, CHECK_LIMIT_S, furnish)
        return self.room(clause, attempt)

    def room(self, clause: Clause, attempt: int, fast: FastClock | None = None) -> Room:
        """Return an unopened room for one attempt of a check, on a fast clock if one is given."""
        limit_s = CHECK_LIMIT_S
        if clause.watch and self.dialect.idle is not None:
            limit_s = 5 / 3 * self.dialect.idle.seconds / (fast.rate if fast else 1.0) + 10
        seed = f"{self._option.batepapo_seed}/{clause.id}/{attempt}"
        room = self._make_room(self.dialect, self.framing, seed, limit_s, fast)
        room.may_fence = not clause.watch  # a fence speaks, and speaking starts the idle limit again
        return room

    def _make_room(
        self, dialect: Dialect, framing: Framing, seed: str, limit_s: float, fast: FastClock | None = None
    ) -> Room:
        return Room(
            dialect,
            framing,
            self._open_server,
            seed=seed,
            machine_factor=self._factor,
            time_limit_s=limit_s,
            strict_text=self._option.batepapo_strict_text,
            clock=fast,
        )

    def _open_server(self, *, stdin_is_terminal: bool = True, clock: FastClock | None = None) -> AnyServer:
        if self._address is not None:
            return AttachedServer(self._address, machine_factor=self._factor)
        if self._command is None:
            raise ServerDidNotStart("no server was named", hint="add --server-cmd or --server-addr")
        server = ServerUnderTest.start_command(
            self.runner,
            self._command,
            port_hint=self.dialect.port,
            start_timeout_s=self._start_timeout_s,
            machine_factor=self._factor,
            layers=self._layers,
            stdin_is_terminal=stdin_is_terminal,
            answers=self.dialect.server_answers,
            clock=clock,
            usual_s=self._usual_start_s,
        )
        self._usual_start_s = min(self._usual_start_s or server.took_s, server.took_s)
        return server

    @property
    def _dials_ipv4(self) -> bool:
        """Whether the client finds our reference servers, which listen on IPv4."""
        return any(not address.startswith("[") for address in self.facts.client_dials.split(", "))

    def _server_of_a_pair(self, command: Command | None) -> ServerUnderTest:
        """Start the server under test or, given its command, a reference server."""
        command = command or self._command
        if command is None:
            raise ServerDidNotStart("no server was named", hint="add --server-cmd")
        own = command is self._command
        return ServerUnderTest.start_command(
            self.runner,
            command,
            port_hint=self.dialect.port,
            start_timeout_s=self._start_timeout_s,
            machine_factor=self._factor,
            layers=self._layers if own else (),
            answers=self.dialect.server_answers if own else (),
        )

    def decided_in_advance(self, clause: Clause) -> Verdict | None:
        """Return the verdict of a clause that need not be attempted, or None."""
        missing = [feature for feature in clause.applies if feature not in self.dialect.features]
        if missing:
            return self._verdict(clause, NOT_APPLICABLE, f"the dialect {self.dialect.name} has {self._lacks(missing)}")
        if why := clause.ruled_out.get(self.dialect.name):
            return self._verdict(clause, NOT_APPLICABLE, f"not asked of the dialect {self.dialect.name}: {why}")
        if clause.of != CLIENT and (error := self.facts.start_error):
            return self._never_started(
                clause, error, "LISTEN-1", "the server listens on TCP", "the server did not start"
            )
        if clause.of != SERVER and (error := self.facts.client_error):
            return self._never_started(clause, error, "CLIENT-2", "the client connects", "the client did not connect")
        if clause.of == PAIR and not clause.process and (alone := self._without_reference()):
            return self._verdict(clause, NOT_APPLICABLE, alone)
        if clause.process and self.attached:
            return self._verdict(clause, NOT_APPLICABLE, "it needs the server's process, and this server already ran")
        if clause.framed and self.framing is Framing.RAW:
            return self._verdict(clause, NOT_APPLICABLE, "over raw framing a message is what one send carries")
        return None

    def _without_reference(self) -> str:
        """Return why no reference program can be the other half of a pair, or ""."""
        if not reference_programs.speak(self.dialect):
            return f"no reference program speaks the dialect {self.dialect.name} as it is described"
        if self._command is None and not self._dials_ipv4:
            return "the client dials IPv6, and the reference servers speak IPv4"
        return ""

    def _never_started(self, clause: Clause, error: dict[str, Any], first: str, expected: str, why: str) -> Verdict:
        """Return fail for the clause that says it, and blocked by that for all others; blocked where nobody can say."""
        if error.get("blind"):
            return self._verdict(clause, BLOCKED, error["what"])
        if clause.id != first:
            return dataclasses.replace(self._verdict(clause, BLOCKED, why), needs=(first,))
        heard = Attempt(FAIL, expected, (error["what"],), output=tuple(error["seen"]), program=clause.of)
        return dataclasses.replace(self._verdict(clause, FAIL, error["what"]), attempts=(heard,))

    def _lacks(self, missing: list[str]) -> str:
        what = f"no {FEATURES[missing[0]]}"
        return what + (" (not offered)" if self.facts.not_offered else "")

    def judge(self, clause: Clause, check: Check, opened: Callable[[Testbed], None] = lambda testbed: None) -> Verdict:
        """Attempt a check on a fresh server and, unless it passes, once more on another.

        Args:
            clause: Which.
            check: Its function.
            opened: Is given the room of each attempt, so that another thread can cancel it.
        """
        attempts: list[Attempt] = []
        while len(attempts) < ATTEMPTS and not (attempts and attempts[-1].word in (PASS, NOT_APPLICABLE)):
            testbed = self.testbed(clause, len(attempts) + 1)
            opened(testbed)
            attempts.append(run_check(check, testbed))
        return self.decide(clause, attempts)

    def decide(self, clause: Clause, attempts: list[Attempt]) -> Verdict:
        """Return the verdict of a clause from its attempts."""
        word = combine(attempts)
        worst = next((attempt for attempt in attempts if attempt.word != PASS), attempts[0])
        needs = clause.needs_in(self.dialect.features)
        reason = worst.expected
        if word == BLOCKED:
            reason = f"blocked: needs {' '.join(needs)}: {reason}" if needs else f"blocked: {reason}"
        elif word not in (PASS, NOT_APPLICABLE):
            reason = f"{reason}; instead: {', '.join(worst.heard[:4]) or 'nothing'}"
        if len(attempts) > 1 and word != FAIL and word != BLOCKED:
            reason = f"{attempts[0].word}, then {attempts[1].word}: {reason}"
        seconds = sum(attempt.seconds for attempt in attempts)
        return dataclasses.replace(
            self._verdict(clause, word, reason), needs=needs, seconds=seconds, attempts=tuple(attempts)
        )

    def _verdict(self, clause: Clause, word: str, reason: str) -> Verdict:
        level = clause.level_in(self.dialect.features)
        return Verdict(clause.id, word, level=level, reason=reason, title=clause.title, advice=clause.advice)


def _version() -> str:
    try:
        return version("batepapo")
    except PackageNotFoundError:
        return "checkout"
