"""Saves the records of an ingest batch one by one; what fails fails alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from ..answer import Call
from ..assignment import assigned_owner
from ..errors import SalesforceError, not_found, refuse
from ..fetch import ids_by_external
from ..ids import long_id
from ..schema.objects import SObject
from ..writer import Writer
from .columns import Columns, Row
from .jobs import Job
from .table import BatchError

Values = dict[str, Any]


@dataclass(slots=True)
class Outcome:
    """What became of one record; it was saved when there are no errors."""

    id: str | None = None
    created: bool = False
    errors: list[dict[str, Any]] = field(default_factory=list)

    @property
    def error_text(self) -> str:
        """`CODE:message:FIELDS --`, one after the other."""
        return ";".join(
            f"{one['statusCode']}:{one['message']}:{' '.join([*one['fields'], '--'])}"
            for one in self.errors
        )

    def as_line(self) -> bytes:
        """As it is kept with the batch."""
        return orjson.dumps([self.id, self.created, self.errors])

    @classmethod
    def read(cls, line: bytes) -> Outcome:
        """The inverse of as_line."""
        return cls(*orjson.loads(line))


class Saver:
    """Does a job's operation on its records."""

    def __init__(self, call: Call, job: Job, sobject: SObject) -> None:
        self._call, self._job, self._sobject = call, job, sobject
        self._columns = Columns(call, sobject)
        self._writer = Writer(call.org, call.user_id, sobject)
        acts: dict[str, Callable[[Values], Outcome]] = {
            "insert": self._insert,
            "update": self._update,
            "upsert": self._upsert,
            "delete": self._delete,
            "hardDelete": self._delete,
        }
        self._act = acts[job.operation]

    def check_header(self, names: list[str]) -> None:
        """BatchError when a column cannot be used."""
        for name in names:
            self._columns.find(name)
        deleting = self._job.operation in ("delete", "hardDelete")
        if deleting and [name.lower() for name in names] != ["id"]:
            raise BatchError("InvalidBatch : Delete batches may have the field Id only")

    def save(self, rows: Sequence[Row]) -> list[Outcome]:
        """Saves records together, inside a transaction; they share a stamp."""
        self._writer = Writer(self._call.org, self._call.user_id, self._sobject)
        ids = [long_id(cell) for row in rows for name, cell in row.items() if name.lower() == "id"]
        self._writer.load([one for one in ids if one])
        return [self._save(row) for row in rows]

    def _save(self, row: Row) -> Outcome:
        given = next((cell for name, cell in row.items() if name.lower() == "id"), None)
        try:
            return self._act(self._columns.values(row))
        except SalesforceError as error:
            if error.problems[0].code == "NOT_FOUND":
                error = refuse(404, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
            return Outcome(long_id(given), errors=error.as_items())

    def _insert(self, values: Values) -> Outcome:
        if values.pop("Id", None):
            message = "cannot specify Id in an insert call"
            raise refuse(400, "INVALID_FIELD_FOR_INSERT_UPDATE", message, "Id")
        owner = assigned_owner(self._call, self._sobject) if self._job.assignment_rule else None
        return Outcome(self._writer.create(values, assigned_owner=owner), created=True)

    def _update(self, values: Values) -> Outcome:
        record_id = self._own_id(values)
        self._writer.update(record_id, values)
        return Outcome(record_id)

    def _delete(self, values: Values) -> Outcome:
        record_id = self._own_id(values)
        self._writer.delete(record_id)
        if self._job.operation == "hardDelete":
            sql = f'DELETE FROM "{self._sobject.name}" WHERE "Id" = ?'
            self._writer.connection.execute(sql, [record_id])
        return Outcome(record_id)

    def _upsert(self, values: Values) -> Outcome:
        key = self._sobject.field(self._job.external_id or "")
        if key is None:
            raise not_found()
        wanted = values.pop(key.name, None)
        if wanted is None:
            if key.name == "Id":
                return self._insert(values)
            raise refuse(400, "MISSING_ARGUMENT", f"{key.name} not specified", key.name)
        ids = ids_by_external(self._call, self._sobject, key.name, wanted)
        if len(ids) > 1:
            message = f"{key.name}: more than one record found for external id field: {ids}"
            raise refuse(400, "DUPLICATE_EXTERNAL_ID", message, key.name)
        if ids:
            return self._update({**values, "Id": ids[0]})
        if key.name == "Id":
            raise not_found()
        return self._insert({**values, key.name: wanted})

    def _own_id(self, values: Values) -> str:
        given = values.pop("Id", None)
        if given is None:
            raise refuse(400, "MISSING_ARGUMENT", "Id not specified", "Id")
        record_id = long_id(given)
        if record_id is None or not record_id.startswith(self._sobject.key_prefix):
            message = f"{self._sobject.label} ID: id value of incorrect type: {given}"
            raise refuse(400, "MALFORMED_ID", message, "Id")
        return record_id
