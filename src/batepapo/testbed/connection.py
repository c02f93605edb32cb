"""One raw-socket client: it says, hears, closes, resets, half-closes. It knows no other client and never waits."""

from __future__ import annotations

import socket
import struct
import time
from bisect import bisect_right
from itertools import pairwise

from batepapo.protocol.framing import Framing, Unframer
from batepapo.testbed.transcript import Transcript

READ_BYTES = 1 << 16
READS_AT_ONCE = 16  # a server that floods must not hold one look for ever
LAST_DATA = struct.Struct("=52xI")  # tcpi_last_data_recv of the kernel's `struct tcp_info`: in milliseconds
# More than any check asks for, by half: more than this for one client in one check is a server that never stops, and
# ends the attempt.
FLOOD_BYTES = 12 << 20
KEPT_BYTES = FLOOD_BYTES + READ_BYTES  # what one client keeps of it: enough to be seen as a flood


class Connection:
    """A user's connection. `stream` holds every byte received, in order, without lengths where those frame it.

    Attributes:
        end: How the connection ended as the client saw it: "" while it lives, "FIN" or "RST",
            or "closed" after the client ended it itself.
        ended_at_s: When that was, on the monotonic clock.
        last_stimulus_s: When its last byte was sent, or its connection made; surely not before.
        stimulus_began_s: A moment that was surely before that: a busy machine may let us sleep in between.
        deaf: Set for a client that deliberately does not read.
        framing: What separates messages on it.
    """

    def __init__(
        self,
        name: str,
        sock: socket.socket,
        transcript: Transcript,
        framing: Framing = Framing.RAW,
        began_s: float | None = None,
        peer: str = "the server",
    ) -> None:
        self.name = name
        self.framing = framing
        self._peer = peer
        self.stream = bytearray()
        self.end = ""
        self.ended_at_s = 0.0
        self.last_stimulus_s = time.monotonic()
        self.stimulus_began_s = self.last_stimulus_s if began_s is None else began_s
        self.deaf = False
        self.local = sock.getsockname()[:2]
        self.remote = sock.getpeername()[:2]
        self._sock = sock
        self._transcript = transcript
        self._unframer = Unframer(framing)
        self._arrivals: list[tuple[int, float]] = []
        self._pending = bytearray()
        self.half_closed = False

    def __repr__(self) -> str:
        return f"<Connection {self.name}>"

    def fileno(self) -> int:
        """Return the descriptor to poll."""
        return self._sock.fileno()

    @property
    def alive(self) -> bool:
        """Whether neither side has ended the connection."""
        return not self.end

    @property
    def listens(self) -> bool:
        """Whether there is something to poll for."""
        return not self.end and not self.deaf

    @property
    def converses(self) -> bool:
        """Whether it can still send, and reads what comes."""
        return self.listens and not self.half_closed

    @property
    def pending(self) -> int:
        """How many bytes the kernel has not taken from us yet."""
        return len(self._pending)

    def send(self, data: bytes) -> None:
        """Begin to send; what does not fit goes out with `flush`."""
        self._transcript.said(self.name, data)
        self._pending += data
        self.flush()

    def flush(self) -> None:
        """Send as much of what is pending as the kernel takes."""
        while self._pending and not self.end:
            began_s = time.monotonic()
            try:
                sent = self._sock.send(self._pending)
            except BlockingIOError:
                return
            except OSError:
                self._pending.clear()
                self.receive()  # what came before the end still counts
                self._ended("RST")
                return
            self.last_stimulus_s, self.stimulus_began_s = time.monotonic(), began_s
            del self._pending[:sent]

    def stops_sending(self) -> None:
        """Give up what the kernel has not taken yet."""
        self._pending.clear()

    def receive(self) -> bool:
        """Read what is there; return whether anything came, the end included."""
        came = False
        for _ in range(READS_AT_ONCE):
            if self.end:
                return came
            try:
                self._sock.setsockopt(
                    socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1
                )  # does not stick: 44 ms a step without
                data = self._sock.recv(READ_BYTES)
            except BlockingIOError:
                return came
            except OSError:
                self._ended("RST")
                return True
            came = True
            if not data:
                self._ended("FIN")
                return True
            self._arrivals.append((len(self.stream), time.monotonic() - self._unread_for_s()))
            self._transcript.heard(self.name, data)
            if len(self.stream) < KEPT_BYTES:
                self.stream += self._unframer.feed(data)
        return came

    def _unread_for_s(self) -> float:
        """How long ago the newest data came: on a busy machine, and on a fast clock, later than we read it matters."""
        try:
            info = self._sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, LAST_DATA.size)
        except OSError:
            return 0.0
        return LAST_DATA.unpack(info)[0] / 1000 if len(info) == LAST_DATA.size else 0.0

    def reads(self) -> list[bytes]:
        """Return the stream in the pieces in which it was read."""
        begins = [offset for offset, _ in self._arrivals]
        return [bytes(self.stream[a:b]) for a, b in pairwise([*begins, len(self.stream)]) if a < b]

    def arrived_at_s(self, offset: int) -> float:
        """Return when the byte at `offset` of the stream came, to a few milliseconds, on the monotonic clock."""
        return self._arrivals[bisect_right(self._arrivals, (offset, float("inf"))) - 1][1]

    def _ended(self, how: str) -> None:
        if not self.end:
            self.end = how
            self.ended_at_s = time.monotonic()
            self._transcript.note(
                self.name, f"{self._peer} ended the connection" + (" (reset)" if how == "RST" else "")
            )
            self._sock.close()

    def close(self) -> None:
        """Leave as a program does that ends: the whole connection is closed.

        What has come is read before: with something unread, the kernel would send RST and not FIN.
        """
        if self.listens:
            self.receive()
        self._leave("closes the connection")

    def reset(self) -> None:
        """Leave by a reset (RST), as a program does that is killed with data unread."""
        if not self.end:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._leave("resets the connection")

    def half_close(self) -> None:
        """Shut the sending side (FIN) and go on listening."""
        if not self.end:
            self._transcript.note(self.name, "shuts its sending side")
            self.half_closed = True
            self.last_stimulus_s = time.monotonic()
            try:
                self._sock.shutdown(socket.SHUT_WR)
            except OSError:
                self._ended("RST")

    def _leave(self, how: str) -> None:
        if not self.end:
            self.end = "closed"
            self.ended_at_s = self.last_stimulus_s = time.monotonic()
            self._transcript.note(self.name, how)
            self._sock.close()
