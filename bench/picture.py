"""`python -m bench.picture`: a real run on a server with one bug, as docs/run.svg and as the example in the READMEs."""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.readme import READMES, between
from selftests.mutants import MUTANTS, write
from selftests.tree import ROOT

PICTURE = ROOT / "docs" / "run.svg"
MUTANT = "announced_by_word_and_by_clean_up"  # a bug that many have, and a failure that explains itself
COMMAND = 'pytest conformance --server-cmd "python3 server.py" --server-dir ../my-chat --dialect sair'
COLUMNS = 104
FOLDERS = ("conformance", "reference", "src", "conftest.py", "pyproject.toml")

# SVG user units. A letter of a monospace font is 0.6 of its size wide; `textLength` holds every viewer to it.
SIZE, WIDE, HIGH, MARGIN, BAR = 13.0, 7.8, 18.0, 16.0, 30.0
INK, PAPER, DIM = "#d6dbe5", "#10141c", "#8b95a7"
COLOURS = {
    "30": "#5b6577",
    "31": "#ff7b72",
    "32": "#7ee787",
    "33": "#e3b341",
    "34": "#79c0ff",
    "35": "#d2a8ff",
    "36": "#76e3ea",
    "37": INK,
}
NO_BREAK = "\u00a0"  # viewers fold plain blanks, and not all of them obey xml:space
ESCAPE = re.compile(r"\x1b\[([\d;]*)m")


def run() -> str:
    """Judge the mutant in a copy of this checkout, and return what the terminal showed, colours included."""
    mutant = next(mutant for mutant in MUTANTS if mutant.name == MUTANT)
    with tempfile.TemporaryDirectory() as scratch:
        checkout, theirs = Path(scratch, "batepapo"), Path(scratch, "my-chat")
        theirs.mkdir()
        write(mutant, theirs).rename(theirs / "server.py")
        for name in FOLDERS:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, checkout / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
            else:
                shutil.copy(source, checkout / name)
        words = COMMAND.replace("pytest", f"{sys.executable} -m pytest", 1)
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": scratch,
            "LANG": "C.UTF-8",
            "COLUMNS": str(COLUMNS),
            "PYTHONPATH": str(checkout / "src"),
            "PYTEST_ADDOPTS": "--color=yes -p no:cacheprovider -p no:hypothesispytest",
        }
        done = subprocess.run(
            ["sh", "-c", words], cwd=checkout, env=environment, stdout=subprocess.PIPE, text=True, check=False
        )
    if done.returncode != 1:
        raise SystemExit(f"{MUTANT}: exit status {done.returncode} instead of 1\n{done.stdout}")
    return done.stdout.replace(scratch, "~")


def without_colours(text: str) -> str:
    """Return what was shown as plain text."""
    return ESCAPE.sub("", text)


def failure_block(text: str) -> str:
    """Return the failure block of a run in plain text."""
    found = re.search(r"^FAIL  .*?(?=^=====|^_____)", without_colours(text), re.M | re.S)
    if found is None:
        raise SystemExit(f"no failure block in\n{text}")
    return found[0].rstrip()


def svg(command: str, text: str) -> str:
    """Return the picture of a terminal that shows a command and what came of it."""
    lines = wrapped([f"\x1b[32m$\x1b[0m {command}", *text.rstrip().splitlines()])
    width = COLUMNS * WIDE + 2 * MARGIN
    height = BAR + len(lines) * HIGH + 2 * MARGIN
    rows = [row(number, line) for number, line in enumerate(lines)]
    title = html.escape(f"A run of batepapo: {command}")
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
            f'viewBox="0 0 {width:g} {height:g}" role="img">',
            f"<title>{title}</title>",
            f"<!-- Written by `python -m bench.picture` from a real run on the mutant {MUTANT}. -->",
            f'<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>',
            lights(),
            font(),
            *filter(None, rows),
            "</g>",
            "</svg>",
            "",
        ]
    )


def lights() -> str:
    """Return the three lights of a window."""
    return "".join(
        f'<circle cx="{MARGIN + 6 + at * 20:g}" cy="{BAR / 2 + 3:g}" r="6" fill="{fill}"/>'
        for at, fill in enumerate((COLOURS["31"], COLOURS["33"], COLOURS["32"]))
    )


def font() -> str:
    """Return the beginning of a group that is written as a terminal writes."""
    return (
        '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace" '
        f'font-size="{SIZE:g}" fill="{INK}">'
    )


def wrapped(lines: list[str]) -> list[str]:
    """Break what is wider than the terminal, as a terminal does; colours are taken off such a line."""
    result = []
    for line in lines:
        plain = without_colours(line)
        if len(plain) <= COLUMNS:
            result.append(line)
            continue
        result += [plain[at : at + COLUMNS] for at in range(0, len(plain), COLUMNS)]
    return result


def row(number: int, line: str, left: float = MARGIN) -> str:
    """Return one line of the terminal as SVG text: a span for each colour, each letter in its column."""
    spans = []
    style = ""
    column = 0
    for index, piece in enumerate(ESCAPE.split(line)):
        if index % 2:  # the numbers of an escape sequence
            style = styled(style, piece)
        elif piece.strip():
            indent = len(piece) - len(piece.lstrip(" "))
            text = piece.strip(" ").replace(" ", NO_BREAK)
            x = left + (column + indent) * WIDE
            length = f' textLength="{len(text) * WIDE:g}" lengthAdjust="spacingAndGlyphs"' if len(text) > 1 else ""
            spans.append(f'<tspan x="{x:g}"{length}{style}>{html.escape(text)}</tspan>')
        if not index % 2:
            column += len(piece)
    y = BAR + MARGIN + number * HIGH + SIZE
    return f'<text y="{y:g}">{"".join(spans)}</text>' if spans else ""


def styled(style: str, codes: str) -> str:
    """Return the SVG attributes after one escape sequence."""
    for code in codes.split(";"):
        if code in ("", "0"):
            style = ""
        elif code == "1":
            style += ' font-weight="bold"' if "font-weight" not in style else ""
        elif code in COLOURS or code in {f"9{colour[1]}" for colour in COLOURS}:
            style = re.sub(r' fill="[^"]*"', "", style) + f' fill="{COLOURS[f"3{code[-1]}"]}"'
    return style


def main() -> None:
    """Run, and write the picture and the example."""
    shown = run()
    PICTURE.write_text(svg(COMMAND, shown), "utf-8")
    for readme in READMES:
        text = between(readme.read_text("utf-8"), "example", f"```text\n{failure_block(shown)}\n```\n")
        readme.write_text(text, "utf-8")
    print(f"wrote {PICTURE.relative_to(ROOT)} and the example of {', '.join(path.name for path in READMES)}")


if __name__ == "__main__":
    os.chdir(ROOT)
    main()
