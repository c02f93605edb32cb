"""What a server has to bear: crowds, floods, odd bytes, clients that do not read, the operator, and its own end."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from batepapo.errors import ServerDidNotStart
from batepapo.isolation import sockdiag
from batepapo.observation import resource_usage
from batepapo.protocol.events import Joined, Left
from batepapo.protocol.framing import Framing
from batepapo.protocol.notices import nameless_notice
from batepapo.testbed.base import CONSONANTS
from batepapo.testbed.event_loop import ALIVE_EVERY_S, LOOK_EVERY_S
from batepapo.testbed.server.scenes import Scenes
from batepapo.testbed.server.user import User
from batepapo.testbed.transcript import shown

FLOOD_BYTES = 8 << 20
FLOOD_S = 2.0  # or as much as goes in this time
SLOW_READER_BYTES = 4096  # SO_RCVBUF of the client that does not read
PATIENCE = 3  # limits, where it is measured how long a server takes that nobody holds up
MARGIN = 1.5  # "as fast as without the slow reader", on a machine where nothing takes the same time twice
CALM_FROM_S = 0.1  # after the last departure (feasibility.md, f)
CALM_FOR_S = 0.3
SPINS = 0.5  # of one processor; a loop over a dead socket uses 0.8 to 1.0, a poll every millisecond 0.2 at most
ACCENTED = "áéíóúâêôãõçàü"  # two bytes each
QUEUE_EVERY = 4  # connections; the smallest backlog in use is 5


class Room(Scenes):
    """A room with everything that the clauses ask for."""

    # ---- the server's start and end ----------------------------------------------------------

    def without_a_keyboard(self) -> None:
        """Let the server be started with its standard input at its end, as `< /dev/null` does."""
        self.stdin_is_terminal = False

    def kill_the_server(self) -> None:
        """Kill all processes of the server by SIGKILL, with everybody connected; then everybody closes."""
        process = self.process()
        self.may_end = True
        self.transcript.note("server", "is killed (SIGKILL)")
        process.kill()
        self.event_loop.drain()
        for user in self.users:
            user.connection.close()

    def listens_again(self) -> None:
        """Start the killed server again, and check that it comes to listen on the port that it had."""
        process = self.process()
        port = process.address[1]
        try:
            process.run_again()
        except ServerDidNotStart as error:
            self.fail(f"the server, started again, listens on port {port} at once", [error.what, *error.seen[-6:]])
        self.transcript.note("server", f"listens on port {process.address[1]} again")
        self.expect(
            process.address[1] == port,
            f"the server, started again, listens on port {port}",
            [f"it listens on port {process.address[1]}"],
        )

    def ends(self, *people: User) -> None:
        """Check that the server ends, and that everybody sees the end."""
        server = self.open()
        ended = self.event_loop.until(lambda: not server.alive(), self.limit_s, early=False, look_every_s=ALIVE_EVERY_S)
        self.expect(ended, f"the server ends within {self.limit_s:g} s", ["it still runs"])
        for user in people:
            user.is_let_go()

    # ---- the operator ------------------------------------------------------------------------

    def operator_types(self, text: str) -> str:
        """Type a line at the server's terminal; return the line."""
        self.event_loop.stimulus()
        self.spoken.append(text)
        self.transcript.said("keys", f"{text}\n".encode())
        self.process().type(f"{text}\n".encode())
        return text

    def operator_says(self) -> str:
        """Type a line with a fresh word in it; return the line."""
        return self.operator_types(f"oi {self.word()}")

    def operator_stops_the_server(self) -> None:
        """Type the word that stops the server."""
        self.may_end = True
        self.operator_types(self.dialect.console.stop)

    def operator_presses_ctrl_c(self) -> None:
        """Press Ctrl-C at the server's terminal."""
        self.may_end = True
        self.event_loop.stimulus()
        self.transcript.note("keys", "Ctrl-C")
        self.process().type(b"\x03")

    def reaches(self, user: User, text: str) -> None:
        """Wait for what the operator typed. The terminal hands a line on in its own time, so silence ends nothing."""
        if not self.event_loop.until(lambda: user.copies(text) > 0, self.limit_s, early=False):
            self.fail(f"{user} hears {shown(text.encode())} within {self.limit_s:g} s", user.heard_lines())

    def shows(self, text: str) -> None:
        """Wait until the fresh word of a text stands on the server's terminal."""
        word = text.split()[-1].encode()
        server = self.process()
        if not self.event_loop.until(lambda: word in server.output, self.limit_s):
            self.fail(f"the server's terminal shows {shown(word)} within {self.limit_s:g} s", server.last_lines(8))

    # ---- LOGIN, JOIN -------------------------------------------------------------------------

    def tries_the_name(self, name: str) -> User:
        """Let somebody give a name that is taken or empty; they are no member, whatever comes of it."""
        self.mark_before(Joined(name))
        guest = self.arrives("outra")
        self.logs_in(guest, name)
        guest.logged_in = False
        guest.is_taken()
        self.settle()
        return guest

    def holds_a_nameless_notice(self, hearer: User, name: str) -> bool:
        """Return whether somebody was announced by the words of the notice alone, without a name."""
        return nameless_notice(hearer.heard_since(Joined(name)), self.dialect)

    def an_empty_name(self) -> str:
        """Return nothing, or over raw, where nothing cannot be said, a blank."""
        return " " if self.framing is Framing.RAW else ""

    # ---- CAST --------------------------------------------------------------------------------

    def accents(self, size: int) -> str:
        """Return a text of `size` bytes in which no byte at an even place begins a letter."""
        head = self.word()
        return head + "".join(self._random.choices(ACCENTED, k=(size - len(head)) // 2))

    def gets_its_copy(self, speaker: User, text: str) -> None:
        """Check that the sender gets one copy of its text, or none where the dialect acknowledges in other words."""
        self.settle()
        wanted = int(self.dialect.sender == "copy")
        copies = speaker.copies(text)
        self.expect(
            copies == wanted, f"{speaker} hears its own {text!r} {'once' if wanted else 'never'}", [f"{copies} times"]
        )

    def joins_and_never_reads(self, name: str) -> User:
        """Bring in somebody with a small receive buffer who reads nothing from then on."""
        user = self.join(name, receive_buffer=SLOW_READER_BYTES)
        user.stops_reading()
        return user

    def floods(self, speaker: User) -> None:
        """Let somebody say 8 MiB, or as much as goes in 2 s, and wait until the server has read it, if it does."""
        letters = "".join(self._random.choices(CONSONANTS, k=1000))
        message = self.framing.encode(letters)
        speaker.sends(message * (FLOOD_BYTES // len(message)))
        self.event_loop.until(lambda: speaker.connection.pending == 0, FLOOD_S, early=False)
        speaker.connection.stops_sending()
        self.event_loop.taken(speaker.connection, self.limit_s)

    def hear_each_other_beside(self, slow: User, *people: User) -> None:
        """Check that people hear each other within the limit, or as fast as where nobody is slow."""
        missing = self._speak(people)
        if self.event_loop.until(lambda: not missing(), self.limit_s, early=False):
            return
        with self.elsewhere() as other:
            usual_s = other.time_after_a_flood([user.name for user in people])
        if not self.event_loop.until(lambda: not missing(), MARGIN * usual_s, early=False):
            hearer, text = missing()[0]
            self.fail(
                f"beside {slow}, who reads nothing, {hearer} hears {shown(text.encode())} within {self.limit_s:g} s "
                f"(without {slow}: {usual_s:.1f} s)",
                hearer.heard_lines(2),
            )

    def time_after_a_flood(self, names: Sequence[str]) -> float:
        """Return how long people take to hear each other after a flood, in a room where everybody reads."""
        speaker, *people = self.gather("ana", *names)
        self.floods(speaker)
        began_s = time.monotonic()
        missing = self._speak(people)
        heard = self.event_loop.until(lambda: not missing(), PATIENCE * self.limit_s, early=False)
        self.expect(heard, f"{people[0]} and {people[-1]} hear each other after the same flood, where everybody reads")
        return time.monotonic() - began_s

    def _speak(self, people: Sequence[User]) -> Callable[[], list[tuple[User, str]]]:
        """Let people speak twice, read or not; return what tells who has not heard which text yet.

        One that came in two pieces, with words of another between them, has come: that they are mixed is CAST-7's.
        """
        said = [(speaker, f"oi {self.word()}{self.word()}") for _ in range(2) for speaker in people]
        is_read = True
        for speaker, text in said:  # while they are read: else two messages may come in one segment (TOUGH-8)
            is_read = is_read and self.event_loop.taken(speaker.connection, self.limit_s)
            self.spoken.append(text)
            speaker.sends(self.framing.encode(text))

        def missing() -> list[tuple[User, str]]:
            pairs = [(hearer, text) for speaker, text in said for hearer in people if hearer is not speaker]
            return [(hearer, text) for hearer, text in pairs if not any(map(hearer.copies, halves(text)))]

        def halves(text: str) -> tuple[str, str]:  # wherever it is torn, one of them stays whole
            middle = len(text) // 2
            return text[:middle], text[middle:]

        return missing

    # ---- crowds ------------------------------------------------------------------------------

    def connect_and_close(self, times: int) -> None:
        """Let clients connect and close at once, by FIN; each is let in before the next few."""
        for number in range(times):
            guest = self.arrives(f"mudo{number}")
            guest.goes()
            self.everyone_is_let_in(number)
            self.is_seen_off(guest)
        self.settle()

    def silent_crowd(self, size: int) -> None:
        """Let clients connect who never say a word, not even a name."""
        for number in range(size):
            self.arrives(f"mudo{number}")
            self.everyone_is_let_in(number)
        self.settle()

    def everyone_is_let_in(self, number: int) -> None:
        """After every fourth connection, wait until the server has accepted what waits at its door."""
        start = self.open().running
        if number % QUEUE_EVERY or start is None:
            return
        port = self.open().address[1]

        def empty() -> bool:
            doors = sockdiag.sockets(start.diag, listening_only=True)
            return all(door.unread == 0 for door in doors if door.local[1] == port)

        if not self.event_loop.until(empty, self.limit_s, look_every_s=LOOK_EVERY_S):
            self.fail(f"the server accepts connection {number + 1} within {self.limit_s:g} s", ["it waits at the door"])

    # ---- DROP --------------------------------------------------------------------------------

    def half_a_message(self, speaker: User) -> bytes:
        """Let somebody begin a message and not end it; return what was sent of it.

        Over line that is a line without its newline, over length4 less than the length says, over raw a message whose
        last character is cut.
        """
        begun, rest = f"oi {self.word()}".encode(), b" ..."
        if self.framing is Framing.RAW:
            begun += "ã".encode()[:1]
        if self.framing is Framing.LENGTH4:
            speaker.sends(self.framing.encode(begun + rest).removesuffix(rest))
        else:
            speaker.sends(begun)
        return begun

    def hears_apart_from(self, hearer: User, text: str, fragment: bytes) -> None:
        """Check that a text comes whole and, over line, that the half message does not stand on its line."""
        hearer.hears(text)
        if self.framing is not Framing.LINE:
            return
        start = hearer.offset(text)
        line = bytes(hearer.connection.stream[hearer.connection.stream.rfind(b"\n", 0, start) + 1 : start])
        self.expect(
            fragment not in line,
            f"{hearer} hears {shown(text.encode())} on a line of its own",
            [shown(line + text.encode())],
        )

    def departures_are_survived(self, *stay: User) -> None:
        """Let somebody close and somebody reset, as set-up, and see that those who stay are still served."""
        with self.arranging():
            self.join("yara").closes()
            self.settle()
            self.join("zoe").resets()
            self.settle()
            self.converse(*stay)

    def all_go_as_one_arrives(self, leavers: Sequence[User], name: str) -> User:
        """Let people close their connections at the same moment, while somebody arrives; return who arrived."""
        for user in leavers:
            self.mark_before(Left(user.name))
        name = self.unique(name)
        self.mark_before(Joined(name))
        newcomer = self.arrives(name)
        for number, user in enumerate(leavers):
            user.goes()
            if number == len(leavers) // 2:
                self.logs_in(newcomer)
        newcomer.is_taken()
        self.settle()
        return newcomer

    def nobody_is_announced_twice(self, hearers: Sequence[User], leavers: Sequence[User], newcomer: User) -> None:
        """Check that no notice about these came twice."""
        events: list[Joined | Left] = [Left(user.name) for user in leavers if "left" in self.dialect.features]
        if "joined" in self.dialect.features:
            events.append(Joined(newcomer.name))
        for hearer in hearers:
            for event in events:
                times = hearer.notices(event).count
                self.expect(times < 2, f"{hearer} is told {event} once", [f"{times} times", *hearer.heard_lines(20)])

    def finds_who_vanished(self, gone: User, talker: User) -> None:
        """Check that a client from which nothing comes any more is found: by keep-alive, or by the idle rule."""
        self.settle()
        end = self.server_end(gone)
        if end is not None and end.keep_alive:
            return
        if self.dialect.idle is None:
            self.fail(f"the server has keep-alive set on its socket of {gone}", ["SO_KEEPALIVE is not set"])
        self.keep_talking(talker, beside=gone, until=self.idle_s + 7, unless=lambda: not self.socket_left(gone))
        self.expect(
            not self.socket_left(gone),
            f"the server closes its socket of {gone} by {self.idle_s + 7:g} s, or has keep-alive set on it",
            ["the socket is still there, without keep-alive"],
        )

    def somebody_comes_and_goes(self, *stay: User) -> None:
        """Let somebody come and close, as set-up, and see that no notice comes twice even so."""
        with self.arranging():
            zoe = self.join("zoe")
            zoe.closes()
            self.settle()
            self.nobody_is_announced_twice(stay, [zoe], zoe)
            self.converse(*stay)

    # ---- vital signs -------------------------------------------------------------------------

    def resource_usage(self) -> resource_usage.ResourceUsage:
        """Look at the server's processes."""
        return resource_usage.read(self.process().keeper_pid)

    def sockets_held(self) -> int:
        """Settle, and return how many descriptors of sockets the server has."""
        self.settle()
        return self.resource_usage().sockets

    def no_socket_is_left(self, before: int) -> None:
        """Check that the server holds no more sockets than before, and none whose client has closed."""
        server = self.process()

        def held() -> list[str]:
            sockets = sockdiag.sockets(server.diag)
            waiting = sum(end.state == sockdiag.CLOSE_WAIT and end.local[1] == server.address[1] for end in sockets)
            now = self.resource_usage().sockets
            found = [f"{waiting} sockets whose client has closed (CLOSE_WAIT)"] if waiting else []
            return found + ([f"{now} sockets open, {before} before they came"] if now > before else [])

        closed = self.event_loop.until(lambda: not held(), self.limit_s, look_every_s=ALIVE_EVERY_S)
        self.expect(closed, f"the server has closed the sockets of those who went, within {self.limit_s:g} s", held())

    def how_busy(self, for_s: float) -> float:
        """Return how busy the server is during the next seconds, as a share of one processor."""
        before = self.resource_usage()
        self.event_loop.until(lambda: False, for_s, early=False)
        return resource_usage.busy_share(before, self.resource_usage())

    def stays_calm(self, before: float) -> None:
        """Check that nothing burns the processor after the departures, unless it did before."""
        self.event_loop.until(lambda: False, CALM_FROM_S, early=False)
        with self.arranging():  # one that died of them is calm, and broke another clause
            self._survives()
        share = self.how_busy(CALM_FOR_S)
        self.expect(
            share < SPINS or share - before < SPINS,
            f"the server uses less than {SPINS:.0%} of a processor while nobody does anything",
            [f"{share:.0%} over {CALM_FOR_S:g} s ({before:.0%} before they went)"],
        )

    def threads_after(self, departures: int) -> int:
        """Let so many people come and go, and return how many threads the server has then."""
        self.come_and_go(departures)
        seen = self.resource_usage()
        self.transcript.note(
            "server", f"has {seen.threads} threads and {seen.resident_bytes / 2**20:.1f} MiB of memory"
        )
        return seen.threads

    def leaves_unread(self, user: User, speaker: User) -> None:
        """Let a message reach somebody's kernel and stay there: whoever goes now is reset."""
        with self.arranging():
            self.settle()
            user.stops_reading()
            (user if "echo" in self.dialect.features else speaker).says()
            self.settle()

    # ---- TOUGH -------------------------------------------------------------------------------

    def blanks(self, texts: Sequence[str]) -> list[bytes]:
        """Return these blank messages and, where it can be said, the empty one, as they go on the wire."""
        empty = [] if self.framing is Framing.RAW else [""]
        return [self.framing.encode(text) for text in (*empty, *texts)]

    def is_served_or_gone(self, user: User, *others: User) -> None:
        """Check that somebody is served as before, or is gone and announced as gone: no ghost."""
        self.settle()
        if user.connection.alive:
            text = user.says()
            for other in self.hearers(user):
                if not self.event_loop.until(lambda: other.copies(text) > 0 or not user.connection.alive, self.limit_s):  # noqa: B023
                    self.fail(
                        f"{other} hears {shown(text.encode())} of {user}, or {user}'s connection ends, "
                        f"within {self.limit_s:g} s",
                        other.heard_lines(),
                    )
        if not user.connection.alive and "left" in self.dialect.features:
            for other in others:
                other.is_told(Left(user.name))

    def byte_by_byte(self, speaker: User) -> str:
        """Let somebody send one message a byte at a time, each read by the server before the next; return its text."""
        text = f"oi {self.word()}"
        self.spoken.append(text)
        data = self.framing.encode(text)
        for place in range(len(data)):
            speaker.sends(data[place : place + 1])
            speaker.is_taken()
        return text

    def two_in_one_segment(self, speaker: User) -> tuple[str, str]:
        """Let somebody send two messages at once; return their texts."""
        speaker.is_taken()
        texts = f"um {self.word()}", f"dois {self.word()}"
        self.spoken += texts
        speaker.sends(b"".join(map(self.framing.encode, texts)))
        return texts

    def hears_two(self, hearer: User, speaker: User, texts: tuple[str, str]) -> None:
        """Check that two messages come: both texts, and both with the sender's name if the first has it."""
        for text in texts:
            hearer.hears(text)
        first, second = (hearer.heard_from(speaker, text) for text in texts)
        self.expect(second or not first, f"{hearer} hears {texts[1]!r} as a message of its own", hearer.heard_lines())
