"""Reading TOML strictly: what is unknown, missing or of another type is said in one line, with what would be right."""

import pytest

from batepapo.errors import DialectError, UsageError
from batepapo.strict_toml import Table


def table(toml):
    """The top level of a file."""
    return Table.parsed(toml.encode(), "a.toml")


@pytest.mark.parametrize(
    ("toml", "read", "value"),
    [
        ("a = 'x'", lambda top: top.text("a"), "x"),
        ("", lambda top: top.text("a", "y"), "y"),
        ("a = 'x'", lambda top: top.one_of("a", ["x", "y"]), "x"),
        ("a = true", lambda top: top.flag("a", False), True),
        ("", lambda top: top.flag("a", False), False),
        ("a = 80", lambda top: top.port("a"), 80),
        ("", lambda top: top.port("a"), None),
        ("a = 2", lambda top: top.seconds("a"), 2.0),
        ("a = ['x', 'y']", lambda top: top.texts("a"), ("x", "y")),
        ("", lambda top: top.texts("a", ()), ()),
        ("[a]\n'b c' = 'x'", lambda top: top.pairs("a"), (("b c", "x"),)),
        ("", lambda top: top.pairs("a"), ()),
        ("[a]\nb = 'x'", lambda top: top.table("a").text("b"), "x"),
        ("a.b.c = 'x'", lambda top: top.table("a").table("b").text("c"), "x"),
        ("[a]\nx = 1\ny = 2", lambda top: top.table("a").names(), ("x", "y")),
        ("", lambda top: top.has("a"), False),
    ],
)
def test_a_value_of_the_right_type_is_read(toml, read, value):
    """What a file may leave out has a default."""
    top = table(toml)

    assert read(top) == value


@pytest.mark.parametrize(
    ("toml", "read", "says"),
    [
        ("", lambda top: top.text("a"), "a is missing: must be a string"),
        ("a = 1", lambda top: top.text("a"), "a = 1: must be a string of one line"),
        ("a = 'x\\ny'", lambda top: top.texts("a"), r"must be a list of strings"),
        ('a = "x\\ny"', lambda top: top.text("a"), r"a = 'x\ny': must be a string of one line"),
        ("a = ' '", lambda top: top.text("a", filled=True), "a = ' ': must be a string that is not empty"),
        ("a = 'z'", lambda top: top.one_of("a", ["x", "y"]), "a = 'z': must be one of x, y"),
        ("a = 0", lambda top: top.flag("a", True), "a = 0: must be true or false"),
        ("a = 65536", lambda top: top.port("a"), "a = 65536: must be a port, 1 to 65535"),
        ("a = true", lambda top: top.port("a"), "a = True: must be a port"),
        ("a = 0", lambda top: top.seconds("a"), "must be a number of seconds above 0"),
        ("a = true", lambda top: top.seconds("a"), "must be a number of seconds above 0"),
        ("a = nan", lambda top: top.seconds("a"), "must be a number of seconds above 0"),
        ("a = ['x', 'x']", lambda top: top.texts("a"), "must be a list without repetitions"),
        ("a = ['']", lambda top: top.texts("a"), "each of one line and not empty"),
        ("[a]\nb = 1", lambda top: top.pairs("a"), "must be a table of pairs"),
        ("a = 1", lambda top: top.table("a"), "a = 1: must be a table, [a]"),
        ("[a]\nb = 1", lambda top: top.table("a").table("b"), "a.b = 1: must be a table, [a.b]"),
        ("[a]\nb = 1", lambda top: top.table("a").text("b"), "a.b = 1: must be a string of one line"),
    ],
)
def test_a_value_that_cannot_be_used_is_said_with_its_file_and_key(toml, read, says):
    with pytest.raises(UsageError) as error:
        read(table(toml))

    assert str(error.value).startswith("a.toml: ")
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_a_key_that_nobody_reads_is_refused_with_the_known_ones():
    """In the order in which they were asked for, whether the file has them or not."""
    top = table("nmae = 'x'")
    top.text("name", "")
    top.flag("said", False)

    with pytest.raises(UsageError, match=r"^a\.toml: unknown key nmae; known: name, said$"):
        top.done()


def test_a_key_of_a_table_is_refused_by_that_table():
    inner = table("[a]\nx = 1").table("a")
    inner.text("b", "")

    with pytest.raises(UsageError, match=r"unknown key a\.x; known: a\.b$"):
        inner.done()


def test_a_file_of_known_keys_is_done():
    top = table("name = 'x'")
    top.text("name")

    top.done()


def test_a_long_value_is_shown_short():
    with pytest.raises(UsageError) as error:
        table(f"a = ['{'x' * 500}', 1]").texts("a")

    assert len(str(error.value)) < 120


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"a = \xff", r"a\.toml: not UTF-8 text \(byte 4\)"), (b"a = 1\nb = \n", r"a\.toml: not TOML: .*line 2")],
)
def test_what_is_no_toml_is_said_with_its_place(content, says):
    with pytest.raises(UsageError, match=says) as error:
        Table.parsed(content, "a.toml")

    assert "\n" not in str(error.value)


@pytest.mark.parametrize("read", [lambda top: top.text("b"), lambda top: top.table("a").text("b"), Table.done])
def test_errors_are_of_the_class_that_was_asked_for(read):
    """Those of tables in it, too."""
    top = Table.parsed(b"[a]\nb = 1", "dialect x", DialectError)

    with pytest.raises(DialectError):
        read(top)


def test_what_is_no_toml_is_of_that_class_too():
    with pytest.raises(DialectError):
        Table.parsed(b"=", "dialect x", DialectError)
