"""Which prospect values live in which column: the store's only knowledge of the catalogue."""

from collections.abc import Iterable

from syncapp.core.catalog import BY_KEY
from syncapp.core.types import FieldType

VALUE_COLUMNS: tuple[str, ...] = tuple(BY_KEY)

_SQL = {FieldType.CHECKBOX: "boolean", FieldType.NUMBER: "integer"}


def sql_type(key: str) -> str:
    """The PostgreSQL type of a default field's column."""
    return _SQL.get(BY_KEY[key].type, "text")


def split(keys: Iterable[str]) -> tuple[list[str], list[str]]:
    """Field keys as (default fields = columns, custom fields = keys of the custom JSON)."""
    default: list[str] = []
    custom: list[str] = []
    for key in keys:
        (default if key in BY_KEY else custom).append(key)
    return default, custom
