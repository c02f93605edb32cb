"""`python -m bench.readme`: write the clause tables of both READMEs and the number of clauses in the changelog.

selftests/test_docs.py says when it is due.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from bench.changelog import CHANGELOG, counted
from selftests.tree import ROOT

ENGLISH, PORTUGUESE = ROOT / "README.md", ROOT / "README.pt-BR.md"
READMES = (ENGLISH, PORTUGUESE)
SPEC = ROOT / "conformance" / "SPEC.md"


def clauses() -> dict[str, str]:
    """Return clause id to the first line of its check's docstring, in the order of SPEC.md, importing no check."""
    found = {}
    for path in sorted((ROOT / "conformance").glob("test_*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if not isinstance(node, ast.FunctionDef):
                continue
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == "clause":
                    title = (ast.get_docstring(node) or "").partition("\n")[0]
                    found[str(ast.literal_eval(mark.args[0]))] = title
    order = list(specified())
    return dict(sorted(found.items(), key=lambda pair: order.index(pair[0]) if pair[0] in order else len(order)))


def specified() -> dict[str, str]:
    """Return clause id to the line that states it in SPEC.md, in its order."""
    return dict(re.findall(r"^\*\*([A-Z]+-\d+)\*\* (.*)$", SPEC.read_text("utf-8"), re.M))


def known() -> list[str]:
    """Return every clause that SPEC.md states or that has a check: who forgets one of the two is told so, once."""
    return list({**specified(), **clauses()})


def between(text: str, name: str, inside: str | None = None) -> str:
    """Return what stands between the marks of a name or, with `inside`, the text with that put there.

    Raises:
        ValueError: The marks are not there, or more than once.
    """
    parts = re.split(rf"(<!-- {name}: .*? -->\n)(.*?)(<!-- /{name} -->\n)", text, flags=re.S)
    if len(parts) != 5:
        raise ValueError(f"one pair of `<!-- {name}: … -->` and `<!-- /{name} -->` is wanted, each on its own line")
    return parts[2] if inside is None else "".join([parts[0], parts[1], inside, parts[3], parts[4]])


def rows(text: str) -> dict[str, tuple[str, ...]]:
    """Return the clause table of a README: id to its other cells."""
    lines = [line for line in between(text, "clauses").splitlines() if re.match(r"\| [A-Z]+-\d+ \|", line)]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return {id: tuple(others) for id, *others in cells}


def english_table() -> str:
    """Return the table of README.md."""
    head = "| clause | what it asks |\n|---|---|\n"
    return head + "".join(f"| {id} | {title} |\n" for id, title in clauses().items())


def portuguese_table(translated: dict[str, str]) -> str:
    """Return the table of README.pt-BR.md; the translations are kept, and a new clause gets an empty cell."""
    head = "| cláusula | o que ela pede | como aparece nas mensagens |\n|---|---|---|\n"
    return head + "".join(f"| {id} | {translated.get(id, '')} | {title} |\n" for id, title in clauses().items())


def documents() -> dict[Path, str]:
    """Return the text that each document ought to have, by its path."""
    english, portuguese, changelog = (path.read_text("utf-8") for path in (ENGLISH, PORTUGUESE, CHANGELOG))
    translated = {id: cells[0] for id, cells in rows(portuguese).items() if cells}
    return {
        ENGLISH: between(english, "clauses", english_table()),
        PORTUGUESE: between(portuguese, "clauses", portuguese_table(translated)),
        CHANGELOG: counted(changelog, known()),
    }


def untranslated() -> list[str]:
    """Return a line for each clause whose row in Portuguese has no sentence."""
    cells = rows(PORTUGUESE.read_text("utf-8"))
    return [
        f"{PORTUGUESE.name}: {id} wants its sentence in Portuguese, in the second cell of its row"
        for id, (translated, _) in cells.items()
        if not translated.endswith(".")
    ]


def main() -> None:
    """Write them, and name the clauses that want a translation."""
    for path, text in documents().items():
        path.write_text(text, "utf-8")
    for line in untranslated():
        print(line)


if __name__ == "__main__":
    main()
