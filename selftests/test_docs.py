"""The documents agree with the code: README in both languages, SPEC.md, --help, tox.ini and the changelog."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys

import pytest

from batepapo.options import OPTIONS
from batepapo.verdicts.exit_status import BROKEN, INTERRUPTED, INVALID, NOT_STARTED, NOTHING, OK, USAGE
from bench import verbs
from bench.changelog import CHANGELOG, untold
from bench.readme import ENGLISH, PORTUGUESE, READMES, clauses, documents, known, specified, untranslated
from selftests import forgotten
from selftests.judging import REFERENCES, SERVERS
from selftests.tree import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CLAUSES = clauses()
OF_PYTEST = {"--chat-clauses"}  # options of pytest's that stand in running text

each_readme = pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)


def text_of(path):
    """The text of a document."""
    return path.read_text("utf-8")


def fenced(text, language):
    """The code blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)


def table(text, head):
    """The rows of the table whose head begins with these words, as lists of cells."""
    lines = text[text.index(f"| {head} |") :].splitlines()
    body = lines[2 : next((n for n, line in enumerate(lines) if not line.startswith("|")), len(lines))]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in body]


DIALECTS = tomllib.loads(text_of(ROOT / "conformance" / "applicability.toml"))["dialects"]

# ---- verbs -----------------------------------------------------------------------------------


def test_the_page_of_verbs_is_up_to_date():
    """Whoever writes a check finds every verb, with the first sentence of its docstring."""
    assert text_of(verbs.PAGE) == verbs.page(), "run `python -m bench.verbs`"


def test_every_verb_has_a_sentence():
    """A verb without one is a line that ends in nothing."""
    assert [line for line in verbs.page().splitlines() if line.startswith("- ") and not line.endswith((".", "…"))] == []


# ---- clauses ---------------------------------------------------------------------------------


def test_the_clause_tables_hold_what_pytest_collects():
    """Every check that is collected is in the table, and nothing else."""
    if forgotten.checks(specified(), CLAUSES) or forgotten.steps(ROOT / "conformance"):
        pytest.skip("nothing can be collected; selftests/test_forgotten.py says why")
    command = [sys.executable, "-m", "pytest", "conformance", "--collect-only", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    collected = re.findall(r"^conformance/\w+\.py::\w+$", done.stdout, re.M)

    assert done.returncode == 0, done.stdout + done.stderr
    assert len(collected) == len(CLAUSES)


def test_the_clause_tables_and_the_number_of_clauses_are_up_to_date():
    """In both READMEs and, before the first release, in the changelog."""
    stale = [path.name for path, text in documents().items() if text_of(path) != text]

    assert not stale, f"{' '.join(stale)}: run `python -m bench.readme`"


def test_the_portuguese_table_is_translated():
    wanting = untranslated()

    assert not wanting, "\n".join(wanting)


# ---- options, statuses, dialects -------------------------------------------------------------


@each_readme
def test_every_option_has_its_row_under_both_names(readme):
    """In the order of --help."""
    cells = table(text_of(readme), "`batepapo check`")
    names = [(first.split()[0].strip("`"), second.strip("`")) for first, second, _ in cells]

    assert names == [(f"--{option.name}", option.pytest_name) for option in OPTIONS]


@each_readme
def test_the_help_and_the_readme_name_the_same_options(readme):
    command = [sys.executable, "-m", "batepapo.cli", "check", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    offered = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", done.stdout)) - {"--help"}

    assert [name for name in sorted(offered) if f"`{name}" not in text_of(readme)] == []


@each_readme
def test_every_command_that_is_shown_uses_options_that_exist(readme):
    known = {f"--{option.name}" for option in OPTIONS} | {option.pytest_name for option in OPTIONS} | OF_PYTEST
    shown = "".join(fenced(text_of(readme), "console"))

    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", shown)) - known == set()


def test_the_english_table_says_what_the_help_says():
    """Where the help is a plain sentence, the README has it word for word."""
    cells = table(text_of(ENGLISH), "`batepapo check`")
    said = {first.split()[0].strip("`"): meaning.replace("`", "") for first, _, meaning in cells}
    plain = {option for option in OPTIONS if option.name not in ("dialect", "framing", "results")}

    assert {f"--{option.name}": option.help for option in plain}.items() <= said.items()


@each_readme
def test_every_exit_status_has_its_row(readme):
    head = "exit status" if readme == ENGLISH else "status de saída"

    assert [int(cells[0]) for cells in table(text_of(readme), head)] == [
        OK,
        BROKEN,
        INTERRUPTED,
        INVALID,
        USAGE,
        NOTHING,
        NOT_STARTED,
    ]


def test_every_reference_server_is_in_the_readme_of_its_folder():
    """In the order in which they are to be read; every dialect that a server of ours speaks is in the table."""
    told = re.findall(r"^\*\*(\w+)\.py\*\*", text_of(ROOT / "reference" / "README.md"), re.M)
    there = {path.stem for path in (ROOT / "reference").glob("*.py")} - {"__init__"}

    assert sorted(told) == sorted(SERVERS) == sorted(there)
    assert set(REFERENCES) < set(DIALECTS)


@each_readme
def test_every_dialect_has_its_row(readme):
    assert [cells[0].strip("`") for cells in table(text_of(readme), "`--dialect`")] == DIALECTS


# ---- the two READMEs, and what they point to -------------------------------------------------


def test_both_readmes_have_the_same_commands_and_as_many_sections():
    english, portuguese = text_of(ENGLISH), text_of(PORTUGUESE)

    for language in ("sh", "console"):
        assert fenced(english, language) == fenced(portuguese, language)
    for mark in ("## ", "### ", "1. ", "6. "):
        count = [len(re.findall(rf"^{re.escape(mark)}", text, re.M)) for text in (english, portuguese)]
        assert count[0] == count[1] > 0, mark


def test_the_example_is_the_same_failure_in_both():
    english, portuguese = (fenced(text_of(readme), "text") for readme in READMES)

    assert english == portuguese
    assert len(english) == 1
    assert re.match(r"FAIL  [A-Z]+-\d+  ", english[0])


@pytest.mark.parametrize("name", ["README.md", "README.pt-BR.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_link_into_the_tree_leads_somewhere(name):
    targets = re.findall(r"\]\(([^)#:]+)\)", text_of(ROOT / name))

    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_every_environment_of_tox_has_a_description_that_is_a_question():
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini", "utf-8")
    environments = [section for section in tox.sections() if section.startswith("testenv")]

    assert len(environments) > 4
    assert [name for name in environments if not tox[name].get("description", "").endswith("?")] == []


def test_the_changelog_begins_with_this_version_and_may_lower_grades():
    """Instructors look for that section first, so it is there even when it says that nothing does."""
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]
    releases = re.split(r"^## ", text_of(ROOT / "CHANGELOG.md"), flags=re.M)[1:]

    assert releases[0].startswith(f"[{project['version']}]")
    assert all("### May lower grades\n" in release for release in releases)


def test_a_clause_that_is_new_since_the_last_release_may_lower_grades():
    """Instructors are told which one, before it costs a student a point."""
    found = untold(text_of(CHANGELOG), known())

    assert not found, "\n".join(found)
