"""Mutants of IDLE: the limit on silence."""

from selftests.mutants.mutant import Mutant

TIMEOUT = 'relay("TIMEOUT\\n" if self.lines else "TIMEOUT", [self])  # IDLE-1'
TIMEOUT_C = 'relay("TIMEOUT", [self])  # IDLE-1'
RESET = "deadline = time.monotonic() + idle_seconds  # IDLE-4"
FIRST = 'half, deadline = "", time.monotonic() + idle_seconds'
WAIT = "while select.select([self.sock], [], [], max(0, deadline - time.monotonic()))[0]:  # IDLE-3, IDLE-5"
SHARED = """\
while True:
            if not select.select([self.sock], [], [], 0.02)[0]:
                if time.monotonic() > Person.last + idle_seconds:
                    break
                continue"""

IDLE = (
    Mutant(
        name="closes_without_a_word",
        of="tchau",
        story="Closes a silent client's connection without telling it why.",
        old=TIMEOUT,
        new='relay("[somebody was silent]", [])',
        breaks="IDLE-1",
        tells=(r"expected +ana gets 'TIMEOUT' within", r"heard +the end of the connection \(FIN\)"),
    ),
    Mutant(
        name="says_it_in_other_words",
        of="completo",
        story="Sends a text of its own instead of TIMEOUT, so that no client program knows it.",
        old=TIMEOUT_C,
        new='relay("Tempo esgotado!", [self])',
        breaks="IDLE-1",
        tells=(r"expected +ana gets 'TIMEOUT' within", r"heard +'Tempo esgotado!"),
    ),
    Mutant(
        name="says_timeout_and_stays",
        of="tchau",
        story="Sends TIMEOUT and waits for the client to close, unless it said something once.",
        old=TIMEOUT,
        new=f"{TIMEOUT}\n        while self.lines is None and self.sock.recv(65536):\n            pass",
        breaks="IDLE-2",
        tells=(r"expected +the server ends ana's connection within", r"heard +the connection is still open"),
    ),
    Mutant(
        name="repeats_timeout",
        of="completo",
        story="Sends TIMEOUT again and again, and never closes.",
        old=TIMEOUT_C,
        new='relay("TIMEOUT", [self])\n        yield from self.read(idle_seconds)',
        breaks="IDLE-2",
        also={"IDLE-4": "who spoke and then fell silent must be gone, too"},
        tells=(r"expected +the server ends ana's connection within", r"heard +the connection is still open"),
    ),
    Mutant(
        name="four_fifths_from_the_start",
        of="tchau",
        story="Gives a client that has not spoken yet less time than the others.",
        old=FIRST,
        new=f"{FIRST} * 0.8",
        breaks="IDLE-3",
        tells=(r"expected +ana is left alone for .* s after the last byte", r"heard +the idle text after \d\.\d\d s"),
    ),
    Mutant(
        name="four_fifths_always",
        of="completo",
        story="Takes a fifth off the limit, to be on the safe side.",
        old="args=(listener, options.idle_seconds)",
        new="args=(listener, options.idle_seconds * 0.8)",
        breaks="IDLE-3",
        tells=(r"expected +ana is left alone for .* s after the last byte", r"heard +the idle text after \d\.\d\d s"),
    ),
    Mutant(
        name="forgets_who_spoke",
        of="tchau",
        story="Stops the clock of a client at its first message, and never starts it again.",
        old=RESET,
        new="deadline = time.monotonic() + 1e6",
        breaks="IDLE-4",
        tells=(r"expected +the server ends ana's connection within", r"heard +the connection is still open"),
    ),
    Mutant(
        name="half_the_time_after_a_message",
        of="completo",
        story="Starts the time again at each message, but with half of it.",
        old=RESET,
        new="deadline = time.monotonic() + idle_seconds / (1 if self.name is None else 2)",
        breaks="IDLE-4",
        tells=(r"expected +ana is left alone for .* s after the last byte", r"heard +the idle text after \d\.\d\d s"),
    ),
    Mutant(
        name="one_clock_for_all",
        of="tchau",
        story="Keeps one time of the last message for the whole server, so that one who talks keeps all alive.",
        old=WAIT,
        new=SHARED,
        more=((FIRST, 'half, Person.last = "", time.monotonic()'), (RESET, "Person.last = time.monotonic()")),
        breaks="IDLE-5",
        also={"IDLE-6": "blocked: its talker keeps the silent one alive, as in IDLE-5"},
        tells=(r"expected +silent caio is let go within", r"heard +nothing"),
    ),
    Mutant(
        name="keeps_the_lock_at_a_time_out",
        of="completo",
        story="Takes the lock when somebody times out, and never gives it back.",
        old=TIMEOUT_C,
        new='relay("TIMEOUT", [self])\n        lock.acquire()',
        breaks="IDLE-5",
        tells=(
            r"expected +((ana|bia) hears 'oi \w+'|the server reads what (ana|bia) said) within",
            r"heard +('.*\n|the server did not read it)",
        ),
        varies=("expected", "heard"),
    ),
    Mutant(
        name="times_out_unannounced",
        of="completo",
        story="Takes who timed out off the list without telling anybody.",
        old=TIMEOUT_C,
        new='relay("TIMEOUT", [self])\n        with lock:\n            people.remove(self)',
        breaks="IDLE-6",
        tells=(r"expected +ana is told Left\('caio'\) within", r"heard +(nothing|'TIMEOUT)"),
        varies=("heard",),
    ),
)
