"""Servers in other languages, in the idiom of each: the good one passes every clause, the bug fails exactly its own."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from batepapo.protocol.dialect_file import load
from selftests.judging import check
from selftests.tree import ROOT
from selftests.verdicts.test_applicability import APPLIES, MARKS

FOLDER = ROOT / "selftests" / "languages"
DIALECT = "sair"


@dataclass(frozen=True)
class Program:
    """A server in another language.

    Attributes:
        file: Its source, in selftests/languages.
        needs: The programs that build and run it.
        run: Its command line; `build`, where it has one, is run before.
        framing: What ends a message of it: the idiom of the language decides, and the suite finds it out.
        old: A piece of the source that occurs exactly once; empty in a good server.
        new: What stands there instead.
        story: What the mutant does wrong, in one sentence.
        fails: Clause to the patterns of its failure; empty for a good server.
    """

    file: str
    needs: tuple[str, ...]
    run: str
    framing: str
    build: str = ""
    old: str = ""
    new: str = ""
    story: str = ""
    fails: Mapping[str, str] = field(default_factory=dict)


NODE = {"file": "sair.js", "needs": ("node",), "run": "node sair.js", "framing": "raw"}
JAVA = {
    "file": "Sair.java",
    "needs": ("javac", "java"),
    "run": "java Sair",
    "framing": "line",
    "build": "javac Sair.java",
}
PROGRAMS = {
    "Node.js": Program(**NODE),
    # A server without the handler for "error" dies of any reset, so it fails five clauses: no row for this table.
    "Node.js, exit word anywhere": Program(
        **NODE,
        old='text.trim() === "sair"',
        new='text.includes("sair")',
        story="Takes a message for the exit word that only contains it.",
        fails={"EXIT-4": "bia hears 'sair daqui"},
    ),
    "Java": Program(**JAVA),
    "Java, announced twice": Program(
        **JAVA,
        old="            } catch (IOException reset) {",
        new="                if (line != null) {\n"
        '                    tell(name + " saiu do chat.", this);\n'
        "                }\n"
        "            } catch (IOException reset) {",
        story="Announces a departure at the exit word, and once more where it cleans up.",
        fails={"LEAVE-2": "told Left("},
    ),
}


def expected(program: Program) -> dict[str, str]:
    """Return clause to verdict: what the dialect has passes, but for what the bug breaks."""
    features = load(DIALECT).features
    asked = {id for id, wanted in APPLIES.items() if set(wanted.split()) <= features}
    if program.framing == "raw":
        asked -= {id for id, mark in MARKS.items() if mark.get("framed")}
    of_servers = [id for id in APPLIES if MARKS[id].get("of", "server") == "server"]
    words = {id: "pass" if id in asked else "not_applicable" for id in of_servers}
    return words | dict.fromkeys(program.fails, "fail")


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_server_in_another_language_is_judged_as_ours_are(name, tmp_path):
    """Whose fault would a difference be? The suite is guilty until proven innocent."""
    program = PROGRAMS[name]
    for needed in program.needs:
        if shutil.which(needed) is None:
            pytest.skip(f"{needed} is not installed here; .ci/run installs it")
    text = (FOLDER / program.file).read_text("utf-8")
    if program.old:
        assert text.count(program.old) == 1
    (tmp_path / program.file).write_text(text.replace(program.old, program.new) if program.old else text, "utf-8")

    run = check(
        program.run,
        DIALECT,
        *(("--build-cmd", program.build) if program.build else ()),
        pytest=("-n", "2"),
        folder=tmp_path,
    )

    assert run.words() == expected(program), run.output
    assert run.facts.framing == program.framing
    assert run.status == int(bool(program.fails))
    for id, tells in program.fails.items():
        assert tells in run.output.partition(f"FAIL  {id}")[2][:1000], run.output
