"""Chat in the dialect completo: type a line, see the lines of the others; `TCHAU`, `sair` or `x` ends it.

Teaches: one thread waits for keyboard and server, and draws your half-typed line again below each line that comes.
Bad at: lines longer than the window, of which it shows the end; keys that move the cursor, which it ignores.
"""

import argparse
import codecs
import contextlib
import os
import re
import select
import shutil
import socket
import sys
import termios
import time
import tty
import unicodedata

EXIT_WORDS = {"TCHAU", "sair", "x"}
KEYS = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|.)?")  # arrows and their like


class Screen:
    """The terminal: what came above, and the line that is being typed below."""

    def __init__(self):
        self.terminal = sys.stdin.isatty() and sys.stdout.isatty()
        self.decoder, self.prompt, self.typing = codecs.getincrementaldecoder("utf-8")("replace"), "", ""

    def __enter__(self):
        if self.terminal:
            self.before = termios.tcgetattr(0)
            tty.setcbreak(0)  # each key at once; CLIENT-11: none shown but by us
        return self

    def __exit__(self, *exception):
        self.ask("")
        if self.terminal:
            termios.tcsetattr(0, termios.TCSADRAIN, self.before)

    def draw(self, above=""):
        """Draw the line that is being typed again, below a line that came."""
        room = max(1, shutil.get_terminal_size().columns - 1 - len(self.prompt))
        line = "\r\x1b[K" + above + self.prompt + self.typing[-room:]
        print(line if self.terminal else above, end="", flush=True)

    def show(self, line):
        """Show one line of others; CLIENT-12: their control characters do nothing to this terminal."""
        self.draw(re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "?", line.rstrip("\r")) + "\n")

    def ask(self, prompt):
        """Change what stands before the line that is being typed."""
        self.prompt = prompt
        self.draw(prompt.rstrip() + "\n" if prompt.endswith(": ") and not self.terminal else "")

    def typed(self):
        """Return the lines that are finished, and whether the input goes on."""
        data = os.read(0, 65536)
        lines = []
        for char in KEYS.sub("", self.decoder.decode(data)):
            if char in "\r\n":
                if self.terminal and self.typing.strip():
                    self.draw(f"{self.prompt}{self.typing}\n")
                lines, self.typing = [*lines, self.typing], ""
            elif char == "\x04" and self.terminal and not self.typing:  # CLIENT-6
                return lines, False
            elif char in "\x7f\b":
                letters = [at for at, one in enumerate(self.typing) if not unicodedata.combining(one)]
                self.typing = self.typing[: letters[-1]] if letters else ""
            elif char == "\t" or char >= " ":
                self.typing += char
        self.draw()
        return lines, bool(data)


class Connection:
    """The server: whole lines, as they come."""

    def __init__(self, sock, end):
        self.sock, self.end = sock, end
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")  # keeps a character that two reads cut
        self.rest = ""

    def show(self, screen):
        """Show what came. The rest of a line waits for its end or, if nothing follows it, for the next call."""
        came = bool(select.select([self.sock], [], [], 0)[0])
        data = self.sock.recv(65536) if came else b""
        *lines, self.rest = (self.rest + self.decoder.decode(data) + "\n" * (not data)).split("\n")  # CLIENT-10
        for line in lines if data else filter(None, lines):
            screen.show(line)
        if came and not data:
            raise ConnectionError("the end")

    def send(self, text):
        """Send one message."""
        self.sock.sendall((text + self.end).encode(errors="replace"))
        if not self.end:
            time.sleep(0.05)  # nothing marks where a raw message ends: give the server the time to read it by itself


def chat(screen, server, name):
    """Carry lines both ways until an exit word, the end of input, or the end of the server."""
    if name:
        server.send(name)
    screen.ask(f"{name}> " if name else "Your name: ")
    while True:
        ready, _, _ = select.select([0, server.sock], [], [], 0.1 if server.rest else None)
        if server.sock in ready or not ready:
            server.show(screen)  # CLIENT-3
        lines, more = screen.typed() if 0 in ready else ([], True)
        for text in filter(str.strip, lines):
            server.send(text)  # CLIENT-1, CLIENT-2
            if text.strip() in EXIT_WORDS:  # CLIENT-4
                return
            name = name or text.strip()
            screen.ask(f"{name}> ")
        if not more:
            return


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for flag, default in ("--host", "127.0.0.1"), ("--port", 5050), ("--name", ""):
        parser.add_argument(flag, type=type(default), default=default)
    parser.add_argument("--line", action="store_const", const="\n", default="", help="end each message with a newline")
    options = parser.parse_args()
    sys.stdout.reconfigure(errors="replace")
    try:
        sock = socket.create_connection((options.host, options.port))
    except (OSError, OverflowError) as error:  # CLIENT-8
        sys.exit(f"no server at {options.host}:{options.port}: {error}")
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with Screen() as screen:
        screen.show(f"Connected to {options.host}, port {options.port}. Ctrl-D leaves.")
        server = Connection(sock, options.line)
        try:
            chat(screen, server, options.name)
        except OSError:  # CLIENT-7, CLIENT-9
            return screen.show("The server has ended the connection.")
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_WR)  # what was typed arrives before the end
            while select.select([sock], [], [], 0.5)[0]:  # the server's last words
                server.show(screen)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):  # CLIENT-5
        main()
