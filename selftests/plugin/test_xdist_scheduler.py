"""How checks are shared out: the watches together, the rest to whoever is free, and no check crashes two workers."""

import runpy
from types import SimpleNamespace

import pytest
from xdist.scheduler import LoadScopeScheduling

from batepapo.errors import UsageError
from batepapo.plugin import xdist_scheduler
from batepapo.plugin.xdist_scheduler import WatchesTogether, clauses_by_node, write_clauses_by_node
from batepapo.verdicts.clause import Clause

CONFIG = SimpleNamespace(getvalue=lambda name: ["2*popen"], option=SimpleNamespace(loadscopereorder=True))
WATCHES = ("IDLE-1", "IDLE-2", "IDLE-3")
IDS = ("CAST-1", "CAST-2", "CAST-3", "CAST-4", *WATCHES)


def node_of(id):
    """The node id of a clause's check."""
    return f"test_it.py::test_{id}"


@pytest.fixture
def run_dir(tmp_path):
    """Where the workers wrote down which item is which clause."""
    marks = {node_of(id): Clause(id, (), (), (), id in WATCHES, False, False, "", "") for id in IDS}
    write_clauses_by_node(tmp_path / "run", marks)
    return tmp_path / "run"


class Worker:
    """Remembers what it was given."""

    def __init__(self, name):
        self.gateway = SimpleNamespace(id=name)
        self.shutting_down = False
        self.given = []

    def send_runtest_some(self, indexes):
        self.given += [IDS[index] for index in indexes]

    def shutdown(self):
        self.shutting_down = True


@pytest.fixture
def shared_out(run_dir):
    """A scheduler of two workers that have been given their first checks."""
    scheduler = WatchesTogether(CONFIG, None, run_dir)
    workers = [Worker("gw0"), Worker("gw1")]
    for worker in workers:
        scheduler.add_node(worker)
        scheduler.add_node_collection(worker, [node_of(id) for id in IDS])
    scheduler.schedule()
    return scheduler, workers


def finish(scheduler, worker, *ids):
    """Let a worker finish some of its checks."""
    for id in ids:
        scheduler.mark_test_complete(worker, IDS.index(id))


def test_the_watches_go_to_one_worker(shared_out):
    """They overlap in one process; every other check is a unit of its own."""
    scheduler, workers = shared_out
    for worker in workers * len(IDS):
        finish(scheduler, worker, *worker.given)

    of_the_watches = [worker for worker in workers if set(WATCHES) & set(worker.given)]
    assert len(of_the_watches) == 1
    assert set(WATCHES) <= set(of_the_watches[0].given)
    assert sorted(workers[0].given + workers[1].given) == sorted(IDS)


def test_the_check_that_a_worker_crashed_in_is_given_to_nobody(shared_out):
    """Its other work is done by the rest; xdist's own scheduler lets one worker after another crash in it."""
    scheduler, (first, second) = shared_out
    ours = list(first.given)

    crashed = scheduler.remove_node(first)

    assert crashed == node_of(ours[0])
    for _ in IDS:
        finish(scheduler, second, *second.given)
    assert sorted(second.given) == sorted(set(IDS) - {ours[0]})


def test_a_worker_that_crashed_after_its_work_takes_no_check_with_it(shared_out):
    scheduler, (first, _) = shared_out
    for units in scheduler.assigned_work[first].values():
        units.update(dict.fromkeys(units, True))

    assert scheduler.remove_node(first) is None


@pytest.mark.parametrize("name", ["_split_scope", "_reschedule", "remove_node"])
def test_an_xdist_without_what_we_build_on_is_refused(monkeypatch, name):
    """Once, in a line that says which one has it."""
    monkeypatch.delattr(LoadScopeScheduling, name)

    with pytest.raises(Exception, match=rf"has no LoadScopeScheduling\.{name}; install pytest-xdist 3\.8") as error:
        runpy.run_path(xdist_scheduler.__file__)

    assert type(error.value).__name__ == UsageError.__name__


def test_an_xdist_that_keeps_its_work_elsewhere_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(LoadScopeScheduling, "__init__", lambda self, config, log: None)

    with pytest.raises(UsageError, match="has no assigned_work and workqueue; install"):
        WatchesTogether(CONFIG, None, tmp_path)


def test_what_decides_which_clause_is_written_down_for_the_controller(run_dir):
    """All of it, or the watches alone."""
    assert clauses_by_node(run_dir) == {node_of(id): id for id in IDS}
    assert clauses_by_node(run_dir, watch=True) == {node_of(id): id for id in WATCHES}


def test_before_any_worker_has_collected_nothing_is_known(tmp_path):
    assert clauses_by_node(tmp_path) == {}


def test_no_half_written_file_is_read(run_dir):
    """It is replaced as a whole, and nothing is left beside it."""
    write_clauses_by_node(run_dir, {})

    assert [path.name for path in run_dir.iterdir()] == ["clauses.json"]
    assert clauses_by_node(run_dir) == {}
