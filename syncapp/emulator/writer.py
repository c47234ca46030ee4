"""Saving records of one object in one call: checks, stamps, derived fields, history, deletion.

Must run inside a transaction. Every save of a call carries the same stamp, as a real one does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .derive import derive, full_name
from .duplicates import check_duplicates
from .errors import not_found, refuse
from .history import record_changes
from .hooks import after_delete, after_save, before_create, standing_row
from .incoming import Incoming
from .schema.objects import SObject

if TYPE_CHECKING:
    from .org import Org

Row = dict[str, Any]
STATE = ("Id", "IsDeleted", "IsConverted", "FirstName", "LastName", "Email", "OwnerId")


class Writer:
    """Creates, updates and deletes for one user."""

    def __init__(
        self,
        org: Org,
        user_id: str,
        sobject: SObject,
        stamp: str | None = None,
        *,
        allow_save: bool = False,
    ) -> None:
        self.org, self.user_id, self.sobject = org, user_id, sobject
        self.connection = org.db.write
        self.stamp = stamp or org.clock.stamp()
        self.allow_save = allow_save
        self.tracked = org.history.get(sobject.name, frozenset())
        self._update = Incoming(org, user_id, sobject, creating=False)
        self._create = Incoming(org, user_id, sobject, creating=True)
        self._unique = [field for field in sobject.fields.values() if field.unique]
        self._checked = sobject.name in org.rules.validation
        named = [name for name in STATE if sobject.field(name)]
        self._columns = [*named, *sorted(self.tracked.difference(named))]
        self._states: dict[str, Row] = {}

    def load(self, ids: Iterable[str]) -> None:
        """Reads the present state of many records at once; single ones are read when needed."""
        wanted = list(ids)
        listed = ", ".join(f't."{column}"' for column in self._columns)
        seen, params = self.org.access.visible(self.user_id, self.sobject.name, "t")
        rows = self.connection.execute(
            f'SELECT {listed} FROM "{self.sobject.name}" t '
            f'WHERE t."Id" IN ({", ".join("?" * len(wanted))}){f" AND {seen}" if seen else ""}',
            [*wanted, *params],
        )
        for row in rows:
            self._states[row[0]] = dict(zip(self._columns, row, strict=True))

    def state(self, record_id: str) -> Row:
        """The record as it is, or the reason why it cannot be changed."""
        if record_id not in self._states:
            self.load([record_id])
        state = self._states.get(record_id)
        if state is None:
            raise not_found()
        if state["IsDeleted"]:
            raise refuse(404, "ENTITY_IS_DELETED", "entity is deleted")
        if self.org.faults.locking:
            self.org.faults.check_lock(record_id, state.get("Email"))
        return state

    def create(self, values: Row, *, assigned_owner: str | None = None) -> str:
        """Saves a new record and returns its id."""
        self._check_object(self.sobject.createable)
        standing = standing_row(self, values)
        if standing is not None:
            self.update(standing, values)
            return standing
        if self.org.faults.locking:
            self.org.faults.check_lock("", str(values.get("Email") or ""))
        before_create(self, values)
        stored = self._create.accept(values)
        for field in self.sobject.fields.values():
            if field.default is not None and stored.get(field.name) is None:
                stored[field.name] = (
                    int(field.default) if field.type == "boolean" else field.default
                )
        if self.sobject.field("OwnerId") and not stored.get("OwnerId"):
            stored["OwnerId"] = self.user_id
        if assigned_owner:
            stored["OwnerId"] = assigned_owner
        if self.sobject.person and stored.get("LastName"):
            stored["Name"] = full_name(stored.get("FirstName"), stored.get("LastName"))
        derive(self.sobject.name, stored)
        self._check_unique(stored, "")
        check_duplicates(self, "", stored)
        record_id = self.insert(stored)
        after_save(self, record_id, stored, created=True)
        return record_id

    def insert(self, stored: Row) -> str:
        """Writes a new row of stored values, with validation rules but no other check."""
        record_id = self.org.next_id(self.sobject)
        row = {
            "Id": record_id,
            **stored,
            "CreatedDate": self.stamp,
            "CreatedById": self.user_id,
            **self._stamps(),
        }
        columns = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" * len(row))
        sql = f'INSERT INTO "{self.sobject.name}" ({columns}) VALUES ({marks})'
        self._save(record_id, sql, list(row.values()))
        return record_id

    def update(self, record_id: str, values: Row) -> None:
        """Saves changes of a record; a save that changes nothing still moves the stamps."""
        self._check_object(self.sobject.updateable)
        state = self.state(record_id)
        if state.get("IsConverted"):
            raise refuse(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
        stored = self._update.accept(values)
        if "FirstName" in stored or "LastName" in stored:
            name = {**state, **stored}
            stored["Name"] = full_name(name["FirstName"], name["LastName"])
        derive(self.sobject.name, stored)
        self._check_unique(stored, record_id)
        check_duplicates(self, record_id, stored)
        self.save_copy(record_id, stored)
        after_save(self, record_id, stored, created=False)

    def save_copy(self, record_id: str, stored: Row) -> None:
        """Writes checked values of an existing record with their history."""
        state = self.state(record_id)
        self.overwrite(record_id, stored)
        if self.tracked:
            record_changes(self, record_id, state, stored)
        state.update({name: value for name, value in stored.items() if name in state})

    def sibling(self, name: str) -> Writer:
        """A writer for another object in the same save."""
        sobject = self.org.schema.get(name)
        if sobject is None:
            raise not_found()
        return Writer(self.org, self.user_id, sobject, self.stamp, allow_save=True)

    def overwrite(self, record_id: str, stored: Row) -> None:
        """Writes stored values and the stamps, with validation rules but no other check."""
        row = {**stored, **self._stamps()}
        assignments = ", ".join(f'"{name}" = ?' for name in row)
        sql = f'UPDATE "{self.sobject.name}" SET {assignments} WHERE "Id" = ?'
        self._save(record_id, sql, [*row.values(), record_id])

    def delete(self, record_id: str) -> None:
        """Moves a record to the recycle bin."""
        self._check_object(self.sobject.deletable)
        state = self.state(record_id)
        self.bin(record_id)
        state["IsDeleted"] = 1
        after_delete(self, record_id)

    def bin(self, record_id: str, **more: Any) -> None:
        """Marks as deleted; `more` is what a merge leaves on the loser."""
        row = {"IsDeleted": 1, **more, **self._stamps()}
        assignments = ", ".join(f'"{name}" = ?' for name in row)
        self.connection.execute(
            f'UPDATE "{self.sobject.name}" SET {assignments} WHERE "Id" = ?',
            [*row.values(), record_id],
        )

    def _stamps(self) -> Row:
        return {
            "LastModifiedDate": self.stamp,
            "LastModifiedById": self.user_id,
            "SystemModstamp": self.stamp,
        }

    def _save(self, record_id: str, sql: str, params: list[Any]) -> None:
        if not self._checked:
            self.connection.execute(sql, params)
            return
        with self.org.db.transaction():
            self.connection.execute(sql, params)
            self.org.rules.check(self.connection, self.sobject, record_id)

    def _check_object(self, open_for_all: bool) -> None:
        level = self.org.access.object_level(self.user_id, self.sobject.name)
        if not open_for_all or level != "edit":
            raise refuse(
                400, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id"
            )

    def _check_unique(self, stored: Row, record_id: str) -> None:
        for field in self._unique:
            if stored.get(field.name) is None:
                continue
            found = self.connection.execute(
                f'SELECT "Id" FROM "{self.sobject.name}" '
                f'WHERE "{field.name}" = ? AND "Id" != ? AND "IsDeleted" = 0',
                [stored[field.name], record_id],
            ).fetchone()
            if found:
                raise refuse(
                    400,
                    "DUPLICATE_VALUE",
                    f"duplicate value found: {field.name} duplicates value on record with id: "
                    f"{found[0]}",
                    field.name,
                )
