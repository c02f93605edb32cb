"""Said, taken, settled: has the server finished reacting? (design.md, section 4)

`QuiescenceMonitor.mark()` right before a stimulus; then `begin()` gives a `QuiescenceWait`; the caller looks, serves
its own sockets for `nap_s`, and looks again until that says how it was decided:

    proof     nothing unread, nothing on its way, all threads asleep, and no timer can fire inside the window
    listen    the same, ignoring the timed poll of listening sockets only
    cycle     every near timer has fired twice, from the same place, and nothing came of it
    stalled   all asleep while input stays unread: the server does not read it
    blocked   all asleep and nothing on its way through the window's end, but this machine hides the timers
    window    the window is over: as good as a sleep, and no better

Nothing here raises for trouble with /proc: what cannot be seen leads to "blocked" or "window", and `detail` says why.
A proof is very good and not perfect, so a fail is attempted again.
"""

from __future__ import annotations

import contextlib
import socket
import time
from dataclasses import dataclass
from typing import Final, Literal

from batepapo.observation import blocked_calls
from batepapo.observation.hidden_timers import hidden_timers
from batepapo.observation.polling_loops import PollingLoops, at_work
from batepapo.observation.snapshot import Snapshot, Timed, WatchedProgram
from batepapo.observation.tcp_queues import taken
from batepapo.observation.threads import Thread, VanishedError

# Between two looks. Shorter costs more processor time than it saves: a look takes some tenths of a millisecond.
_NAP_S = 0.0005
# While a timer is waited for: a message that comes earlier is still noticed soon.
_LONGEST_NAP_S = 0.004
# How long input must stay unread. 20 ms was once 5.5 ms too short, with 13 servers at work at once.
_STALLED_S = 0.05
# What the slow handler may need to say something after its sleep.
_AFTER_SLEEP_S = 0.1
# Without the waits of the threads: how long nothing may have moved at the window's end.
_STILL_S = 0.02
# A thread in a busy loop: seen running this often in a row, and having used this much of the processor itself, so that
# one that merely waits for a crowded processor is not taken for one.
_BUSY_LOOKS = 20
_BUSY_S = 0.02

Kind = Literal["proof", "listen", "cycle", "stalled", "blocked", "window", "fence", "ended"]
"""How it was decided: see above. Who waits adds "fence" (users spoke in turn) and "ended" (the program did)."""

RESTS: Final = ("proof", "listen", "cycle")  # the program has come to rest: nothing is left to come of itself


@dataclass(frozen=True)
class Quiescence:
    """How it was decided that nothing more comes, after how long, and what stood in the way."""

    kind: Kind
    waited_s: float
    detail: str


class QuiescenceMonitor:
    """Watches one server: all descendants of its keeper, and the sockets of its network. For one thread of ours.

    Args:
        keeper_pid: The process above the server; it is not watched itself.
        diag: The sock_diag socket of the server's network. It stays the caller's.
        server: What is looked at, where it is not a server that listens.
    """

    def __init__(self, keeper_pid: int, diag: socket.socket, server: WatchedProgram | None = None) -> None:
        self._server = server or WatchedProgram(keeper_pid, diag)
        self.mark()
        with contextlib.suppress(OSError):
            self._server.queues()  # learns the ports, should the server close its listener before the first look

    def mark(self) -> None:
        """Remember where each thread is; call it right before a stimulus."""
        tree = self._server.tree
        tree.refresh()
        self._server.doubt_foreign_listeners()
        for thread in list(tree.threads.values()):
            try:
                thread.runs_at_mark, line = thread.sample()
            except VanishedError:
                tree.forget(thread.tid)
                continue
            thread.place_at_mark = blocked_calls.place(line) if line[:1].isdigit() else None

    def at_rest(self) -> bool:
        """Return whether nothing runs and nothing is on its way just now, whatever timers may bring."""
        snapshot = self._server.snapshot()
        return not snapshot.unrest and snapshot.queues is not None

    def begin(self, window_s: float, extend_s: float = 0.0) -> QuiescenceWait:
        """Begin to wait for quiescence.

        Args:
            window_s: Within which time timers matter, counted from now. When it is over, the wait ends.
            extend_s: The same for a slow handler: a thread that ran since `mark()` and is in a plain sleep.
        """
        return QuiescenceWait(self._server, window_s, extend_s)

    def ignore(self, local_port: int) -> None:
        """A client of ours at this port does not read, or has vanished: what is on its way to it will stay there."""
        self._server.ignored.add(local_port)

    def taken(self, local: tuple[str, int], remote: tuple[str, int]) -> bool:
        """Return whether the server has read all that our client at `local` has sent; True if it cannot be known."""
        try:
            return taken(self._server.sockets(), local, remote)
        except OSError:
            return True

    def close(self) -> None:
        """Close all files of /proc."""
        self._server.tree.close()


class QuiescenceWait:
    """One wait for quiescence.

    Attributes:
        nap_s: How long to serve our own sockets before the next look.
        busy: The name of a thread in a busy loop, else "". Such a server never comes to rest: use a fence.
        hidden: At the last look everything was at rest but for a timer whose end cannot be read (SIGALRM):
            waiting longer proves nothing, use a fence.
    """

    def __init__(self, server: WatchedProgram, window_s: float, extend_s: float) -> None:
        self.nap_s = _NAP_S
        self.busy = ""
        self.hidden = False
        self._server = server
        self._began = time.monotonic()
        self._end = self._began + window_s
        self._latest_end = self._began + max(window_s, extend_s)
        self._polling_loops = PollingLoops()
        self._stalled_since: float | None = None
        self._runs_at_timers: dict[int, int] | None = None
        self._still: tuple[object, ...] | None = None
        self._still_since = self._began
        self._runner: Thread | None = None
        self._runner_looks, self._runner_used_s = 0, 0.0

    def look(self) -> Quiescence | None:
        """Look once and return how it settled; None if it has not yet. Does not sleep."""
        snapshot = self._server.snapshot()
        now = time.monotonic()
        self.nap_s = _NAP_S
        self.hidden = False
        self._notice_busy(snapshot)
        if snapshot.unreadable:
            return self._without_timers(snapshot, now)
        near = self._near(snapshot, now)
        if snapshot.unrest:
            kind, detail = self._stalled(snapshot, near, now), snapshot.unrest
        else:
            self._stalled_since = None
            kind, detail = self._at_rest(snapshot, near, now)
        if kind:
            return Quiescence(kind, now - self._began, detail)
        if now >= self._end:
            return Quiescence("window", now - self._began, detail)
        self.nap_s = min(self.nap_s, self._end - now)
        return None

    def _near(self, snapshot: Snapshot, now: float) -> list[Timed]:
        """The timers that can fire inside the window, which a slow handler may have extended."""
        near = []
        for timed in snapshot.timed:
            if timed.left_s <= (self._latest_end if at_work(timed) else self._end) - now:
                near.append(timed)
        slowest_s = max((timed.left_s for timed in near), default=0.0)
        if slowest_s > self._end - now:
            self._end = min(self._latest_end, now + slowest_s + _AFTER_SLEEP_S)
        return near

    def _stalled(self, snapshot: Snapshot, near: list[Timed], now: float) -> Kind | None:
        if near or snapshot.queues is None or not snapshot.queues.waiting or snapshot.unrest != snapshot.queues.unrest:
            self._stalled_since = None
            return None
        if self._stalled_since is None:
            self._stalled_since = now
        if now - self._stalled_since < _STALLED_S:
            return None
        return "stalled" if hidden_timers(self._server.tree.processes).soonest_s > self._end - now else None

    def _at_rest(self, snapshot: Snapshot, near: list[Timed], now: float) -> tuple[Kind | None, str]:
        if snapshot.queues is None:
            return None, "the sockets were not seen"
        kind: Kind = "proof"
        if near:
            kind, threads = "listen", frozenset(timed.thread.tid for timed in near)
            near = [one for one in near if not self._server.listens_only(one, threads, snapshot.queues)]
        if not near:
            return self._unless_hidden(kind, now)
        detail = "timers of " + ", ".join(sorted({f"{timed.thread.name} in {timed.wait.call}" for timed in near}))
        if self._polling_loops.fruitless(near, snapshot, self._runs()):
            return "cycle", detail
        self.nap_s = min(max(min(timed.left_s for timed in near), _NAP_S), _LONGEST_NAP_S)
        return None, detail

    def _unless_hidden(self, kind: Kind, now: float) -> tuple[Kind | None, str]:
        """Timers that no wait shows are read after sample B, so a second look must find that nothing ran since."""
        timers = hidden_timers(self._server.tree.processes)
        if not timers.exist:
            return kind, ""
        if timers.soonest_s <= self._end - now:
            self._runs_at_timers = None
            self.nap_s = _LONGEST_NAP_S
            self.hidden = True
            return None, "a timer that no wait shows"
        runs = self._runs()
        if runs == self._runs_at_timers:
            return kind, ""
        self._runs_at_timers = runs
        return None, "a timer that no wait shows"

    def _without_timers(self, snapshot: Snapshot, now: float) -> Quiescence | None:
        """This machine does not say what a thread waits for: wait for the window's end and see that nothing moved."""
        still = None
        if not snapshot.unrest and snapshot.queues is not None:
            still = (snapshot.queues.progress, tuple(sorted(self._runs().items())))
        if still is None or still != self._still:
            self._still, self._still_since = still, now
        if now < self._end:
            return None
        quiet = still is not None and now - self._still_since >= _STILL_S and not self._server.tree.trouble
        detail = "; ".join(part for part in (snapshot.unreadable, snapshot.unrest) if part)
        return Quiescence("blocked" if quiet else "window", now - self._began, detail)

    def _notice_busy(self, snapshot: Snapshot) -> None:
        if snapshot.runner is None or snapshot.runner is not self._runner:
            self._runner, self._runner_looks, self.busy = snapshot.runner, 0, ""
            self._runner_used_s = snapshot.runner.processor_s() if snapshot.runner else 0.0
        self._runner_looks += 1
        if snapshot.runner and self._runner_looks >= _BUSY_LOOKS:
            used_s = snapshot.runner.processor_s() - self._runner_used_s
            self.busy = snapshot.runner.name if used_s >= _BUSY_S else ""

    def _runs(self) -> dict[int, int]:
        threads = self._server.tree.threads.values()
        return {thread.tid: thread.runs for thread in threads if not thread.housekeeping}
