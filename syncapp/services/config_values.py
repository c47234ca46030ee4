"""Readers of single values of the configuration file; a ConfigError names the path."""

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from syncapp.core.refusals import Refusal
from syncapp.core.values import valid_email
from syncapp.services.refused import Refused

Reader = Callable[[str, Any], Any]
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class ConfigError(Refused):
    """The file cannot be applied; the text begins with the path of the value that is wrong."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__("configuration", f"{path}: {problem}")
        self.path = path
        self._problem = problem[:1].upper() + problem[1:]

    @property
    def reasons(self) -> list[Refusal]:
        """The problem as a sentence of its own, for a form that has the value's name beside it."""
        return [Refusal(self.code, self._problem, self.path)]


def boolean(path: str, value: Any) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise ConfigError(path, f"{value!r} is not true or false.")
    return value


def text(longest: int, *, empty: bool = False) -> Reader:
    """One line of text of at most `longest` characters."""

    def read(path: str, value: Any) -> str:
        if not isinstance(value, str):
            raise ConfigError(path, f"{value!r} is not text. Put it into quotes.")
        if not (value.strip() or empty):
            raise ConfigError(path, "may not be empty.")
        if len(value) > longest:
            raise ConfigError(path, f"is longer than {longest} characters.")
        if any(ord(character) < 32 for character in value):
            raise ConfigError(path, "holds line breaks or control characters.")
        return value.strip()

    return read


def matching(pattern: str, meaning: str, longest: int) -> Reader:
    """Text of a given form."""
    form = re.compile(pattern)
    base = text(longest)

    def read(path: str, value: Any) -> str:
        found: str = base(path, value)
        if not form.fullmatch(found):
            raise ConfigError(path, f"{found!r} is not {meaning}.")
        return found

    return read


def optional(reader: Reader) -> Reader:
    """null, or what `reader` accepts."""
    return lambda path, value: None if value is None else reader(path, value)


def whole(least: int, most: int) -> Reader:
    """A whole number between two bounds."""

    def read(path: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ConfigError(path, f"{value!r} is not a whole number.")
        if not least <= value <= most:
            raise ConfigError(path, f"{value} is not between {least} and {most}.")
        return value

    return read


def percent(path: str, value: Any) -> float:
    """A number from 0 to 100; whole ones stay whole, so that an export reads as it was written."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigError(path, f"{value!r} is not a number.")
    if not 0 <= value <= 100:
        raise ConfigError(path, f"{value} is not between 0 and 100.")
    return tidy(float(value))


def tidy(value: float) -> float:
    """5.0 as 5."""
    return int(value) if float(value).is_integer() else value


def one_of(*legal: Any) -> Reader:
    """One of a few values."""

    def read(path: str, value: Any) -> Any:
        if isinstance(value, bool) or value not in legal:
            known = ", ".join(str(one) for one in legal)
            raise ConfigError(path, f"{value!r} is not one of: {known}.")
        return value

    return read


def url(path: str, value: Any) -> str:
    """A https URL; plain http only to this machine."""
    found: str = text(255)(path, value)
    parts = urlsplit(found)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ConfigError(path, f"{found!r} is not a https:// URL.")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ConfigError(
            path, "plain http goes only to this machine (the emulated org). Use https."
        )
    return found.rstrip("/")


def email(path: str, value: Any) -> str:
    """An email address."""
    found: str = text(254)(path, value)
    if not valid_email(found):
        raise ConfigError(path, f"{found!r} is not an email address.")
    return found


def texts(path: str, value: Any) -> list[str]:
    """A list of texts, each once, none empty."""
    if not isinstance(value, list):
        raise ConfigError(path, f"{value!r} is not a list.")
    found = [text(255)(f"{path}[{number}]", one) for number, one in enumerate(value)]
    twice = sorted({one for one in found if found.count(one) > 1})
    if twice:
        raise ConfigError(path, f"{twice[0]!r} is listed twice.")
    return found


def mapping(path: str, value: Any, known: Iterable[str] | None = None) -> dict[str, Any]:
    """A mapping with text keys; keys that are not `known` are refused with their path."""
    if not isinstance(value, dict):
        raise ConfigError(path or "file", f"{value!r} is not a mapping (key: value).")
    names = None if known is None else list(known)
    for key in value:
        if not isinstance(key, str):
            raise ConfigError(join(path, str(key)), "keys are text; put it into quotes.")
        if names is not None and key not in names:
            raise ConfigError(
                join(path, key), f"unknown key. Known here: {', '.join(sorted(names))}."
            )
    return value


def join(path: str, key: str) -> str:
    """The path of a key."""
    return f"{path}.{key}" if path else key
