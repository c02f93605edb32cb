"""A second opinion of a client, with nothing of the engine: `python selftests/witness.py FILE DIALECT`.

It starts the client by plain pexpect at a terminal, chats with it through a socket of its own on the loopback, and
prints as JSON what it saw, by the clause that says the same.
"""

from __future__ import annotations

import json
import socket
import sys
from dataclasses import dataclass

import pexpect

WITHIN_S = 5.0
NAME = "ana"
LINE = "olá, maçã 🎉 qwrtz"
OTHERS = ("oi, plkjh", "tudo bem, mnbvc?")


@dataclass(frozen=True)
class Spoken:
    """What a dialect says of a client, in the words of its specification.

    Attributes:
        sends: What the server gets of a line.
        shows: What it sends to the others of a line of bia's.
        exit_word: What ends the client, or "": Ctrl-C alone does.
        asks: Whether the client asks for a name.
        sends_name: Whether that is its first message.
        prompt: What the server asks for the name by.
        echo: Whether the server answers each client by itself, and nobody hears another.
    """

    sends: str
    shows: str
    exit_word: str = ""
    asks: bool = True
    sends_name: bool = True
    prompt: str = ""
    echo: bool = False


DIALECTS = {
    "tchau": Spoken("{text}", "", "TCHAU", asks=False, sends_name=False, echo=True),
    "sair": Spoken("{text}", "bia: {text}", "sair"),
    "x": Spoken("{text}", "{text}", "x", asks=False, sends_name=False),
    "operador": Spoken("{text}", "bia: {text}", "sair"),
    "prefixo": Spoken("<ana> {text}", "<bia> {text}", sends_name=False),
    "completo": Spoken("{text}", "bia: {text}", "TCHAU"),
    "nick": Spoken("ana: {text}", "bia: {text}", prompt="NICK"),
}


class Chat:
    """One start of the client, connected to a socket of ours."""

    def __init__(self, file: str, spoken: Spoken) -> None:
        self.spoken = spoken
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(WITHIN_S)
            words = [file, "--port", str(listener.getsockname()[1])]
            self.client = pexpect.spawn(
                sys.executable, words, encoding="utf-8", codec_errors="replace", timeout=WITHIN_S, dimensions=(24, 160)
            )
            self.server = listener.accept()[0]
        self.server.settimeout(WITHIN_S)
        self.got = b""
        self.printed = ""
        if spoken.prompt:
            self.says(spoken.prompt)

    def says(self, text: str) -> None:
        """Let the server say a line."""
        self.server.sendall(f"{text}\n".encode())

    def hears(self, text: str) -> bool:
        """Wait until the server has got a text."""
        while text.encode() not in self.got:
            try:
                data = self.server.recv(65536)
            except OSError:
                return False
            if not data:
                return False
            self.got += data
        return True

    def sees(self, pattern: object) -> bool:
        """Wait until the terminal has got a text or, by pexpect.EOF, the program has ended."""
        try:
            self.client.expect_exact(pattern)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return False
        self.printed += self.client.before + (self.client.after if isinstance(self.client.after, str) else "")
        return True

    def is_named(self) -> bool:
        """Give the name where it is asked for, and see it come where it is sent."""
        if self.spoken.asks:
            if not self.sees("Your name:"):
                return False
            self.client.sendline(NAME)
        return not self.spoken.sends_name or self.hears(NAME)

    def delivers(self) -> bool:
        """Type a line, and see it come."""
        self.client.sendline(LINE)
        came = self.hears(self.spoken.sends.format(text=LINE))
        if self.spoken.echo:
            self.says(LINE)
        return came

    def shows_once(self) -> bool:
        """Let somebody else say two lines; the first has been seen once when the second is there."""
        for text in OTHERS:
            self.says(self.spoken.shows.format(text=text))
        return self.sees(OTHERS[1]) and self.printed.count(OTHERS[0]) == 1

    def ends(self) -> bool:
        """Wait for the end of the program; a server that went before would end it otherwise."""
        ended = self.sees(pexpect.EOF)
        self.client.close()
        return ended

    def close(self) -> None:
        """End both."""
        self.server.close()
        self.client.close()


def saw(file: str, spoken: Spoken) -> dict[str, bool]:
    """Return clause to whether the client does what it says, as far as the dialect has it."""
    found = {}
    chat = Chat(file, spoken)
    found["CLIENT-1"] = chat.is_named()
    found["CLIENT-2"] = chat.delivers()
    if spoken.echo:
        del found["CLIENT-1"]
    else:
        found["CLIENT-3"] = chat.shows_once()
    if spoken.exit_word:
        chat.client.sendline(spoken.exit_word)
        found["CLIENT-4"] = chat.ends() and chat.client.exitstatus == 0 and "Traceback" not in chat.printed
    chat.close()

    chat = Chat(file, spoken)
    arrived = chat.is_named() and chat.delivers()
    chat.client.sendintr()
    found["CLIENT-5"] = arrived and chat.ends() and "Traceback" not in chat.printed
    chat.close()
    return found


if __name__ == "__main__":
    print(json.dumps(saw(sys.argv[1], DIALECTS[sys.argv[2]])))
