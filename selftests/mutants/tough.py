"""Mutants of TOUGH: bad input, and too many."""

from selftests.mutants.mutant import Mutant

TOUGH = (
    Mutant(
        name="decodes_strictly",
        of="operador",
        story="Lets bytes that are no text end the thread of their client, and keeps its socket.",
        old='("utf-8")("replace")',
        new='("utf-8")()',
        breaks="TOUGH-1",
        tells=(r"expected +ana hears 'oi \w+' of caio, or caio's connection ends", r"heard +"),
    ),
    Mutant(
        name="a_blank_is_the_end",
        of="sair",
        story="Takes a message that is empty once it is stripped for the end of the stream.",
        old="if text.strip() in EXIT_WORDS:",
        new="if text.strip() in EXIT_WORDS or not text.strip():",
        breaks="TOUGH-2",
        tells=(r"expected +caio hears 'oi \w+' within", r"heard +"),
    ),
    Mutant(
        name="a_long_message_ends_the_server",
        of="tchau",
        story="Ends when a read is longer than it expected.",
        old="relay(text, [self])  # ECHO-1",
        new="if len(text) > 50_000:\n                    os._exit(1)\n                relay(text, [self])  # ECHO-1",
        breaks="TOUGH-3",
        tells=(r"expected +the server goes on running", r"heard +it ended \(exit status 1\)"),
        varies=("heard",),
    ),
    Mutant(
        name="a_nul_is_the_end",
        of="prefixo",
        story="Takes a NUL in a message for the end of the stream.",
        old="if text.strip():  # TOUGH-2",
        new='if "\\0" in text:\n                    break\n                if text.strip():',
        breaks="TOUGH-4",
        tells=(r"expected +caio hears 'oi \w+' within", r"heard +"),
    ),
    Mutant(
        name="counts_all_that_ever_came",
        of="operador",
        story="Lets in 150 clients and no more, those that have gone included.",
        old="sock = listener.accept()[0]",
        new="sock = listener.accept()[0]\n"
        "            came.append(sock.fileno())\n"
        "            if len(came) == 150:\n"
        "                return",
        more=(
            (
                "people = []  # who is logged in, in the order of arrival",
                "came = []\npeople = []  # who is logged in, in the order of arrival",
            ),
        ),
        breaks="TOUGH-5",
        tells=(r"expected +the server accepts connection \d+ within", r"heard +it waits at the door"),
    ),
    Mutant(
        name="room_for_fifty",
        of="sair",
        story="Has room for 50 connections at a time, and turns away all others.",
        old="sock = listener.accept()[0]",
        new="sock = listener.accept()[0]\n"
        "            if threading.active_count() > 2 * 50:\n"
        "                sock.close()\n"
        "                continue",
        breaks="TOUGH-6",
        tells=(r"expected +\w+ hears 'oi \w+' within|the server reads what caio said", r"heard +"),
        varies=("heard",),
    ),
    Mutant(
        name="half_a_line_is_thrown_away",
        of="x",
        story="Takes each read for a whole message, and throws away what has no newline.",
        old="(half + decoder.decode(data)).split",
        new="decoder.decode(data).split",
        breaks="TOUGH-7",
        tells=(r"expected +bia hears 'oi \w+' within", r"heard +"),
        framing="line",
    ),
    Mutant(
        name="one_line_of_each_read",
        of="operador",
        story="Takes the first line of each read, and throws away the others.",
        old="for text in texts:",
        new="for text in texts[:1]:",
        breaks="TOUGH-8",
        tells=(r"expected +bia hears 'dois \w+' within", r"heard +"),
        framing="line",
    ),
)
