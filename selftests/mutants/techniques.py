"""Mutants of the servers in one thread and of nick: mistakes that belong to a technique, or to a tutorial."""

from selftests.mutants.mutant import Mutant

TECHNIQUES = (
    Mutant(
        name="reads_the_name_where_it_accepts",
        of="completo_selectors",
        story="Reads from a newcomer before its socket is set not to wait: in one loop all wait with it.",
        old="        sock.setblocking(False)  # LISTEN-2, LOGIN-3",
        new="        sock.recv(1, socket.MSG_PEEK)\n        sock.setblocking(False)",
        breaks="LOGIN-3",
        also={"TOUGH-6": "they say nothing"},
        tells=(r"expected +the server reads what caio said within", r"heard +the server did not read it"),
    ),
    Mutant(
        name="takes_traffic_for_a_sign_of_life_of_all",
        of="completo_selectors",
        story="Takes the time-out of the loop for the silence of a client: one who talks keeps all others alive.",
        old="                self.deadline = time.monotonic() + self.idle_seconds  # IDLE-4",
        new="                for person in [self, *people]:\n"
        "                    person.deadline = time.monotonic() + self.idle_seconds",
        breaks="IDLE-5",
        also={"IDLE-6": "blocked: its talker keeps the silent one alive, as in IDLE-5"},
        tells=(r"expected +silent caio is let go within", r"heard +'(ana|bia): oi \w+"),
    ),
    Mutant(
        name="cleans_up_where_an_exception_never_comes",
        of="completo_asyncio",
        story="Cleans up at the end of the coroutine's `with suppress(...)`, which the error of a reset leaves before.",
        old="        self.leave()\n        with contextlib.suppress(OSError, asyncio.TimeoutError):",
        new="            self.leave()\n        with contextlib.suppress(OSError, asyncio.TimeoutError):",
        breaks="DROP-7",
        tells=(r"expected +ana is told Left\('caio'\) within", r"heard +nothing"),
    ),
    Mutant(
        name="registers_and_then_announces",
        of="completo_asyncio",
        story="Puts the newcomer on the list, and announces it to everybody on the list.",
        old='        relay(f"{self.name} entrou no chat!", people)',
        new='        relay(f"{self.name} entrou no chat!", [*people, self])',
        breaks="JOIN-4",
        tells=(r"expected +caio is not told that caio joined", r"heard +'caio entrou no chat!"),
    ),
    Mutant(
        name="asks_for_the_nickname_where_it_accepts",
        of="nick",
        story="Asks for the nickname and waits for the answer in the loop that accepts, as the tutorial does.",
        old="            threading.Thread(target=Person(sock).serve, daemon=True).start()",
        new='            sock.sendall(b"NICK")\n'
        "            sock.recv(1, socket.MSG_PEEK)\n"
        "            threading.Thread(target=Person(sock).serve, daemon=True).start()",
        more=(('        relay("NICK", [self], end="")', "        #"),),
        breaks="LOGIN-3",
        also={"TOUGH-6": "they say nothing"},
        tells=(r"expected +(bia|ana|caio) hears '(oi )?\w+' within|the server reads what caio said", r"heard +"),
    ),
    Mutant(
        name="nickname_is_the_first_message_too",
        of="nick",
        story="Takes the answer to NICK as the nickname, and then sends it to everybody as any message.",
        old="                elif text.strip():  # TOUGH-2",
        new="                if text.strip():",
        breaks="LOGIN-1",
        tells=(r"expected +ana is not given the name bia as a message", r" 'bia joined!\\n'\n +'bia\\n'"),
    ),
)
