"""Mutants of CAST and ECHO: what is said, to whom, how often, whole and in order."""

from selftests.mutants.mutant import Mutant
from selftests.mutants.pieces import OTHERS, SCREEN

LOCKED = "with lock:  # CAST-1, CAST-2, CAST-4, CAST-7"
EACH = 'for data in iter(self.outbox.get, b""):'

CAST = (
    Mutant(
        name="shows_and_sends_to_nobody",
        of="x",
        story="Shows each message at the server's terminal and sends it to nobody.",
        old=f"relay(text, {OTHERS})",
        new="relay(text, [])",
        breaks="CAST-1",
        tells=(r"expected +bia hears 'oi \w+' within", r"heard +nothing"),
    ),
    Mutant(
        name="silent_ones_hear_nothing",
        of="prefixo",
        story="Puts a client on the list of receivers only when it says something.",
        old=f"relay(text, {OTHERS})",
        new="relay(text, [other for other in people if other is not self and other.lines is not None])",
        breaks="CAST-1",
        tells=(r"expected +bia hears 'oi \w+' within", r"heard +nothing"),
    ),
    Mutant(
        name="speaker_is_echoed",
        of="x",
        story="Sends each line to everyone, including the person who said it.",
        old=f"relay(text, {OTHERS})",
        new="relay(text, people)",
        breaks="CAST-2",
        also={"CAST-7": "where the sender is to hear nothing, that is counted for those who speak at once, too"},
        tells=(r"expected +ana does not hear what ana said", r"heard +'oi \w+'"),
    ),
    Mutant(
        name="speaker_gets_a_receipt",
        of="sair",
        story="Confirms each line to the person who said it, with 'Você:' in front.",
        old=f'relay(f"{{self.name}}: {{text}}", {OTHERS})',
        new=f'relay(f"{{self.name}}: {{text}}", {OTHERS})\n                        relay(f"Você: {{text}}", [self])',
        breaks="CAST-2",
        also={"CAST-7": "where the sender is to hear nothing, that is counted for those who speak at once, too"},
        tells=(r"expected +ana does not hear what ana said", r"'Você: oi \w+"),
    ),
    Mutant(
        name="sends_ascii",
        of="x",
        story="Sends everything in ASCII: accents and emoji become question marks.",
        old='(text + end).encode(errors="surrogateescape")',
        new='(text + end).encode("ascii", "replace")',
        breaks="CAST-3",
        tells=(r"expected +bia hears 'ação, coração;", r"heard +", r"a\?\?o, cora\?\?o;"),
    ),
    Mutant(
        name="tidies_blanks",
        of="sair",
        story="Splits a message into words and joins them with single blanks.",
        old='relay(f"{self.name}: {text}"',
        new="""relay(f"{self.name}: {' '.join(text.split())}\"""",
        breaks="CAST-3",
        tells=(r"expected +bia hears 'ação, coração;", r"dois espaços"),
    ),
    Mutant(
        name="a_thread_for_each_message",
        of="x",
        story="Starts a thread for each message, and the threads overtake each other.",
        old=f"relay(text, {OTHERS})",
        new=f"threading.Timer(hash(text) % 100 / 1000, relay, (text, {OTHERS})).start()",
        breaks="CAST-4",
        tells=(r"expected +bia hears in this order: n0 \w+, n1 \w+", r"heard +n\d+ "),
    ),
    Mutant(
        name="newest_first",
        of="prefixo",
        story="Keeps what is to be sent on a stack, so that the newest message goes first.",
        old="queue.SimpleQueue()",
        new="queue.LifoQueue()",
        more=((EACH, 'for data in iter(lambda: time.sleep(0.05) or self.outbox.get(), b""):'),),
        breaks="CAST-4",
        tells=(r"expected +bia hears in this order: n0 \w+, n1 \w+", r"heard +n\d+ "),
    ),
    Mutant(
        name="leaves_the_name_out",
        of="operador",
        story="Passes on the text alone, so that nobody knows who said it.",
        old='relay(f"{self.name}: {text}"',
        new="relay(text",
        breaks="CAST-5",
        tells=(r"expected +bia hears 'oi \w+' with the name ana before it", r"heard +'oi \w+"),
    ),
    Mutant(
        name="needs_a_listener",
        of="x",
        story="Takes the first of the receivers without looking whether there is one.",
        old=f"relay(text, {OTHERS})",
        new=f"others = {OTHERS}\n"
        "                        first = people.index(others[0])\n"
        '                        screen.put(f"to {len(others)} people, from number {first} on")\n'
        "                        relay(text, others)",
        breaks="CAST-6",
        tells=(r"expected +bia hears 'oi \w+' within", r"heard +nothing"),
    ),
    Mutant(
        name="writes_in_two_goes",
        of="x",
        story="Writes each text in two goes and holds no lock between them.",
        old="            person.outbox.put(data)\n",
        new="            person.outbox.put(data[: len(data) // 2])\n"
        "            time.sleep(0.003)\n"
        "            person.outbox.put(data[len(data) // 2 :])\n",
        more=(
            ("    with lock:\n        if not screen.full():", "    if True:\n        if not screen.full():"),
            (LOCKED, "if True:"),
        ),
        breaks="CAST-7",
        also={"DROP-6": "those who stay speak at once, and their texts are mixed as in CAST-7"},
        tells=(r"expected +\w+ hears 'todos \w+'", r"heard +'.*todos todos "),
    ),
    Mutant(
        name="every_thread_sends_what_waits",
        of="sair",
        story="Keeps waiting messages in one list that every thread sends out, so that some go out twice.",
        old=f'{LOCKED}\n                        relay(f"{{self.name}}: {{text}}", {OTHERS})',
        new="waiting.append((self, text))\n"
        "                    time.sleep(0.02)\n"
        "                    for speaker, said in list(waiting):\n"
        '                        relay(f"{speaker.name}: {said}", [one for one in people if one is not speaker])\n'
        "                    waiting.remove((self, text))",
        more=((SCREEN, f"{SCREEN}\nwaiting = []  # who said what"),),
        breaks="CAST-7",
        tells=(r"expected +\w+ hears 'todos \w+' 1 times", r"heard +[2-9] times"),
    ),
    Mutant(
        name="cuts_long_messages",
        of="sair",
        story="Keeps the first 1,024 letters of a message and drops the rest.",
        old='relay(f"{self.name}: {text}"',
        new='relay(f"{self.name}: {text[:1024]}"',
        breaks="CAST-8",
        tells=(r"expected +bia hears all 4096 letters that ana said, in order", r"heard +10\d\d bytes in all"),
    ),
    Mutant(
        name="sends_one_packet",
        of="x",
        story="Sends what fits into one packet (1,460 bytes), and takes the rest for sent.",
        old="self.sock.sendall(data)",
        new="self.sock.send(data[:1460])",
        breaks="CAST-8",
        tells=(r"expected +bia hears all 4096 letters that ana said, in order", r"heard +14\d\d bytes in all"),
    ),
    Mutant(
        name="a_read_is_a_line",
        of="prefixo",
        story="Takes each read of 1,024 bytes for a whole line.",
        old="self.sock.recv(65536):  # DROP-1",
        new="self.sock.recv(1024):  # DROP-1",
        more=(
            (
                "*texts, half = (half + decoder.decode(data))"
                '.split("\\n") if self.lines else (decoder.decode(data), "")',
                'texts = [decoder.decode(data).rstrip("\\n")]',
            ),
            ('yield text.rstrip("\\r") + "\\n" if self.lines else text', 'yield text + "\\n"'),
        ),
        framing="line",
        breaks="CAST-8",
        tells=(r"expected +bia hears all 4096 letters that ana said, in order", r"heard +4\d\d\d bytes in all"),
    ),
    # ---- ECHO --------------------------------------------------------------------------------
    Mutant(
        name="answers_that_it_got_it",
        of="tchau",
        story="Answers each message with the same word instead of its text.",
        old="relay(text, [self])",
        new='relay("recebido", [self])',
        breaks="ECHO-1",
        tells=(r"expected +ana hears 'oi \w+' within", r"heard +'recebido'"),
    ),
    Mutant(
        name="answers_everyone",
        of="tchau",
        story="Sends the answer to every client instead of the one who spoke.",
        old="relay(text, [self])",
        new="relay(text, people)",
        breaks="ECHO-2",
        also={"ECHO-3": "who gets everything gets what the other said at the same moment, too"},
        tells=(r"expected +bia does not hear what ana said", r"heard +'oi \w+'"),
    ),
    Mutant(
        name="one_variable_for_all",
        of="tchau",
        story="Keeps the text to be answered in a variable that all threads share.",
        old="relay(text, [self])",
        new="Person.text = text\n                time.sleep(0.02)\n                relay(Person.text, [self])",
        breaks="ECHO-3",
        tells=(r"expected +\w+ hears 'todos \w+'", r"heard +'oi \w+todos "),
    ),
    Mutant(
        name="answers_in_latin_1",
        of="tchau",
        story="Encodes its answers in another way than it decodes what it reads.",
        old='data = text.encode(errors="surrogateescape")',
        new='data = text.encode("latin-1", "replace")',
        breaks="ECHO-4",
        tells=(r"expected +ana hears 'ação, coração;", r"\\xe7\\xe3o"),
    ),
    Mutant(
        name="a_thread_for_each_answer",
        of="tchau",
        story="Starts a thread for each answer, and the threads overtake each other.",
        old="relay(text, [self])",
        new="threading.Timer(hash(text) % 100 / 1000, relay, (text, [self])).start()",
        breaks="ECHO-5",
        tells=(r"expected +ana hears in this order: n0 \w+, n1 \w+", r"heard +n\d+ "),
    ),
    Mutant(
        name="answers_one_kilobyte",
        of="tchau",
        story="Answers with the first 1,024 letters of a message.",
        old="relay(text, [self])",
        new="relay(text[:1024], [self])",
        breaks="ECHO-6",
        tells=(r"expected +ana hears all 4096 letters that ana said, in order", r"heard +10\d\d bytes in all"),
    ),
)
