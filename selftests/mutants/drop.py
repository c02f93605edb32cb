"""Mutants of DROP: going without a word."""

from selftests.mutants.mutant import Mutant
from selftests.mutants.pieces import OTHERS

ENDS = "with contextlib.suppress(OSError):  # DROP-2"
ENDS_IDLE = "with contextlib.suppress(OSError, ValueError):  # DROP-2; select() refuses high numbers"
COMES_AND_GOES = "those who come and go end their streams, too"
HALF = "a half-close is an end-of-stream at the server"
FOURS = "one of the four ends its stream"
LAST_YIELD = 'yield text.rstrip("\\r") + "\\n" if self.lines else text'
RETURN = "return  # DROP-5: half a line and half a character go with it"

DROP = (
    Mutant(
        name="end_of_stream_ends_the_server",
        of="x",
        story="Takes an empty read for an error, and ends the whole program.",
        old=LAST_YIELD,
        new=f"{LAST_YIELD}\n        os._exit(1)",
        breaks="DROP-1",
        also={"LISTEN-3": COMES_AND_GOES, "DROP-4": HALF, "DROP-6": FOURS},
        tells=(r"expected +the server goes on running", r"heard +it ended \(exit status 1\)"),
    ),
    Mutant(
        name="keeps_the_lock_at_an_end_of_stream",
        of="tchau",
        story="Takes the lock when a client closes, and leaves the function without giving it back.",
        old=RETURN,
        new="lock.acquire()\n                return",
        breaks="DROP-1",
        also={"LISTEN-3": COMES_AND_GOES, "DROP-4": HALF},
        tells=(r"expected +ana hears 'oi \w+' within", r"heard +'oi \w+'"),
    ),
    Mutant(
        name="a_reset_ends_the_server",
        of="tchau",
        story="Does not catch the error of a reset, which ends the whole program.",
        old=ENDS_IDLE,
        new="with contextlib.ExitStack():",
        more=(
            ("    parser = argparse", "    threading.excepthook = lambda error: os._exit(1)\n    parser = argparse"),
        ),
        breaks="DROP-2",
        also={"LISTEN-3": "every second of those who come and go resets its connection"},
        tells=(r"expected +the server goes on running", r"heard +it ended \(exit status 1\)"),
    ),
    Mutant(
        name="a_reset_empties_the_list",
        of="prefixo",
        story="Rebuilds its list when a send or a read fails, and forgets those who are still there.",
        old=ENDS,
        new="with forgetful():",
        more=(
            (
                "class Person:",
                "@contextlib.contextmanager\n"
                "def forgetful():\n"
                "    try:\n"
                "        yield\n"
                "    except OSError:\n"
                "        people.clear()\n\n\n"
                "class Person:",
            ),
            ("people.remove(self)", "people[:] = [other for other in people if other is not self]"),
        ),
        breaks="DROP-2",
        also={
            "LISTEN-3": "every second of those who come and go resets its connection",
            "DROP-6": "one of the four resets its connection",
        },
        tells=(r"expected +bia hears 'oi \w+' within", r"heard +'oi \w+oi \w+'"),
    ),
    Mutant(
        name="stops_reading_and_keeps_the_socket",
        of="x",
        story="Strikes off a client whose stream has ended, and forgets to close its socket.",
        old=LAST_YIELD,
        new=f"{LAST_YIELD}\n        people.remove(self)\n        threading.Event().wait()",
        breaks="DROP-4",
        tells=(r"expected +caio's connection ends within .* or caio still hears", r"heard +the connection is open"),
    ),
    Mutant(
        name="strikes_off_the_last",
        of="prefixo",
        story="Takes the last client off the list, whoever went.",
        old="people.remove(self)",
        new="people.pop()",
        more=(  # on the list in the order of arrival, not of threads: else the last is anybody on a busy machine
            ("people.append(self)", "pass"),
            ("queue.SimpleQueue(), 0, 0\n", "queue.SimpleQueue(), 0, 0\n        people.append(self)\n"),
        ),
        breaks="DROP-6",
        tells=(r"expected +\w+ hears 'todos \w+' within", r"heard +nothing"),
        varies=("expected",),
    ),
    Mutant(
        name="ends_with_its_first_client",
        of="x",
        story="Takes the first client for the host of the room: when it goes, the list is emptied.",
        old="people.remove(self)  # LEAVE-4",
        new=f"people[:] = [] if people[:1] == [self] else {OTHERS}",
        breaks="DROP-6",
        tells=(r"expected +\w+ hears 'todos \w+' within", r"heard +(nothing|'todos )"),
        varies=("expected", "heard"),
    ),
    Mutant(
        name="a_reset_skips_the_clean_up",
        of="sair",
        story="Cleans up after the loop, where the error of a reset never arrives.",
        old="        self.leave()\n        writer.join(1)",
        new="            self.leave()\n        writer.join(1)",
        breaks="DROP-7",
        tells=(r"expected +ana is told Left\('caio'\) within", r"heard +nothing"),
    ),
    Mutant(
        name="announced_at_the_end_of_stream_too",
        of="completo",
        story="Announces a departure at the empty read, and again in the clean-up.",
        old=RETURN,
        new="if self.name:\n"
        f'                    relay(f"{{self.name}} saiu do chat.", {OTHERS})\n'
        "                return",
        breaks="DROP-7",
        tells=(r"expected +ana is told Left\('bia'\) once", r"heard +2 times", r"bia saiu do chat"),
    ),
)
