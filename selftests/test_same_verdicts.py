"""The same verdicts in one process, in two, in any order, and of each clause alone: none depends on another item."""

import random
import subprocess
import sys

import pytest

from batepapo.verdicts import results
from selftests.bounded import bounded
from selftests.judging import LIMIT_S, reference
from selftests.mutants import MUTANTS
from selftests.mutants.mutant import command, write
from selftests.tree import ROOT

pytestmark = pytest.mark.runs

WITH_A_BUG = next(mutant for mutant in MUTANTS if mutant.of == "x" and mutant.breaks == "CAST-1")
SAMPLE = 6


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """Name to command line: a server that is right, and one with a defect that many checks stumble over."""
    folder = tmp_path_factory.mktemp("mutant")
    return {"reference": reference(WITH_A_BUG.of), "mutant": command(write(WITH_A_BUG, folder), WITH_A_BUG)}


@pytest.fixture(scope="module")
def one_process(servers, tmp_path_factory):
    """Name to the verdicts of a whole run with `-n 0`, each run once."""
    known = {}

    def whole(name):
        if name not in known:
            known[name] = verdicts(servers[name], tmp_path_factory.mktemp(name), pytest=("-n", "0"))
        return known[name]

    return whole


def verdicts(server_cmd, folder, *options, pytest=()):
    """Return clause id to verdict and the clauses behind it, as the results file has them."""
    run = bounded(server_cmd, WITH_A_BUG.of, folder, "--framing", "raw", *options, pytest=pytest).run
    assert len(run.verdicts) == len(run.words()), "a clause has two lines"
    return {verdict.id: (verdict.word, verdict.needs) for verdict in run.verdicts}


def reversed_verdicts(server_cmd, folder):
    """The same from the other end, with `pytest conformance`: the child of `batepapo check` takes no plugin of ours."""
    path = folder / "results.jsonl"
    command = [sys.executable, "-m", "pytest", "conformance", "-p", "selftests.reversed_order", "--results", str(path)]
    command += ["--server-cmd", server_cmd, "--dialect", WITH_A_BUG.of, "--chat-framing", "raw"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert path.exists(), done.stdout + done.stderr
    return {verdict.id: (verdict.word, verdict.needs) for verdict in results.read(path)[1]}


@pytest.mark.parametrize("name", ["mutant", pytest.param("reference", marks=pytest.mark.slow)])
def test_workers_do_not_change_a_verdict(servers, one_process, tmp_path, name):
    """Every clause has the verdict that it has in one process."""
    assert verdicts(servers[name], tmp_path, pytest=("-n", "2")) == one_process(name)


@pytest.mark.parametrize("name", ["mutant", pytest.param("reference", marks=pytest.mark.slow)])
def test_the_order_does_not_change_a_verdict(servers, one_process, tmp_path, name):
    """Every clause has the verdict that it has in the usual order, and the order is another one."""
    turned = reversed_verdicts(servers[name], tmp_path)

    assert turned == one_process(name)
    assert list(turned) != list(one_process(name))


def test_the_bug_shows(one_process):
    """Else the comparison would compare nothing."""
    words = [word for word, _ in one_process("mutant").values()]

    assert words.count("fail") >= 1
    assert words.count("blocked") >= 3
    assert words.count("pass") >= 3


@pytest.mark.parametrize("name", ["mutant", pytest.param("reference", marks=pytest.mark.slow)])
def test_some_clauses_alone_have_the_same_verdict(servers, one_process, tmp_path, name):
    """A few, the same ones every time: one of each kind of verdict and some more."""
    expected = one_process(name)
    first = {word: id for id, (word, _) in reversed(expected.items())}
    others = random.Random(name).sample(sorted(set(expected) - set(first.values())), SAMPLE - len(first))
    for number, id in enumerate([*first.values(), *others]):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert verdicts(servers[name], folder, "--clauses", id) == {id: expected[id]}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["reference", "mutant"])
def test_each_clause_alone_has_the_same_verdict(servers, one_process, tmp_path, name):
    """All of them, by their ids."""
    expected = one_process(name)
    alone = {}
    for id in expected:
        (tmp_path / id).mkdir()
        alone |= verdicts(servers[name], tmp_path / id, "--clauses", id)

    assert alone == expected
