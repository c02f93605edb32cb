"""A witness that shares nothing with the engine says the same of clients as the clauses do."""

import ast
import json
import subprocess
import sys

import pytest

from selftests.judging import check, client
from selftests.mutants import MUTANTS
from selftests.mutants.mutant import write
from selftests.tree import ROOT

WITNESS = ROOT / "selftests" / "witness.py"
DIALECTS = ["tchau", "sair", "x", "operador", "prefixo", "completo", "nick"]
BOTH_CONVICT = ["shows_twice", "interrupted_with_a_traceback"]


def witnessed(file, dialect):
    """Clause to what the witness saw of a client, in a process of its own that imports nothing of ours."""
    command = [sys.executable, "-I", str(WITNESS), str(file), dialect]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


def judged(command, dialect, clauses):
    """Clause to whether it passes."""
    run = check("", dialect, "--clauses", ",".join(clauses), "--should", "fail", client_cmd=command)
    return {id: word == "pass" for id, word in run.words().items()}


def test_the_witness_shares_nothing_with_the_engine():
    """The standard library and pexpect; else both could be wrong together."""
    imported = set()
    for node in ast.walk(ast.parse(WITNESS.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module)

    assert {name.partition(".")[0] for name in imported} - set(sys.stdlib_module_names) == {"pexpect"}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_reference_client_chats_before_the_witness_as_before_the_suite(dialect):
    """Its name and line arrive, another's line shows once, the exit word and Ctrl-C end it as they should."""
    seen = witnessed(ROOT / "clients" / f"{dialect}.py", dialect)

    assert set(seen.values()) == {True}, seen
    assert judged(client(dialect), dialect, seen) == seen


@pytest.mark.parametrize("name", BOTH_CONVICT)
def test_a_mutant_is_convicted_by_both(tmp_path, name):
    """Of the same clause, and of no other."""
    mutant = next(one for one in MUTANTS if one.name == name)
    path = write(mutant, tmp_path)

    seen = witnessed(path, mutant.of)

    assert [id for id, held in seen.items() if not held] == [mutant.breaks]
    assert judged(f"{sys.executable} {path}", mutant.of, seen) == seen
