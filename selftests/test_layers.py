"""Imports point one way, the engine knows no clause, and the packages of the wheel are the folders of the tree."""

import ast
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter

import pytest

import batepapo
from selftests.tree import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SOURCE = ROOT / "src" / "batepapo"
OPEN_TO_ALL = {"errors", "strict_toml", "messages"}
MAY_IMPORT = {  # package or module of batepapo: what of batepapo it may import beside itself and what is open to all
    "__init__": {"protocol", "verdicts", "plugin", "testbed"},
    "errors": set(),
    "strict_toml": set(),
    "options": set(),
    "protocol": set(),
    "isolation": set(),
    "verdicts": set(),
    "observation": {"isolation"},
    "under_test": {"protocol", "isolation", "observation"},
    "testbed": {"protocol", "isolation", "observation", "under_test"},
    "detection": {"protocol", "isolation", "observation", "under_test", "testbed", "verdicts"},
    "execution": {"protocol", "isolation", "observation", "under_test", "testbed", "verdicts", "detection"},
    "report": {"verdicts"},
    "plugin": {
        *("protocol", "isolation", "observation", "under_test", "testbed", "verdicts", "detection", "execution"),
        *("report", "options"),
    },
    "cli": {"options", "report", "verdicts"},
}
EXCEPTIONS = {("testbed/factory.py", "batepapo.verdicts.clause")}  # it chooses the testbed by what a clause judges
# Forked for each start of a program, in an interpreter without site-packages: the standard library and each other.
LAUNCHED = ("launcher", "keeper", "overlay", "namespaces", "process_tree", "ipc", "sockdiag")
MOST_LINES = 300
MOST_NAMES = 14  # in src/batepapo, beside __init__.py and py.typed
HEAVY = {"pexpect", "psutil", "pyte", "wcwidth", "hypothesis", "xdist", "pty", "fcntl", "resource"}
KNOWS_CLAUSES = {"verdicts/exit_status.py"}


def load_toml(path):
    """The content of a TOML file."""
    return tomllib.loads(path.read_text("utf-8"))


def modules_of(path):
    """Every module that a file imports, inside functions and for types too, with the names that are modules."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                yield "." * node.level + base
            elif _is_package(base):
                for name in node.names:
                    yield f"{base}.{name.name}" if _is_module(f"{base}.{name.name}") else base
            else:
                yield base


def _is_package(name):
    return (ROOT / "src" / name.replace(".", "/") / "__init__.py").exists()


def _is_module(name):
    return _is_package(name) or (ROOT / "src" / f"{name.replace('.', '/')}.py").exists()


def sources():
    """Each Python file of the engine with its path below src/batepapo."""
    return [(path, path.relative_to(SOURCE).as_posix()) for path in sorted(SOURCE.rglob("*.py"))]


def part_of(name):
    """The package or module of batepapo that something belongs to: "testbed" of "testbed/server/room.py"."""
    return name.removesuffix(".py").partition("/")[0]


def areas():
    """The areas of SPEC.md."""
    spec = (ROOT / "conformance/SPEC.md").read_text("utf-8")
    return sorted(set(re.findall(r"\*\*([A-Z]+)-\d+\*\*", spec)))


def test_the_engine_imports_what_the_table_allows():
    """The import rule, every import counted."""
    wrong = [
        f"{name} imports {module}"
        for path, name in sources()
        for module in modules_of(path)
        if module.startswith("batepapo.")
        if (theirs := module.split(".")[1]) != (own := part_of(name))
        if theirs not in MAY_IMPORT[own] | OPEN_TO_ALL and (name, module) not in EXCEPTIONS
    ]

    assert wrong == []


def test_every_package_and_module_has_its_row():
    """Nobody adds a package without a word on what it may import; a row of nothing is no rule."""
    parts = {part_of(name) for _, name in sources()}

    assert parts == set(MAY_IMPORT)


def test_no_circle_of_imports():
    """Whatever one file imports, in functions and for types too, does not come to import it."""
    graph = {}
    for path, name in sources():
        own = "batepapo." + name.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        graph[own] = {module for module in modules_of(path) if module.startswith("batepapo.")} - {own}

    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(" -> ".join(circle.args[1]))


@pytest.mark.parametrize("name", LAUNCHED)
def test_what_is_launched_needs_the_standard_library_and_itself(name):
    """The launcher runs without site-packages, and its size is the price of each fork."""
    siblings = {f"batepapo.isolation.{each}" for each in LAUNCHED}
    foreign = {
        module
        for module in modules_of(SOURCE / "isolation" / f"{name}.py")
        if module not in siblings and module.partition(".")[0] not in sys.stdlib_module_names
    }

    assert foreign == set()


def test_the_engine_imports_no_check():
    """`conformance`, `reference`, `clients` and the selftests lie above it."""
    above = {"conformance", "reference", "clients", "selftests", "bench"}
    wrong = [f"{name}: {module}" for path, name in sources() for module in modules_of(path) if module in above]

    assert wrong == []


def test_checks_and_steps_import_the_names_that_a_check_uses():
    """A professor's own clause can do all that ours do, by the same means: the public names, and no submodule."""
    wrong = []
    for path in sorted((ROOT / "conformance").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                wrong += [f"{path.name}: import {each.name}" for each in node.names if each.name.startswith("batepapo")]
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module != "__future__":
                if node.module == "batepapo":
                    wrong += [f"{path.name}: {each.name}" for each in node.names if each.name not in batepapo.__all__]
                elif node.module.partition(".")[0] not in {*sys.stdlib_module_names, "pytest"}:
                    wrong.append(f"{path.name}: {node.module}")

    assert wrong == []


@pytest.mark.parametrize("folder", ["reference", "clients"])
def test_programs_to_copy_need_the_standard_library_only(folder):
    """One file can be copied and run."""
    imported = {module.partition(".")[0] for path in (ROOT / folder).glob("*.py") for module in modules_of(path)}

    assert imported - set(sys.stdlib_module_names) == set()


@pytest.mark.parametrize("area", areas())
def test_the_engine_knows_no_clause(area):
    """Clause ids stand in checks, steps and documents; in the engine in one file, as data."""
    wrong = [
        f"{name}: {node.value!r}"
        for path, name in sources()
        if name not in KNOWS_CLAUSES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.fullmatch(rf"{area}-\d+", node.value)
    ]

    assert wrong == []


def test_no_file_is_too_long_to_read():
    """At 300 lines a file holds more than one concept."""
    long = {
        name: count for path, name in sources() if (count := len(path.read_text("utf-8").splitlines())) > MOST_LINES
    }

    assert long == {}


def test_the_engine_opens_on_one_screen():
    """Who lists src/batepapo sees what there is."""
    names = {path.name for path in SOURCE.iterdir() if not path.name.startswith(("__", "."))} - {"py.typed"}

    assert len(names) <= MOST_NAMES, sorted(names)


def test_every_package_says_what_it_holds():
    """One line, in its __init__.py."""
    silent = [
        name
        for path, name in sources()
        if name.endswith("__init__.py") and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]

    assert silent == []


def test_the_plugin_loads_nothing_heavy():
    """Every pytest of an environment imports the plugin: it must cost nothing."""
    code = "import pytest, sys; before = set(sys.modules); import batepapo.plugin; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())

    assert {name.partition(".")[0] for name in loaded} & HEAVY == set()
    packages = {name.split(".")[1] for name in loaded if name.startswith("batepapo.")}
    assert packages <= {"plugin", "options", "errors"}


def test_a_difference_is_told_without_pytest_and_without_what_runs(tmp_path):
    """`batepapo diff` reads two files: nothing of what starts programs is imported, and no pytest."""
    run = '{"type": "run", "schema": 1}\n'
    for name in ("a", "b"):
        (tmp_path / name).write_text(run)
    code = "import sys; from batepapo.cli import main; main(['diff', 'a', 'b']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    loaded = done.stdout.splitlines()[-1].split()

    assert "same verdicts of 0 clauses" in done.stdout
    assert not {"pytest", "_pytest"} & set(loaded)
    packages = {name.split(".")[1] for name in loaded if name.startswith("batepapo.")}
    assert {name for name in packages if (SOURCE / name).is_dir()} == {"verdicts", "report"}


def test_the_packages_of_the_wheel_are_the_folders_of_the_tree():
    """A package that is not named in pyproject.toml would be missing from the wheel."""
    setuptools = load_toml(ROOT / "pyproject.toml")["tool"]["setuptools"]

    folders = {".".join(path.parent.relative_to(ROOT / "src").parts) for path in (ROOT / "src").rglob("__init__.py")}
    for package, folder in setuptools["package-dir"].items():
        if package:
            inner = {path.parent.relative_to(ROOT / folder) for path in (ROOT / folder).rglob("__init__.py")}
            folders |= {".".join((package, *each.parts)) for each in inner}
    assert set(setuptools["packages"]) == folders


def test_every_module_that_decides_something_has_its_tests():
    """They stand where it stands: batepapo/PACKAGE/MODULE.py is asked in selftests/PACKAGE/test_MODULE.py."""
    without = {
        "isolation/namespaces.py": "calls of the kernel; what they do is seen in test_launcher.py and test_overlay.py",
        "testbed/client/scripted_server.py": "what it does by itself is seen by the clients of test_terminals.py",
        "testbed/client/terminal_user.py": "puts four classes together",
        "testbed/server/room.py": "puts four classes together",
    }
    asked = {path.relative_to(ROOT / "selftests").as_posix() for path in (ROOT / "selftests").rglob("test_*.py")}

    missing = {
        name
        for path, name in sources()
        if path.name != "__init__.py"
        if path.relative_to(SOURCE).with_name(f"test_{path.name}").as_posix() not in asked
    }

    assert missing == without.keys()
