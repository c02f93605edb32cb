"""Imports point one way, and the packages of the wheel are the folders of the tree."""

import ast
import sys

import pytest

from selftests.tree import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ALLOWED = {  # folder: what of ours it may import
    "src/batepapo": {"batepapo"},
    "conformance": {"batepapo"},
    "reference": set(),
    "clients": set(),
}
OURS = {"batepapo", "conformance", "reference", "clients", "selftests", "bench"}
HEAVY = {"pexpect", "psutil", "pyte", "wcwidth", "hypothesis", "xdist"}


def load_toml(path):
    """The content of a TOML file."""
    return tomllib.loads(path.read_text("utf-8"))


def imports(path):
    """Every top-level module that a file imports, relative ones as the file's own package."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0] if not node.level else path.parent.name


@pytest.mark.parametrize("folder", ALLOWED)
def test_a_folder_imports_only_what_lies_below_it(folder):
    """The engine knows no check, and a program that a student copies needs nothing of ours."""
    wrong = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / folder).rglob("*.py")
        for name in imports(path)
        if name in OURS - ALLOWED[folder]
    }

    assert wrong == set()


@pytest.mark.parametrize("folder", ["reference", "clients"])
def test_programs_to_copy_need_the_standard_library_only(folder):
    """One file can be copied and run."""
    foreign = {name for path in (ROOT / folder).glob("*.py") for name in imports(path)} - set(sys.stdlib_module_names)

    assert foreign == set()


def test_the_engine_knows_no_clause():
    """Clause ids stand in checks and in documents; in the engine only in its few laws."""
    laws = {
        "verdict.py",
        "court.py",
        "options.py",
        "marks.py",
        "reporter.py",
    }  # exit statuses, start-up, help and examples
    areas = ["LISTEN", "LOGIN", "JOIN", "CAST", "ECHO", "EXIT", "LEAVE", "IDLE", "DROP"]
    wrong = [
        f"{path.name}: {node.value!r}"
        for path in (ROOT / "src").rglob("*.py")
        if path.name not in laws
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if any(node.value.startswith(f"{area}-") and node.value[len(area) + 1 :].isdigit() for area in areas)
    ]

    assert wrong == []


def test_the_plugin_loads_nothing_heavy():
    """Every pytest of an environment imports the plugin: it must cost nothing."""
    light = ["plugin.py", "marks.py", "options.py", "reporter.py", "errors.py", "__init__.py"]
    top = {
        name
        for file in light
        for node in ast.parse((ROOT / "src/batepapo" / file).read_text("utf-8")).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names])
    }

    assert {name.partition(".")[0] for name in top} & (HEAVY | {"pty", "fcntl", "resource"}) == set()


def test_the_packages_of_the_wheel_are_the_folders_of_the_tree():
    """A package that is not named in pyproject.toml would be missing from the wheel."""
    setuptools = load_toml(ROOT / "pyproject.toml")["tool"]["setuptools"]

    folders = {".".join(path.parent.relative_to(ROOT / "src").parts) for path in (ROOT / "src").rglob("__init__.py")}
    folders |= {package for package in setuptools["package-dir"] if package}
    assert set(setuptools["packages"]) == folders
