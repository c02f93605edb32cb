"""Dialect files: what is read, and what is rejected."""

from __future__ import annotations

from pathlib import Path

import pytest

from batepapo.errors import DialectError
from batepapo.protocol.dialect_file import builtin_names, load
from batepapo.protocol.framing import Framing
from selftests.protocol.dialects import NAMED, SMALL, WHOLE, error_of, read


def test_the_eight_dialects_are_there() -> None:
    assert builtin_names() == ("completo", "ncat-chat", "nick", "operador", "prefixo", "sair", "tchau", "x")


@pytest.mark.parametrize("name", builtin_names())
def test_a_builtin_dialect_loads_under_its_own_name(name: str) -> None:
    assert load(name).name == name


def test_the_wording_of_sair() -> None:
    sair = load("sair")

    assert (sair.joined, sair.left) == ("{user} entrou no chat!", "{user} saiu do chat.")
    assert sair.said == ("{text}", "{user}: {text}")
    assert (sair.port, sair.framing, sair.limit_s) == (5555, Framing.RAW, 2.0)
    assert (sair.exit.words, sair.exit.by, sair.exit.case) == (("sair",), "server", "unspecified")
    assert sair.idle is None


def test_the_wording_of_nick() -> None:
    nick = load("nick")

    assert (nick.login, nick.prompt, nick.greeting) == ("prompted", "NICK", "Connected to server!")
    assert (nick.sender, nick.names, nick.said) == ("copy", "client", ("{user}: {text}",))
    assert (nick.joined, nick.left, nick.newcomer) == ("{user} joined!", "{user} left!", "either")


def test_every_key_of_a_course_file_is_read(tmp_path: Path) -> None:
    turma = read(tmp_path, WHOLE)

    assert (turma.name, turma.port, turma.framing, turma.limit_s) == ("turma", 4321, Framing.LINE, 1.5)
    assert (turma.login, turma.prompt, turma.greeting) == ("prompted", "Nome: ", "Oi!")
    assert (turma.members, turma.history, turma.newcomer, turma.sender) == (True, True, "told", "copy")
    assert (turma.exit.words, turma.exit.case) == (("/quit", "/q"), "any")
    assert turma.idle is not None
    assert (turma.idle.seconds, turma.idle.text) == (10.0, "TEMPO ESGOTADO")
    assert (turma.console.shows, turma.console.says, turma.console.stop) == ("no", "Admin: {text}", "fim")
    assert (turma.client_answers, turma.server_answers) == ((("Nome:", "ana"),), (("Porta?", "4321"),))
    assert turma.require == ("joined",)


def test_an_unknown_name_is_reported_with_the_known_ones() -> None:
    with pytest.raises(DialectError) as error:
        load("sari")

    assert str(error.value) == (
        "no dialect 'sari': must be one of completo, ncat-chat, nick, operador, prefixo, sair, tchau, x, "
        "or the path of a .toml file"
    )


@pytest.mark.parametrize("path", ["missing.toml", "a/b/c.toml", "\0.toml"])
def test_a_file_that_cannot_be_read_is_one_line(path: str) -> None:
    with pytest.raises(DialectError, match=r"^dialect .*: cannot be read: [^\n]+$"):
        load(path)


def test_a_folder_is_no_dialect(tmp_path: Path) -> None:
    with pytest.raises(DialectError, match=r"cannot be read: Is a directory"):
        load(tmp_path)


def test_what_is_no_toml_is_reported_with_its_line(tmp_path: Path) -> None:
    assert "not TOML" in error_of(tmp_path, "name = 'x'\nlogin = \n")
    assert "line 2" in error_of(tmp_path, "name = 'x'\nlogin = \n")


def test_what_is_no_utf8_is_reported(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes('name = "são"'.encode("latin-1"))

    with pytest.raises(DialectError, match="not UTF-8 text"):
        load(tmp_path / "latin.toml")


def test_an_unknown_key_is_reported_with_the_known_ones(tmp_path: Path) -> None:
    message = error_of(tmp_path, SMALL + 'joinde = "{user} entrou"\n')

    assert "unknown key joinde; known: " in message
    assert ", joined," in message


def test_an_unknown_key_of_a_table_is_reported_with_that_table(tmp_path: Path) -> None:
    message = error_of(tmp_path, SMALL + '[exit]\nwrods = ["x"]\n')

    assert "unknown key exit.wrods; known: exit.words, exit.by, exit.case" in message


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ('login = "frist"', "login = 'frist': must be one of none, first, prompted, assigned"),
        ("login = 1", "login = 1: must be one of"),
        ('name = ""', "name = '': must be a string that is not empty"),
        ("name = 3", "name = 3: must be a string of one line"),
        ("port = 0", "port = 0: must be a port, 1 to 65535"),
        ("port = true", "port = True: must be a port"),
        ('port = "80"', "port = '80': must be a port"),
        ('framing = "lines"', "must be one of raw, line, length4"),
        ('said = "{text}"', "said = '{text}': must be a list of strings"),
        ("said = [1]", "must be a list of strings"),
        ('said = ["{text}", "{text}"]', "must be a list without repetitions"),
        ("said = []", "must be a list with at least one template"),
        ('said = ["oi"]', "must be a template with {text} in it"),
        ('said = ["{text} {text}"]', "must be a template with each placeholder once"),
        ('said = ["{user}: {text}"]', 'must be without {user} with names = "none"'),
        ('said = ["diz{text}"]', "no letter, digit or other placeholder beside a placeholder"),
        ('names = "server"', "must be a list with a {user} in it"),
        ('joined = "{user} entrou"', 'must be left out with login = "none"'),
        ('newcomer = "told"', "must be left out without joined"),
        ('prompt = "Nome"', 'must be given with login = "prompted"'),
        ('login = "prompted"', 'must be given with login = "prompted"'),
        ("limit.seconds = 0", "limit.seconds = 0: must be a number of seconds above 0"),
        ("limit.seconds = inf", "must be a number of seconds above 0"),
        ("limit = 2", "limit = 2: must be a table, [limit]"),
        ("history = 1", "history = 1: must be true or false"),
        ('require = ["timeouts"]', "must be a list of features, which 'timeouts' is not; known: login"),
        ('exit.words = ["a", ""]', "each of one line and not empty"),
        ('exit.by = "me"', "exit.by = 'me': must be one of server, client"),
        ("idle.seconds = 30", "idle.text is missing"),
        ('idle.seconds = 30\nidle.text = "!"', "must be a table whose text has a letter or digit"),
        ('console.says = "Servidor"', "console.says = 'Servidor': must be a template with {text} in it"),
        ('console.says = "{user}: {text}"', "which {user} is not"),
        ("client.answers = ['a']", "must be a table of pairs"),
    ],
)
def test_a_wrong_value_is_reported_with_what_would_be_right(tmp_path: Path, line: str, part: str) -> None:
    key = line.split("=")[0].strip()
    kept = [each for each in SMALL.splitlines() if not each.startswith(key + " ")]

    assert part in error_of(tmp_path, "\n".join([*kept, line]) + "\n")


@pytest.mark.parametrize("key", ["name", "login", "sender", "said"])
def test_a_missing_key_is_reported(tmp_path: Path, key: str) -> None:
    kept = "\n".join(line for line in SMALL.splitlines() if not line.startswith(key))

    assert f": {key} is missing: must be" in error_of(tmp_path, kept)


def test_an_echo_needs_no_form(tmp_path: Path) -> None:
    assert read(tmp_path, 'name = "e"\nlogin = "none"\nsender = "echo"\n').said == ()


@pytest.mark.parametrize(
    ("lines", "part"),
    [
        ('joined = "chegou"', "joined = 'chegou': must be a template with {user} in it"),
        ('joined = "*** {user} ***"', "a template with a word of its own"),
        ('joined = "{user}entrou"', "no letter, digit or other placeholder beside"),
        ('joined = "{name} entrou"', "with {user} only, which {name} is not"),
        ('joined = "{user} mudou"\nleft = "{user} MUDOU!"', "left = '{user} MUDOU!': must be other words than joined"),
        ('joined = "{user} joined"\nleft = "{user} joined and left"', "must be told apart from the others"),
        ('left = "{user} no chat: saiu"\njoined = "{user} no chat"', "must be told apart from the others"),
    ],
)
def test_notices_that_cannot_be_told_apart_are_rejected(tmp_path: Path, lines: str, part: str) -> None:
    assert part in error_of(tmp_path, NAMED + lines + "\n")


def test_a_form_of_messages_that_reads_like_a_notice_is_rejected(tmp_path: Path) -> None:
    toml = NAMED.replace("{user}: {text}", "{user} entrou: {text}") + 'joined = "{user} entrou"\n'

    assert "must be told apart from the others" in error_of(tmp_path, toml)


def test_an_idle_text_that_is_part_of_a_notice_is_rejected(tmp_path: Path) -> None:
    toml = NAMED + 'left = "{user} saiu do chat"\n[idle]\nseconds = 30\ntext = "saiu"\n'

    assert "must be told apart from the others" in error_of(tmp_path, toml)


def test_the_longer_of_two_notices_may_end_as_the_shorter(tmp_path: Path) -> None:
    dialect = read(tmp_path, NAMED + 'joined = "{user} no chat"\nleft = "{user} nao esta mais no chat"\n')

    assert {"joined", "left"} <= dialect.features
