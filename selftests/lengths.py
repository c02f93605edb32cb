"""reference/sair.py with lengths instead of newlines: the server of our own that speaks length4."""

from __future__ import annotations

from pathlib import Path

from selftests.tree import ROOT

BARE = "bare"  # lengths on what it reads only
REFUSES = "refuses"  # ends a connection whose first bytes are no length that it believes, and says so

READS = ("        decoder = codecs.", "    def write(self):")  # from here to there, the reading of lines
READS_LENGTHS = """\
        with self.sock.makefile("rb") as stream:
            while len(header := stream.read(4)) == 4:
                length = int.from_bytes(header, "big")
                if length > MOST_QUEUED // 8 and REFUSING:
                    print("too long", flush=True)
                    return
                if len(data := stream.read(length)) < length:
                    return
                yield data.decode(errors="replace")

"""
WRITES = 'data = f"{text}\\n".encode()'
WRITES_LENGTHS = 'data = len(text.encode()).to_bytes(4, "big") + text.encode()'


def write(folder: Path, *habits: str) -> Path:
    """Write the server into a folder, with some habits, and return its path."""
    text = (ROOT / "reference" / "sair.py").read_text("utf-8")
    start, end = (text.index(edge) for edge in READS)
    text = text[:start] + READS_LENGTHS.replace("REFUSING", str(REFUSES in habits)) + text[end:]
    if BARE not in habits:
        assert text.count(WRITES) == 1
        text = text.replace(WRITES, WRITES_LENGTHS)
    path = folder / "lengths.py"
    path.write_text(text, "utf-8")
    return path
