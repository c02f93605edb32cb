"""Reading a TOML file strictly: every key is known, every value has its type, every error is one helpful line."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from batepapo.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class Table:
    """One table of a file; a key is read by the method of its type, and `done` rejects what nobody read.

    Args:
        content: What the TOML parser returned for this table.
        source: What the file is, with its name or path, for messages: "dialect sair".
        prefix: The table's own key with a dot after it, "" for the top level.
        error: The class of what is raised.
    """

    def __init__(
        self, content: Mapping[str, Any], source: str, prefix: str = "", error: type[UsageError] = UsageError
    ) -> None:
        self._content = content
        self._source = source
        self._prefix = prefix
        self._error = error
        self._known: list[str] = []

    @classmethod
    def parsed(cls, toml: bytes, source: str, error: type[UsageError] = UsageError) -> Table:
        """Return the top level of a file.

        Raises:
            UsageError: It is no UTF-8 or no TOML; of the class given.
        """
        try:
            return cls(tomllib.loads(toml.decode("utf-8")), source, error=error)
        except UnicodeDecodeError as wrong:
            raise error(f"{source}: not UTF-8 text (byte {wrong.start})") from None
        except tomllib.TOMLDecodeError as wrong:
            raise error(f"{source}: not TOML: {' '.join(str(wrong).split())}") from None

    def wrong(self, key: str, right: str) -> UsageError:
        """Return the error for a key whose value cannot be used; `right` says what could."""
        return self._error(f"{self._source}: {self._prefix}{key} = {self._shown(key)}: must be {right}")

    def names(self) -> tuple[str, ...]:
        """Return the keys of a table that may have any, in the file's order."""
        return tuple(self._content)

    def has(self, key: str) -> bool:
        """Say whether the file has the key."""
        return key in self._content

    def text(self, key: str, default: str | None = None, *, filled: bool = False) -> str:
        """Return a string of one line; `filled` asks for one that is not blank."""
        value = self._value(key, default, "a string")
        if not isinstance(value, str) or "\n" in value or "\r" in value:
            raise self.wrong(key, "a string of one line")
        if filled and not value.strip():
            raise self.wrong(key, "a string that is not empty")
        return value

    def one_of(self, key: str, choices: Sequence[str], default: str | None = None) -> str:
        """Return a string that is one of the choices."""
        value = self._value(key, default, "one of " + ", ".join(choices))
        if not isinstance(value, str) or value not in choices:
            raise self.wrong(key, "one of " + ", ".join(choices))
        return value

    def flag(self, key: str, default: bool) -> bool:
        """Return true or false."""
        value = self._value(key, default, "true or false")
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def port(self, key: str) -> int | None:
        """Return a TCP port, or None where the file names none."""
        value = self._value(key, 0, "a port")
        if not self.has(key):
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 65535:
            raise self.wrong(key, "a port, 1 to 65535")
        return value

    def seconds(self, key: str, default: float | None = None) -> float:
        """Return a positive number of seconds."""
        value = self._value(key, default, "a number of seconds")
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value < math.inf:
            raise self.wrong(key, "a number of seconds above 0")
        return float(value)

    def texts(self, key: str, default: Sequence[str] | None = None) -> tuple[str, ...]:
        """Return a list of different strings, each of one line and not blank."""
        value = self._value(key, default, "a list of strings")
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
            raise self.wrong(key, "a list of strings")
        if any(not item.strip() or "\n" in item or "\r" in item for item in value):
            raise self.wrong(key, "a list of strings, each of one line and not empty")
        if len(set(value)) != len(value):
            raise self.wrong(key, "a list without repetitions")
        return tuple(value)

    def pairs(self, key: str) -> tuple[tuple[str, str], ...]:
        """Return a table of free keys, such as "Nome:" = "ana", as pairs in the file's order."""
        value = self._value(key, {}, "a table")
        if not isinstance(value, dict) or not all(isinstance(answer, str) for answer in value.values()):
            raise self.wrong(key, 'a table of pairs "what the program asks" = "what it is told"')
        return tuple(value.items())

    def table(self, key: str) -> Table:
        """Return the table beneath a key, an empty one where the file has none."""
        value = self._value(key, {}, "a table")
        if not isinstance(value, dict):
            raise self.wrong(key, f"a table, [{self._prefix}{key}]")
        return Table(value, self._source, f"{self._prefix}{key}.", self._error)

    def done(self) -> None:
        """Reject the keys that nobody asked for.

        Raises:
            UsageError: There is one; the message names it and those that are known.
        """
        for key in self._content:
            if key not in self._known:
                known = ", ".join(self._prefix + name for name in self._known)
                raise self._error(f"{self._source}: unknown key {self._prefix}{key!s}; known: {known}")

    def _value(self, key: str, default: object, right: str) -> Any:
        self._known.append(key)
        if key in self._content:
            return self._content[key]
        if default is None:
            raise self._error(f"{self._source}: {self._prefix}{key} is missing: must be {right}")
        return default

    def _shown(self, key: str) -> str:
        shown = repr(self._content.get(key))
        return shown if len(shown) <= 60 else shown[:57] + "..."
