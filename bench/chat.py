"""`python -m bench.chat`: two people chat in two terminals, through a reference server; recorded as docs/chat.svg.

The shells, the clients, the server and the times are real; only the keys are pressed by this script, as slowly as a
person does. A viewer that plays no animations, or whose user wants none, shows the last moment.
"""

from __future__ import annotations

import fcntl
import html
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pyte

from batepapo.protocol.dialect_file import load
from batepapo.under_test.screen import Screen
from bench.picture import BAR, HIGH, MARGIN, PAPER, WIDE, font, lights, row
from selftests.judging import reference
from selftests.tree import ROOT

RECORDING = ROOT / "docs" / "chat.svg"
ROWS, COLUMNS = 13, 50
KEY_S = 0.07  # between two keys
PAUSE_S = 0.9  # for reading what came
END_S = 3.0  # the last moment stays before it begins again
CURSOR = "█"

# Who, what they type, and how long they read before.
SCENE: tuple[tuple[int, str, float], ...] = (
    (0, "python clients/completo.py --name ana\n", 0.5),
    (1, "python clients/completo.py\n", 0.3),
    (1, "bia\n", PAUSE_S),
    (0, "oi, bia! vamos estudar re", PAUSE_S),
    (1, "oi, ana! tudo bem?\n", 0.2),
    (0, "des hoje?\n", PAUSE_S),
    (1, "claro, às 14 h na biblioteca\n", PAUSE_S),
    (0, "até já\n", PAUSE_S),
    (0, "TCHAU\n", 0.5),
    (1, "", PAUSE_S),
)


@dataclass(frozen=True)
class Seen:
    """One line of a terminal, and from when to when it stood there, in seconds."""

    pane: int
    number: int
    text: str
    from_s: float
    to_s: float


class Pane:
    """A shell in a terminal, whose lines are written down as they change."""

    def __init__(self) -> None:
        self._screen = Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            path = f"{os.path.dirname(sys.executable)}:/usr/bin:/bin"
            os.chdir(ROOT)
            os.execve("/bin/sh", ["sh"], {"PATH": path, "PS1": "$ ", "TERM": "linux", "LANG": "C.UTF-8"})
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def takes(self) -> None:
        """Draw what the shell and its programs wrote."""
        self._stream.feed(os.read(self.fd, 65536))

    def rows(self) -> list[str]:
        """Return what stands there, with the cursor."""
        lines = [self._screen.line(number) for number in range(ROWS)]
        at = self._screen.cursor
        lines[at.y] = f"{lines[at.y].ljust(at.x)}{CURSOR}"
        return lines

    def close(self) -> None:
        """Hang up, as closing the window does."""
        os.close(self.fd)
        os.kill(self.pid, signal.SIGHUP)
        os.waitpid(self.pid, 0)


@contextmanager
def server() -> Iterator[None]:
    """Run the reference server on the port of its dialect."""
    port = load("completo").port or 0
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise SystemExit(f"port {port} is taken, which the clients dial: {error.strerror}") from error
    running = subprocess.Popen(["/bin/sh", "-c", f"exec {reference('completo')}"], stdout=subprocess.PIPE)
    try:
        assert running.stdout is not None
        running.stdout.readline()  # it says that it listens
        yield
    finally:
        running.kill()
        running.wait()


def record() -> list[Seen]:
    """Play the scene, and return every line that was seen."""
    with server():
        panes = [Pane(), Pane()]
        try:
            return _played(panes)
        finally:
            for pane in panes:
                pane.close()


def _played(panes: Sequence[Pane]) -> list[Seen]:
    began_s = time.monotonic()
    now: dict[tuple[int, int], tuple[str, float]] = {}
    seen: list[Seen] = []

    def watch(seconds: float) -> None:
        end_s = time.monotonic() + seconds
        while (left_s := end_s - time.monotonic()) > 0:
            ready, _, _ = select.select([pane.fd for pane in panes], [], [], left_s)
            at_s = time.monotonic() - began_s
            for at, pane in enumerate(panes):
                if pane.fd in ready:
                    pane.takes()
                    note(at, pane.rows(), at_s)

    def note(at: int, rows: Sequence[str], at_s: float) -> None:
        for number, text in enumerate(rows):
            before, since_s = now.get((at, number), ("", 0.0))
            if text != before:
                if before:
                    seen.append(Seen(at, number, before, since_s, at_s))
                now[at, number] = text, at_s

    watch(0.5)
    for who, keys, pause_s in SCENE:
        watch(pause_s)
        for key in keys:
            os.write(panes[who].fd, key.encode())
            watch(KEY_S)
    watch(END_S)
    end_s = time.monotonic() - began_s
    return seen + [Seen(*place, text, since_s, end_s) for place, (text, since_s) in now.items() if text]


def svg(seen: Sequence[Seen]) -> str:
    """Return both terminals, side by side, as they were at each moment."""
    lasts_s = max(one.to_s for one in seen)
    pane_wide = COLUMNS * WIDE + 2 * MARGIN
    width, height = 2 * pane_wide + MARGIN, BAR + ROWS * HIGH + 2 * MARGIN
    styles, lines = [], []
    for at, one in enumerate(seen):
        drawn = row(one.number, one.text, left=MARGIN + one.pane * (pane_wide + MARGIN))
        static = "visible" if one.to_s >= lasts_s else "hidden"
        styles.append(_shown_when(at, one, lasts_s))
        lines.append(f'<g class="t" style="animation-name: s{at}" visibility="{static}">{drawn}</g>')
    title = "Two people chat in two terminals: python clients/completo.py"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
            f'viewBox="0 0 {width:g} {height:g}" role="img">',
            f"<title>{html.escape(title)}</title>",
            "<!-- Written by `python -m bench.chat` from a real run. -->",
            "<style>",
            "@media (prefers-reduced-motion: no-preference) {",
            f".t {{ animation: {lasts_s:.2f}s step-end infinite }}",
            *styles,
            "}",
            "</style>",
            *(
                f'<g transform="translate({at * (pane_wide + MARGIN):g})">'
                f'<rect width="{pane_wide:g}" height="{height:g}" rx="8" fill="{PAPER}"/>{lights()}</g>'
                for at in range(2)
            ),
            font(),
            *lines,
            "</g>",
            "</svg>",
            "",
        ]
    )


def _shown_when(at: int, one: Seen, lasts_s: float) -> str:
    """Return the keyframes of one line."""
    begins, ends = (100 * moment_s / lasts_s for moment_s in (one.from_s, one.to_s))
    return (
        f"@keyframes s{at} {{ 0% {{ visibility: hidden }} {begins:.2f}% {{ visibility: visible }} "
        f"{ends:.2f}%, 100% {{ visibility: {'visible' if ends >= 100 else 'hidden'} }} }}"
    )


def main() -> None:
    """Record, and write the picture."""
    seen = record()
    RECORDING.write_text(svg(seen), "utf-8")
    print(f"wrote {RECORDING.relative_to(ROOT)}: {len(seen)} lines, {max(one.to_s for one in seen):.1f} s")


if __name__ == "__main__":
    main()
