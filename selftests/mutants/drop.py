"""Mutants of DROP: going without a word."""

from selftests.mutants.mutant import Mutant
from selftests.mutants.pieces import CONNECTED, LOGGED_IN, OTHERS

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
        also={
            "DROP-9": "an end-of-stream is what it starts from",
            "DROP-12": "each socket has a thread that waits",
        },
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
        also={"DROP-8": "the last is the one who arrives, if it was let in by then"},
        at_times=("DROP-8",),
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
    Mutant(
        name="dies_of_a_hearer_that_was_killed",
        of="prefixo",
        story="Does not catch the error of a client that was sent something and resets its connection.",
        old=ENDS,
        new="with fatal_if_it_heard(self):",
        more=(
            (
                "class Person:",
                "@contextlib.contextmanager\n"
                "def fatal_if_it_heard(person):\n"
                "    try:\n"
                "        yield\n"
                "    except OSError:\n"
                "        if person.queued:\n"
                "            os._exit(1)\n\n\n"
                "class Person:",
            ),
        ),
        breaks="DROP-3",
        also={"DROP-2": "a reset is a reset"},
        tells=(r"expected +the server goes on running", r"heard +it ended \(exit status 1\)"),
        varies=("heard",),
    ),
    Mutant(
        name="one_buffer_for_all",
        of="x",
        story="Keeps the unfinished lines of all clients in one buffer.",
        old='*texts, half = (half + decoder.decode(data)).split("\\n") if self.lines',
        new='*texts, rest[0] = (rest[0] + decoder.decode(data)).split("\\n") if self.lines',
        more=((CONNECTED, f'rest = [""]\n{CONNECTED}'),),
        breaks="DROP-5",
        tells=(r"expected +bia hears 'oi \w+' on a line of its own", r"heard +'oi \w+oi \w+'"),
        framing="line",
    ),
    Mutant(
        name="announces_all_that_went",
        of="sair",
        story="Looks for others that went when somebody goes, and announces them before they announce themselves.",
        old='relay(f"{self.name} saiu do chat.", people)',
        new='relay(f"{self.name} saiu do chat.", people)\n'
        "                time.sleep(0.05)\n"
        "                for other in people[:]:\n"
        "                    with contextlib.suppress(OSError):\n"
        '                        if other.sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b"":\n'
        '                            relay(f"{other.name} saiu do chat.", people)',
        breaks="DROP-8",
        tells=(r"expected +\w+ is told Left\('caio\d'\) once", r"heard +[2-9]|10 times"),
        varies=("expected", "heard"),
    ),
    Mutant(
        name="keeps_the_sockets_of_the_gone",
        of="sair",
        story="Forgets to close the socket of a client that went.",
        old="self.sock.close()  # DROP-9",
        new="gone.append(self.sock)",
        more=((LOGGED_IN, f"gone = []\n{LOGGED_IN}"),),
        breaks="DROP-9",
        tells=(
            r"expected +the server has closed the sockets of those who went",
            r"heard +\d+ sockets open, \d+ before",
        ),
    ),
    Mutant(
        name="a_reset_leaks_a_descriptor",
        of="operador",
        story="Keeps a second descriptor of the connection for its log, and closes it only at an orderly end.",
        old=ENDS,
        new="with logged(self):",
        more=(
            (
                "class Person:",
                "@contextlib.contextmanager\n"
                "def logged(person):\n"
                "    copy = person.sock.dup()\n"
                "    try:\n"
                "        yield\n"
                "    except OSError:\n"
                "        copy.detach()\n"
                "    copy.close()\n\n\n"
                "class Person:",
            ),
        ),
        breaks="DROP-9",
        tells=(
            r"expected +the server has closed the sockets of those who went",
            r"heard +\d+ sockets open, \d+ before",
        ),
    ),
    Mutant(
        name="waits_for_them_to_come_back",
        of="x",
        story="Looks, without a pause, for a client that went to come back.",
        old="    threading.Thread(target=accept, args=(listener,), daemon=True).start()",
        new="    threading.Thread(target=accept, args=(listener,), daemon=True).start()\n"
        "    threading.Thread(target=look_out, daemon=True).start()",
        more=(
            (
                "def accept(listener):",
                "def look_out():\n"
                "    while True:\n"
                "        departed.wait()\n"
                "        departed.clear()\n"
                "        end_s = time.monotonic() + 1\n"
                "        while time.monotonic() < end_s:\n"
                "            pass\n\n\n"
                "def accept(listener):",
            ),
            (CONNECTED, f"departed = threading.Event()\n{CONNECTED}"),
            ("people.remove(self)  # LEAVE-4", "people.remove(self)\n            departed.set()"),
        ),
        breaks="DROP-10",
        tells=(r"expected +the server uses less than 50% of a processor", r"heard +\d+% over 0.3 s"),
        varies=("heard",),
    ),
    Mutant(
        name="reads_on_at_the_end",
        of="tchau",
        story="Reads on at the end of the stream for a second, in case more comes.",
        old=RETURN,
        new="end_s = time.monotonic() + 1 if spinning.acquire(blocking=False) else 0\n"
        "                while time.monotonic() < end_s and not self.sock.recv(1):\n"
        "                    pass\n"
        "                if end_s:\n"
        "                    spinning.release()\n"
        "                return",
        more=((CONNECTED, f"spinning = threading.Lock()\n{CONNECTED}"),),
        breaks="DROP-10",
        tells=(r"expected +the server uses less than 50% of a processor", r"heard +\d+% over 0.3 s"),
        varies=("heard",),
    ),
    Mutant(
        name="no_keep_alive",
        of="sair",
        story="Never finds a client whose cable was pulled: it has neither keep-alive nor an idle limit.",
        old="sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # DROP-11",
        new="pass",
        breaks="DROP-11",
        tells=(r"expected +the server has keep-alive set on its socket of caio", r"heard +SO_KEEPALIVE is not set"),
    ),
    Mutant(
        name="threads_never_end",
        of="prefixo",
        story="Lets the thread of a client that went wait for something that never comes.",
        old="self.sock.close()  # DROP-9",
        new="self.sock.close()\n        threading.Event().wait()",
        breaks="DROP-12",
        tells=(r"expected +the server has at most 2 threads more", r"heard +\d+ threads, then \d+"),
        varies=("heard",),
    ),
)
