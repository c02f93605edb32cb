"""The changelog counts the clauses of the first version, and names those that came after it."""

import pytest

from bench.changelog import count, counted, untold, versions

FIRST = "### May lower grades\n\n- Nothing.\n\n### Added\n\n- 3 clauses of 2 areas (CAST 2, EXIT 1), each stated.\n"
LOWERS = "### May lower grades\n\n- {}: it is new.\n\n### Added\n\n- CAST-9 is no new clause, but a word.\n\n"
THREE = ["CAST-1", "CAST-2", "EXIT-1"]
FOUR = ["CAST-1", "CAST-2", "CAST-3", "EXIT-1"]


def changelog(first="2027-03-01", *newer):
    """Text of a changelog; `newer` are pairs of a heading and a section, the newest first."""
    head = "# Changelog\n\n" + "".join(f"## {heading}\n\n{body}" for heading, body in newer)
    return f"{head}## [0.1.0] - {first}\n\n{FIRST}"


def test_the_count_is_that_of_the_clauses_and_of_each_area():
    assert count(FOUR) == "4 clauses of 2 areas (CAST 3, EXIT 1)"


def test_before_the_first_release_the_count_grows_and_nothing_is_named():
    text = changelog("unreleased")

    assert counted(text, FOUR) == text.replace("3 clauses of 2 areas (CAST 2,", "4 clauses of 2 areas (CAST 3,")
    assert untold(text, FOUR) == []


def test_a_release_keeps_the_count_that_it_had():
    assert counted(changelog(), FOUR) == changelog()


@pytest.mark.parametrize("text", ["# Changelog\n", changelog() + FIRST], ids=["none", "two"])
def test_a_count_that_is_not_there_once_is_an_error(text):
    with pytest.raises(ValueError, match="is wanted once"):
        counted(text, THREE)


def test_what_the_first_release_counts_is_not_new():
    assert untold(changelog(), THREE) == []


def test_a_clause_that_is_new_since_a_release_wants_a_section_of_its_own():
    assert untold(changelog(), FOUR) == [
        'CHANGELOG.md: CAST-3 is new since 0.1.0; name it under "May lower grades" of '
        "a new section `## [x.y.z] - unreleased`"
    ]


def test_it_is_named_under_may_lower_grades_of_the_version_that_is_not_released():
    """A word elsewhere in the section is overlooked by who looks for that heading."""
    (line,) = untold(changelog("2027-03-01", ("[0.2.0] - unreleased", LOWERS.format("CAST-4"))), [*FOUR, "CAST-4"])

    assert line == 'CHANGELOG.md: CAST-3 is new since 0.1.0; name it under "May lower grades" of [0.2.0]'
    assert untold(changelog("2027-03-01", ("[0.2.0] - unreleased", LOWERS.format("CAST-3"))), FOUR) == []
    assert len(untold(changelog("2027-03-01", ("[0.2.0] - unreleased", LOWERS.format("no"))), [*FOUR, "CAST-9"])) == 2


def test_what_a_later_release_named_is_not_new_any_more():
    """And the words say since which one the others are."""
    text = changelog(
        "2027-03-01",
        ("[0.3.0] - unreleased", LOWERS.format("nothing")),
        ("[0.2.0] - 2027-08-01", LOWERS.format("CAST-3")),
    )

    assert untold(text, FOUR) == []
    assert untold(text, [*FOUR, "EXIT-2"])[0].startswith("CHANGELOG.md: EXIT-2 is new since 0.2.0; ")


def test_a_version_without_a_date_is_not_released():
    assert [version.released for version in versions(changelog("unreleased", ("[0.2.0] - 2027-08-01", "")))] == [
        True,
        False,
    ]
