"""Before and after of an audit entry, line by line.

Invariant: every value of either side is on a line; nested values are named by their path.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dashboard.ui.words import field_words, value_words
from syncapp.core.catalog import BY_KEY

MISSING = object()


@dataclass(frozen=True, slots=True)
class Line:
    """One value on both sides, in words; "" where a side does not have it."""

    name: str
    before: str
    after: str
    changed: bool


def lines(before: Any, after: Any) -> list[Line]:
    """What changed first, then what stayed."""
    old, new = dict(_flat(before)), dict(_flat(after))
    names = [*old, *(name for name in new if name not in old)]
    found = [_line(name, old.get(name, MISSING), new.get(name, MISSING)) for name in names]
    return sorted(found, key=lambda line: not line.changed)


def summary(before: Any, after: Any) -> str:
    """The first changes in one line: `state: paused → running, and 3 more`."""
    changed = [line for line in lines(before, after) if line.changed]
    told = "; ".join(_short(line) for line in changed[:2])
    more = len(changed) - 2
    return f"{told}; and {more} more" if more > 0 else told


def _short(line: Line) -> str:
    name = f"{line.name}: " if line.name else ""
    return f"{name}{line.before} → {line.after}" if line.before else f"{name}{line.after}"


def _line(name: str, old: object, new: object) -> Line:
    return Line(_name(name), _words(old), _words(new), old != new)


def _name(path: str) -> str:
    return ".".join(field_words(part) if part in BY_KEY else part for part in path.split("\0"))


def _words(value: object) -> str:
    return "" if value is MISSING else value_words(value)


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _flat(part, f"{path}\0{key}" if path else str(key))
    elif value is not None or path:
        yield path, value
