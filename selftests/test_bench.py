"""The benches: what they compute is right, and what they draw is a picture. What they measure is nobody's promise."""

import sys
import xml.etree.ElementTree as ET
from types import SimpleNamespace

import pytest

from bench import chat, naive, soundness, suite
from bench.soundness import Found, Style, decide, upper_bound
from bench.suite import Cost
from selftests.tree import ROOT

pytestmark = pytest.mark.runs


@pytest.mark.parametrize(
    ("wrong", "decided", "rate"),
    [(0, 5000, 2.996 / 5000), (1, 110_000, 4.744 / 110_000), (5, 74_100, 10.513 / 74_100)],
)
def test_the_upper_bound_is_that_of_the_tables(wrong, decided, rate):
    """95 % of Poisson's distribution, as printed in every table of it."""
    assert upper_bound(wrong, decided) == pytest.approx(rate, rel=1e-3)


def test_what_processes_found_adds_up():
    """Counts, kinds and times of all."""
    found = Found(decided=1, wrong=["one"], absence_s=[0.1])
    found.kinds["proof"] = 1
    other = Found(decided=2, late=1, wrong=["two"], absence_s=[0.2])
    other.kinds["proof"], other.kinds["cycle"] = 1, 1

    found.add(other)

    assert (found.decided, found.late, found.wrong, found.absence_s) == (3, 1, ["one", "two"], [0.1, 0.2])
    assert found.kinds == {"proof": 2, "cycle": 1}


PYTHON = [style for style in soundness.STYLES if style.needs == "python3"]


@pytest.mark.parametrize("style", PYTHON, ids=lambda style: style.name)
def test_each_style_is_decided(style):
    """A few decisions of each: late answers, prompt ones, none; and a server that answers everything."""
    found = decide(style.command.format(python=sys.executable), style.late_s, 12, seed=1, factor=1.0)

    assert (found.decided, found.lost, sum(found.kinds.values())) == (12, 0, 12)
    assert 0 < found.late < 12


def test_a_server_that_is_not_watched_rightly_would_be_seen(monkeypatch):
    """A bench that cannot find an error proves nothing."""
    monkeypatch.setattr(soundness.EventLoop, "settle", lambda event_loop: SimpleNamespace(kind="proof"))

    found = decide(f"{sys.executable} relay.py", (0.02, 0.03), 8, seed=1, factor=1.0)

    assert found.wrong
    assert "came" in found.wrong[0]


def test_a_row_has_as_many_cells_as_its_head():
    """Or the page shows nonsense."""
    found = Found(decided=1, absence_s=[0.001], prompt_s=[0.002])

    line = soundness.row(Style("one", ""), found)

    assert line.count("|") == soundness.HEAD.splitlines()[0].count("|")
    assert "| 1.0 / 1.0 | 2.0 / 2.0 |" in line


def test_the_picture_has_a_bar_for_each_way():
    """Well-formed, and in the order of the costs."""
    costs = [Cost("sair", 0.05, 50, 4.0, None, 40.0), Cost("tchau", 0.05, 40, 3.0, 50.0, None)]

    drawn = ET.fromstring(suite.picture(costs, "2 cores"))

    words = [text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert [word for word in words if "s " in word][1:] == [
        "2.5 s floor",
        "4.0 s batepapo, 50 checks",
        "40.0 s script with sleeps, 20 checks",
        "2.0 s floor",
        "3.0 s batepapo, 40 checks",
        "50.0 s batepapo, real clock",
    ]


def test_a_recording_shows_each_line_while_it_stood_there():
    """Where nothing is animated, the last moment is shown."""
    seen = [chat.Seen(0, 0, "$ ls", 0.0, 4.0), chat.Seen(1, 0, "$ cat", 0.0, 1.0), chat.Seen(1, 0, "bia> oi", 1.0, 4.0)]

    drawn = chat.svg(seen)

    groups = [group for group in ET.fromstring(drawn).iter("{http://www.w3.org/2000/svg}g") if group.get("class")]
    assert [group.get("visibility") for group in groups] == ["visible", "hidden", "visible"]
    assert (
        "@keyframes s1 { 0% { visibility: hidden } 0.00% { visibility: visible } 25.00%, 100% { visibility: hidden"
        in drawn
    )


def test_the_recording_is_of_a_chat():
    """As it is in the README: what one types comes to the other, and a half-typed line stays whole."""
    text = "".join((ROOT / "docs" / "chat.svg").read_text("utf-8")).replace("\u00a0", " ")

    assert all(line in text for line in ("ana: oi, bia! vamos estudar redes hoje?", "ana saiu do chat.", "até já"))


def test_the_naive_script_is_what_it_says():
    """20 checks, so that the comparison is fair."""
    assert len(naive.CHECKS) == 20
    assert (ROOT / "bench" / "naive.py").read_text("utf-8").count("time.sleep(") >= 5
