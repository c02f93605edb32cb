"""CHANGELOG.md, as far as it speaks of clauses: how many the first version has, and which came after it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from selftests.tree import ROOT

CHANGELOG = ROOT / "CHANGELOG.md"
COUNT = re.compile(r"\d+ clauses of \d+ areas \(([A-Z]+ \d+(?:, [A-Z]+ \d+)*)\)")


@dataclass(frozen=True)
class Version:
    """One section of the changelog: a version, its date or "unreleased", and what is said of it."""

    number: str
    date: str
    body: str

    @property
    def released(self) -> bool:
        """Whether it has a date."""
        return re.fullmatch(r"\d{4}-\d{2}-\d{2}", self.date) is not None

    def lowers(self) -> set[str]:
        """Return the clauses that stand under "May lower grades"."""
        section = re.search(r"^### May lower grades\n(.*?)(?=^### |\Z)", self.body, re.M | re.S)
        return set(re.findall(r"\b[A-Z]+-\d+\b", section[1])) if section else set()


def versions(text: str) -> list[Version]:
    """Return the sections of a changelog, the newest first."""
    parts = re.split(r"^## \[(.+?)\] - (.+)\n", text, flags=re.M)[1:]
    return [Version(*parts[at : at + 3]) for at in range(0, len(parts), 3)]


def count(clauses: Collection[str]) -> str:
    """Return how many clauses there are, in words of the changelog."""
    areas = Counter(clause.partition("-")[0] for clause in clauses)
    each = ", ".join(f"{area} {number}" for area, number in areas.items())
    return f"{len(clauses)} clauses of {len(areas)} areas ({each})"


def counted(text: str, clauses: Collection[str]) -> str:
    """Return a changelog with the number of clauses that there are; once there was a release, it stays as it was.

    Raises:
        ValueError: The number of clauses does not stand there once.
    """
    if len(COUNT.findall(text)) != 1:
        raise ValueError("CHANGELOG.md: `N clauses of N areas (AREA N, …)` is wanted once, of the first version")
    if any(version.released for version in versions(text)):
        return text
    return COUNT.sub(count(clauses), text)


def untold(text: str, clauses: Collection[str]) -> list[str]:
    """Return a line for each clause that is new since the last release and that no version names.

    The first version states how many clauses each area had; ids are numbered from 1 on and never used again.
    """
    newest, *_ = told = versions(text)
    releases = [version.number for version in told if version.released]
    if not releases:
        return []
    first = COUNT.search(text)
    areas = [pair.split() for pair in first[1].split(", ")] if first else []
    known = {f"{area}-{number}" for area, most in areas for number in range(1, int(most) + 1)}
    known |= {clause for version in told for clause in version.lowers()}
    where = f"[{newest.number}]" if not newest.released else "a new section `## [x.y.z] - unreleased`"
    return [
        f'CHANGELOG.md: {clause} is new since {releases[0]}; name it under "May lower grades" of {where}'
        for clause in clauses
        if clause not in known
    ]
