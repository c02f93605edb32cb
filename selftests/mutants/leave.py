"""Mutants of EXIT and LEAVE: the exit words, and going by one."""

from selftests.mutants.mutant import Mutant
from selftests.mutants.pieces import LOGGED_IN, OTHERS, SCREEN

IS_WORD = "if text.strip() in EXIT_WORDS:  # EXIT-2, EXIT-4, EXIT-6"
POST = """\
def post():
    while True:
        messages = [outgoing.get()]
        time.sleep(0.2)
        while not outgoing.empty():
            messages.append(outgoing.get())
        for message in messages:
            relay(*message)


def paint():"""

LEAVE = (
    Mutant(
        name="struck_off_and_left_open",
        of="x",
        story="Strikes off who said the exit word, and forgets to close its socket.",
        old="                    break\n",
        new="                    people.remove(self)\n                    threading.Event().wait()\n",
        breaks="EXIT-1",
        tells=(r"expected +the server ends caio's connection within", r"heard +the connection is still open"),
    ),
    Mutant(
        name="waits_for_the_client_to_close",
        of="sair",
        story="Waits after the exit word until the client closes first.",
        old="self.sock.shutdown(socket.SHUT_WR)  # EXIT-1",
        new="pass",
        more=(("self.sock.shutdown(socket.SHUT_RDWR)  # wakes a writer whose client does not read", "pass"),),
        breaks="EXIT-1",
        tells=(r"expected +the server ends caio's connection within", r"heard +the connection is still open"),
    ),
    Mutant(
        name="relays_before_it_looks",
        of="x",
        story="Sends a message on before it looks whether it is the exit word.",
        old="                    break\n",
        new=f"                    relay(text, {OTHERS})\n                    break\n",
        breaks="EXIT-2",
        tells=(r"expected +ana is not given 'x' as a message", r"heard +'x'"),
    ),
    Mutant(
        name="says_the_word_for_the_leaver",
        of="sair",
        story="Passes the exit word on, with its sender's name, as the last thing that was said.",
        old="                    break\n",
        new=f'                    relay(f"{{self.name}}: {{text}}", {OTHERS})\n                    break\n',
        breaks="EXIT-2",
        tells=(r"expected +ana is not given 'sair' as a message", r"'caio: sair"),
    ),
    Mutant(
        name="one_flag_for_all",
        of="tchau",
        story="Sets one flag at the exit word that stops the loop of every client.",
        old=f"{IS_WORD}\n                    break",
        new="if text.strip() in EXIT_WORDS:\n"
        "                    stopped.set()\n"
        "                if stopped.is_set():\n"
        "                    break",
        more=((SCREEN, f"{SCREEN}\nstopped = threading.Event()"),),
        breaks="EXIT-3",
        tells=(r"expected +ana hears 'oi \w+'", r"the end of the connection \(FIN\)"),
    ),
    Mutant(
        name="finds_the_word_inside",
        of="sair",
        story="Looks for the exit word anywhere in a message.",
        old=IS_WORD,
        new="if any(word in text for word in EXIT_WORDS):",
        breaks="EXIT-4",
        tells=(r"expected +bia hears 'sair daqui \w+' within", r"heard +'ana: oi "),
    ),
    Mutant(
        name="looks_at_the_first_word",
        of="x",
        story="Looks only at the first word of a message, as if more words were its arguments.",
        old=IS_WORD,
        new='if text.strip().split(" ")[0] in EXIT_WORDS:',
        breaks="EXIT-4",
        tells=(r"expected +bia hears 'x daqui \w+' within", r"heard +'oi "),
    ),
    Mutant(
        name="any_letter_case",
        of="sair",
        story="Folds the letter case of what it compares with the exit word.",
        old=IS_WORD,
        new="if text.strip().lower() in EXIT_WORDS:",
        dialect={"case": '"exact"'},
        breaks="EXIT-5",
        tells=(r"expected +davi says 'SAIR' and stays connected", r"the end of the connection"),
    ),
    Mutant(
        name="only_the_first_message",
        of="tchau",
        story="Looks for the exit word only in the first message of a client.",
        old=f"for text in self.read(idle_seconds):\n                {IS_WORD}",
        new="for number, text in enumerate(self.read(idle_seconds)):\n"
        "                if number == 0 and text.strip() in EXIT_WORDS:",
        breaks="EXIT-6",
        tells=(r"expected +the server ends bia's connection within", r"heard +the connection is still open"),
    ),
    # ---- LEAVE -------------------------------------------------------------------------------
    Mutant(
        name="slips_away",
        of="sair",
        story="Takes who says the exit word off the list before the clean-up looks whom to announce.",
        old="                    break\n",
        new="                    people.remove(self)\n                    break\n",
        breaks="LEAVE-1",
        tells=(r"expected +ana is told Left\('caio'\) within", r"heard +nothing"),
    ),
    Mutant(
        name="somebody_left",
        of="completo",
        story="Tells after an exit word that somebody left, and not who.",
        old="                    break\n",
        new="                    people.remove(self)\n"
        '                    relay("Alguém saiu do chat.", people)\n'
        "                    break\n",
        breaks="LEAVE-1",
        tells=(r"expected +ana is told Left\('caio'\) within", r"heard +'Alguém saiu do chat"),
    ),
    Mutant(
        name="announced_by_word_and_by_clean_up",
        of="sair",
        story="Announces a departure where it reads the exit word, and again in the clean-up.",
        old="                    break\n",
        new=f'                    relay(f"{{self.name}} saiu do chat.", {OTHERS})\n                    break\n',
        breaks="LEAVE-2",
        tells=(r"expected +ana is told Left\('caio'\) once", r"heard +2 times", r"caio saiu do chat"),
    ),
    Mutant(
        name="announced_again_later",
        of="completo",
        story="Leaves a second announcement of each exit word to a clean-up that comes a moment later.",
        old="                    break\n",
        new='                    threading.Timer(0.3, relay, (f"{self.name} saiu do chat.", people)).start()\n'
        "                    break\n",
        breaks="LEAVE-2",
        tells=(r"expected +ana is told Left\('caio'\) once", r"heard +2 times", r"caio saiu do chat"),
    ),
    Mutant(
        name="collects_messages_but_not_notices",
        of="sair",
        story="Collects messages for a moment before it sends them, but announces a departure at once.",
        old=f'relay(f"{{self.name}}: {{text}}", {OTHERS})',
        new=f'outgoing.put((f"{{self.name}}: {{text}}", {OTHERS}))',
        more=(
            (SCREEN, f"{SCREEN}\noutgoing = queue.SimpleQueue()  # messages and their hearers"),
            ("def paint():", POST),
            (
                "threading.Thread(target=paint, daemon=True).start()",
                "threading.Thread(target=paint, daemon=True).start()\n"
                "    threading.Thread(target=post, daemon=True).start()",
            ),
        ),
        breaks="LEAVE-3",
        tells=(r"expected +ana hears 'oi \w+' before the notice that caio left", r"caio saiu do chat"),
    ),
    Mutant(
        name="the_word_does_nothing",
        of="x",
        story="Keeps the exit word from the others, and does nothing else about it.",
        old="                    break\n",
        new="                    continue\n",
        breaks="LEAVE-4",
        also={"EXIT-1": "whoever still gets what is said is still connected"},
        tells=(r"expected +caio hears nothing after leaving", r"heard +'oi \w+oi \w+oi \w+'"),
    ),
    Mutant(
        name="announces_a_name_once_for_ever",
        of="sair",
        story="Remembers the names of all who ever came, and announces only new ones.",
        old='relay(f"{self.name} entrou no chat!", people)',
        new="if self.name not in seen:\n"
        '                relay(f"{self.name} entrou no chat!", people)\n'
        "            seen.add(self.name)",
        more=((LOGGED_IN, f"seen = set()\n{LOGGED_IN}"),),
        breaks="LEAVE-5",
        tells=(r"expected +ana is told Joined\('bia'\) within", r"heard +nothing"),
    ),
)
