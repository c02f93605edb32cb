"""A grading script as an assistant writes it in an evening: 20 checks, and a sleep wherever something has to happen.

It is here to be compared with (`python -m bench.suite`), and honest: it does what such scripts do, no worse, and it
judges the dialects `sair` and `completo`.

    python -m bench.naive "python3 reference/sair.py" 5555
"""

from __future__ import annotations

import shlex
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable

START_S = 0.5  # the server is up by then
ANSWER_S = 0.5  # whatever comes has come by then


class Chat:
    """The server, and whoever is connected to it."""

    def __init__(self, command: str, port: int) -> None:
        self.port = port
        self.people: list[socket.socket] = []
        self.server = subprocess.Popen(shlex.split(command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(START_S)

    def join(self, name: str) -> socket.socket:
        person = socket.create_connection(("127.0.0.1", self.port))
        self.people.append(person)
        self.say(person, name)
        return person

    def say(self, person: socket.socket, text: str) -> None:
        person.sendall(text.encode())
        time.sleep(ANSWER_S)

    def heard(self, person: socket.socket) -> str:
        person.setblocking(False)
        data = b""
        try:
            while piece := person.recv(65536):
                data += piece
        except OSError:
            pass
        person.setblocking(True)
        return data.decode(errors="replace")

    def ended(self, person: socket.socket) -> bool:
        person.settimeout(ANSWER_S)
        try:
            while person.recv(65536):
                pass
        except TimeoutError:
            return False
        except OSError:
            pass
        return True

    def reset(self, person: socket.socket) -> None:
        person.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        person.close()
        time.sleep(ANSWER_S)

    def close(self) -> None:
        for person in self.people:
            person.close()
        self.server.kill()
        self.server.wait()


def starts(chat: Chat) -> bool:
    return chat.server.poll() is None


def takes_a_client(chat: Chat) -> bool:
    chat.join("ana")
    return chat.server.poll() is None


def takes_three(chat: Chat) -> bool:
    return all(chat.join(name) for name in ("ana", "bia", "caio"))


def announces(chat: Chat) -> bool:
    ana = chat.join("ana")
    chat.join("bia")
    return "bia" in chat.heard(ana)


def announces_once(chat: Chat) -> bool:
    ana = chat.join("ana")
    chat.join("bia")
    return chat.heard(ana).count("bia") == 1


def relays(chat: Chat) -> bool:
    ana, bia = chat.join("ana"), chat.join("bia")
    chat.say(ana, "hello")
    return "hello" in chat.heard(bia)


def relays_to_all(chat: Chat) -> bool:
    ana, bia, caio = chat.join("ana"), chat.join("bia"), chat.join("caio")
    chat.say(ana, "hello")
    return "hello" in chat.heard(bia) and "hello" in chat.heard(caio)


def spares_the_sender(chat: Chat) -> bool:
    ana = chat.join("ana")
    chat.join("bia")
    chat.say(ana, "hello")
    return "hello" not in chat.heard(ana)


def relays_both_ways(chat: Chat) -> bool:
    ana, bia = chat.join("ana"), chat.join("bia")
    chat.say(ana, "hello")
    chat.say(bia, "hi there")
    return "hello" in chat.heard(bia) and "hi there" in chat.heard(ana)


def relays_accents(chat: Chat) -> bool:
    ana, bia = chat.join("ana"), chat.join("bia")
    chat.say(ana, "olá, você aí")
    return "olá, você aí" in chat.heard(bia)


def relays_a_long_text(chat: Chat) -> bool:
    ana, bia = chat.join("ana"), chat.join("bia")
    chat.say(ana, "a" * 2000)
    return "a" * 2000 in chat.heard(bia)


def keeps_the_order(chat: Chat) -> bool:
    ana, bia = chat.join("ana"), chat.join("bia")
    for text in ("one", "two", "three"):
        chat.say(ana, text)
    heard = chat.heard(bia)
    return -1 < heard.find("one") < heard.find("two") < heard.find("three")


def ends_at_the_word(chat: Chat) -> bool:
    ana = chat.join("ana")
    chat.say(ana, "sair")
    return chat.ended(ana)


def does_not_relay_the_word(chat: Chat) -> bool:
    ana, bia = chat.join("ana"), chat.join("bia")
    chat.heard(bia)
    chat.say(ana, "sair")
    return "sair\n" not in chat.heard(bia)


def word_inside_is_text(chat: Chat) -> bool:
    ana, bia = chat.join("ana"), chat.join("bia")
    chat.say(ana, "vou sair daqui")
    return "vou sair daqui" in chat.heard(bia)


def announces_who_leaves(chat: Chat) -> bool:
    ana, bia = chat.join("ana"), chat.join("bia")
    chat.heard(bia)
    chat.say(ana, "sair")
    return "ana" in chat.heard(bia)


def serves_after_a_close(chat: Chat) -> bool:
    ana, bia, caio = chat.join("ana"), chat.join("bia"), chat.join("caio")
    ana.close()
    time.sleep(ANSWER_S)
    chat.say(bia, "hello")
    return "hello" in chat.heard(caio)


def serves_after_a_reset(chat: Chat) -> bool:
    ana, bia, caio = chat.join("ana"), chat.join("bia"), chat.join("caio")
    chat.reset(ana)
    chat.say(bia, "hello")
    return "hello" in chat.heard(caio)


def takes_who_comes_later(chat: Chat) -> bool:
    ana, bia = chat.join("ana"), chat.join("bia")
    ana.close()
    time.sleep(ANSWER_S)
    caio = chat.join("caio")
    chat.say(caio, "hello")
    return "hello" in chat.heard(bia)


def takes_ten(chat: Chat) -> bool:
    people = [chat.join(f"ana{number}") for number in range(10)]
    chat.say(people[0], "hello")
    return all("hello" in chat.heard(person) for person in people[1:])


CHECKS: tuple[Callable[[Chat], bool], ...] = (
    starts,
    takes_a_client,
    takes_three,
    announces,
    announces_once,
    relays,
    relays_to_all,
    spares_the_sender,
    relays_both_ways,
    relays_accents,
    relays_a_long_text,
    keeps_the_order,
    ends_at_the_word,
    does_not_relay_the_word,
    word_inside_is_text,
    announces_who_leaves,
    serves_after_a_close,
    serves_after_a_reset,
    takes_who_comes_later,
    takes_ten,
)


def judge(command: str, port: int) -> dict[str, bool]:
    """Run every check on a fresh server; a failure of its own counts as the server's, as it does in such scripts."""
    found = {}
    for check in CHECKS:
        chat = Chat(command, port)
        try:
            found[check.__name__] = check(chat)
        except OSError:
            found[check.__name__] = False
        finally:
            chat.close()
    return found


if __name__ == "__main__":
    for name, passed in judge(sys.argv[1], int(sys.argv[2])).items():
        print(f"{'PASS' if passed else 'FAIL'} {name}")
