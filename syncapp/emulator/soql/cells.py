"""What a query selects: fields, parents' fields, FIELDS(...), TYPEOF, toLabel and FORMAT."""

from __future__ import annotations

from .functions import call_sql, kind_of
from .parse import malformed
from .scope import Resolved, Scope, Table
from .shape import ADDRESS_KEYS, Cell, Parent, Shape
from .tree import Call, Column, Query, TypeOf

KINDS = {"boolean": "boolean", "anyType": "any"}
MOST_OF_FIELDS = 200  # records of a query with FIELDS(ALL) or FIELDS(CUSTOM)
Path = tuple[str, ...]


class Cells:
    """The SELECT list of a query that is not grouped; `columns` begins with the Id."""

    def __init__(self, scope: Scope, query: Query) -> None:
        self.scope, self.query = scope, query
        self.columns = [f'{scope.name}."Id"']
        self.cells: list[Cell] = []
        self.before: list[int] = []  # how many cells each selected item follows
        self._seen: set[tuple[Path, frozenset[str] | None]] = set()
        for item in query.select:
            self.before.append(len(self.cells))
            if isinstance(item, Column):
                self._column(item)
            elif isinstance(item, TypeOf):
                self._typeof(item)
            elif isinstance(item, Call):
                self._call(item)

    def _column(self, column: Column) -> None:
        if column.alias:
            raise malformed("only aggregate expressions use field aliasing")
        resolved = self.scope.resolve(column)
        self._add(resolved, resolved.path, column.text)

    def _call(self, call: Call) -> None:
        if call.name == "FIELDS" and isinstance(call.argument, Column):
            self._fields(call.argument.text.upper())
            return
        if call.name not in ("TOLABEL", "FORMAT"):
            raise self.scope.error(
                call, f"Field must be grouped or aggregated: {call.text}", "MALFORMED_QUERY"
            )
        resolved = call_sql(self.scope, call)
        path = (call.alias,) if call.alias else resolved.path
        kind = kind_of(call, resolved.field)
        self._add(resolved, path or ("expr0",), call.text, kind)

    def _fields(self, which: str) -> None:
        """All, the standard or the custom fields that the caller may see."""
        limit = self.query.limit
        if which != "STANDARD" and (limit is None or limit > MOST_OF_FIELDS):
            raise malformed("The SOQL FIELDS function must have a LIMIT of at most 200")
        sobject = self.scope.sobject
        for field in sobject.fields.values():
            if self.scope.context.hidden(sobject, field):
                continue
            if which == "ALL" or field.custom == (which == "CUSTOM"):
                self._column(Column((field.name,), 1, 1))

    def _typeof(self, case: TypeOf) -> None:
        """Each WHEN has its own cells, shown where the lookup points to its object."""
        tables, path = self.scope.climb(case.relationship.path, case.relationship)
        if len(tables) < 2:
            message = f"TYPEOF needs a lookup to several objects: {case.relationship.text}"
            raise self.scope.error(case.relationship, message, "MALFORMED_QUERY")
        left = {table.sobject.name.lower(): table for table in tables}
        for name, columns in case.whens:
            table = left.pop(name.text.lower(), None)
            if table is None:
                message = f"{case.relationship.text} does not point to {name.text}"
                raise self.scope.error(name, message, "INVALID_TYPE")
            self._case([table], path, columns)
        self._case(list(left.values()), path, case.otherwise)

    def _case(self, tables: list[Table], path: Path, columns: tuple[Column, ...]) -> None:
        only = frozenset(table.sobject.name for table in tables)
        for column in columns if tables else ():
            if len(column.path) > 1:
                raise self.scope.error(column, "TYPEOF selects the object's own fields")
            resolved = self.scope.field_of(tables, path, column.path[-1], column)
            self._add(resolved, resolved.path, column.text, only=only)

    def _add(
        self,
        resolved: Resolved,
        path: Path,
        text: str,
        kind: str = "",
        only: frozenset[str] | None = None,
    ) -> None:
        if (path, only) in self._seen:
            raise malformed(f"duplicate field selected: {text}")
        self._seen.add((path, only))
        field, at = resolved.field, len(self.columns)
        self.columns.extend(_columns(resolved))
        kind = kind or ("address" if field.type == "address" else KINDS.get(field.type, "plain"))
        self.cells.append(Cell(path[:-1], path[-1], at, field, kind, only))

    def parents(self) -> tuple[Parent, ...]:
        """The parents that selected fields need, outermost first, each with its Id."""
        paths = [cell.parent for cell in self.cells]
        wanted = {path[:depth] for path in paths for depth in range(1, len(path) + 1)}
        parents = []
        for path in sorted(wanted, key=len):
            tables = self.scope.parents[path]
            ids = [f'{table.alias}."Id"' for table in tables]
            self.columns.append(ids[0] if len(ids) == 1 else f"COALESCE({', '.join(ids)})")
            kinds = {table.sobject.key_prefix: table.sobject.name for table in tables}
            parents.append(Parent(path, kinds, len(self.columns) - 1, tables[0].lookup))
        return tuple(parents)

    def shape(self, parents: tuple[Parent, ...]) -> Shape:
        """How rows become records."""
        return Shape(self.scope.sobject.name, tuple(self.cells), parents)


def _columns(resolved: Resolved) -> list[str]:
    """The columns of a field; an address is read from its parts."""
    if resolved.field.type != "address":
        return [resolved.sql]
    prefix, owner = resolved.field.name.removesuffix("Address"), resolved.owners[0]
    return [f'{owner}."{prefix}{part[0].upper()}{part[1:]}"' for part in ADDRESS_KEYS]
