"""What whoever adds a clause may forget: a line for each, with its cure.

Each step of "Add a clause" in CONTRIBUTING.md is asked for once. Mutants are asked for by selftests/mutants/table.py,
documents by selftests/test_docs.py.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping
from pathlib import Path

PROGRAMS = {"CLIENT": ("clients",), "PAIR": ("reference", "clients")}  # folders; all other areas are the servers'
WITHOUT_A_LINE = {  # clauses that no line obeys alone, with the reason
    "LISTEN-1": "the whole program obeys it",
    "PAIR-1": "both programs obey it, in all that they say",
    "PAIR-2": "both programs obey it, in all that they say",
}


def checks(stated: Mapping[str, str], checked: Mapping[str, str]) -> list[str]:
    """Return which clauses lack their line in SPEC.md, their check, or a check that begins with that line."""
    return [
        *(
            f"{clause}: SPEC.md does not state it; write `**{clause}** {title}` into conformance/SPEC.md"
            for clause, title in checked.items()
            if clause not in stated
        ),
        *(
            f'{clause}: no check decides it; write a function with `@clause("{clause}")` into {_file_of(clause)}'
            for clause in stated
            if clause not in checked
        ),
        *(
            f"{clause}: its check begins with {checked[clause]!r}, SPEC.md states {line!r}; make them the same"
            for clause, line in stated.items()
            if checked.get(clause, line) != line
        ),
    ]


def _file_of(clause: str) -> str:
    return f"conformance/test_{clause.partition('-')[0].lower()}.py"


def rows(clauses: Collection[str], table: Collection[str], dialects: Collection[str]) -> list[str]:
    """Return which clauses have no row in applicability.toml, and which rows no clause."""
    form = " ".join("?" for _ in dialects)
    return [
        *(
            f'conformance/applicability.toml: {clause} has no row; write `{clause} = {{ applies = "{form}" }}` with a '
            f"letter for each of {' '.join(dialects)}: A must, S should, M may, - not applicable"
            for clause in clauses
            if clause not in table
        ),
        *(
            f"conformance/applicability.toml: there is no clause {clause}; delete its row"
            for clause in table
            if clause not in clauses
        ),
    ]


def comments(
    clauses: Collection[str], applies: Mapping[str, Collection[str]], programs: Mapping[str, tuple[str, str]]
) -> list[str]:
    """Return which clauses no program names at the line that obeys, and which names are none.

    Args:
        clauses: Those that there are.
        applies: Clause to the dialects that it applies to.
        programs: Path of each reference program, from the root of the checkout, to its dialect and its text.
    """
    areas = "|".join(sorted({clause.partition("-")[0] for clause in clauses}))
    named = {path: set(re.findall(rf"\b(?:{areas})-\d+\b", text)) for path, (_, text) in programs.items()}
    found = [
        f"{path}: a comment names {clause}, and there is no such clause; correct it"
        for path, names in named.items()
        for clause in sorted(names - set(clauses))
    ]
    for clause, dialects in applies.items():
        folders = PROGRAMS.get(clause.partition("-")[0], ("reference",))
        asked = [p for p, (dialect, _) in programs.items() if p.startswith(folders) and dialect in dialects]
        obeyed = [path for path in asked if clause in named[path]]
        if asked and not obeyed and clause not in WITHOUT_A_LINE:
            found.append(
                f"{clause}: no program names it; write `# {clause}` at the line that obeys, in one of "
                f"{' '.join(asked)}, or its reason into WITHOUT_A_LINE of selftests/forgotten.py"
            )
        if obeyed and clause in WITHOUT_A_LINE:
            found.append(f"{clause}: {obeyed[0]} names it; delete it from WITHOUT_A_LINE of selftests/forgotten.py")
    return found + [
        f"{clause}: there is no such clause; delete it from WITHOUT_A_LINE of selftests/forgotten.py"
        for clause in WITHOUT_A_LINE
        if clause not in clauses
    ]


def steps(folder: Path) -> list[str]:
    """Return which steps a folder's checks take that are not there, and which are there and nobody takes."""
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.py"))}
    trees = {name: ast.parse(path.read_text("utf-8")) for name, path in files.items()}
    there = {name: _definitions(tree) for name, tree in trees.items() if _is_of_steps(name)}
    found, taken = [], set()
    for name, tree in trees.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.ImportFrom) or not node.level:
                continue
            home = f"{Path(name).parents[node.level - 1].as_posix()}/{(node.module or '').replace('.', '/')}.py"
            target = home.removeprefix("./")
            taken |= {(target, each.name) for each in node.names}
            if target not in there:
                found.append(f"{folder.name}/{name}: takes steps of {folder.name}/{target}, a file that is not there")
                continue
            found += [
                f"{folder.name}/{name}: takes {each.name}, which {folder.name}/{target} does not have; write it there"
                for each in node.names
                if each.name not in there[target]
            ]
    used = {target for target, _ in taken}
    found += [f"{folder.name}/{name}: no check takes a step of it; delete it" for name in there if name not in used]
    for name in sorted(used & set(there)):
        at_home = {
            node.id for node in ast.walk(trees[name]) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        }
        found += [
            f"{folder.name}/{name}: no check takes {step}; delete it"
            for step in sorted(there[name])
            if not step.startswith("_") and step not in at_home and (name, step) not in taken
        ]
    return found


def _is_of_steps(name: str) -> bool:
    return name.startswith("steps/") and name != "steps/__init__.py"


def _definitions(tree: ast.Module) -> set[str]:
    """Return the functions, classes and constants of a file of steps."""
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names
