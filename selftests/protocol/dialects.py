"""Dialect files that tests write down."""

from __future__ import annotations

from pathlib import Path

import pytest

from batepapo.errors import DialectError
from batepapo.protocol.dialect import Dialect
from batepapo.protocol.dialect_file import load

WHOLE = """
name     = "turma"
port     = 4321
framing  = "line"
login    = "prompted"
prompt   = "Nome: "
greeting = "Oi!"
names    = "server"
sender   = "copy"
newcomer = "told"
members  = true
history  = true
said     = ["[{user}] {text}"]
joined   = "-> {user} chegou"
left     = "<- {user} foi embora"
require  = ["joined"]
limit.seconds = 1.5

[exit]
words = ["/quit", "/q"]
by    = "server"
case  = "any"

[idle]
seconds = 10
text    = "TEMPO ESGOTADO"

[console]
shows = "no"
says  = "Admin: {text}"
stop  = "fim"

[client.answers]
"Nome:" = "ana"

[server.answers]
"Porta?" = "4321"
"""

SMALL = 'name = "p"\nlogin = "none"\nsender = "nothing"\nsaid = ["{text}"]\n'
NAMED = 'name = "p"\nlogin = "first"\nnames = "server"\nsender = "nothing"\nsaid = ["{user}: {text}"]\n'


def read(folder: Path, toml: str) -> Dialect:
    file = folder / "turma.toml"
    file.write_text(toml, encoding="utf-8")
    return load(file)


def error_of(folder: Path, toml: str) -> str:
    with pytest.raises(DialectError) as error:
        read(folder, toml)
    message = str(error.value)
    assert "\n" not in message
    return message
