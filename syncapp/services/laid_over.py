"""What a preview wrote to Salesforce, as it lies over what the org answers."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from syncapp.core import person_accounts
from syncapp.core.types import Row, SObject
from syncapp.services.rules import Schemas
from syncapp.store import overlay
from syncapp.store.overlay import Written

PREFIX = {"Lead": "00Q", "Contact": "003", person_accounts.OBJECT: "001"}
INVENTED = "zzzP"  # after the prefix: behind every Id that an org has given out


class LaidOver:
    """One shadow's writes to Salesforce; `stamp` prints the org's time now, `user` who writes."""

    def __init__(self, schema: str, user: Callable[[], str], stamp: Callable[[], str]) -> None:
        self.schemas: Schemas = {}
        self._schema = schema
        self._user = user
        self._stamp = stamp
        self._touched = False

    def write(self, sobject: str, rows: Mapping[str, Row], *, made: bool = False) -> None:
        """Fields by record Id; `made`: the records are new."""
        if rows:
            overlay.write(self._schema, sobject, rows.items(), self._stamp(), made=made)
            self._touched = True

    def over(self, rows: list[Row]) -> list[Row]:
        """Rows of the org as they would be now; only fields that the rows have."""
        if not (rows and self._touched):
            return rows
        written = overlay.of(self._schema, [row["Id"] for row in rows])
        for row in rows:
            if row["Id"] in written:
                now = self._now(written[row["Id"]])
                row.update({name: value for name, value in now.items() if name in row})
        return rows

    def made(self, ids: Sequence[str], fields: Iterable[str]) -> dict[str, Row]:
        """Those of the records that were made here, by Id."""
        found = overlay.of(self._schema, ids) if ids else {}
        return {row["Id"]: row for row in self._rows(found, fields)}

    def deleted(self, ids: Sequence[str]) -> dict[str, Row]:
        """Those of the records that were deleted here, by Id."""
        found = overlay.of(self._schema, ids) if self._touched else {}
        return {
            i: {"Id": i, "IsDeleted": True, "MasterRecordId": None}
            for i, written in found.items()
            if written.fields.get("IsDeleted")
        }

    def made_after(self, sobject: str, after: str, fields: Iterable[str], limit: int) -> list[Row]:
        """The next records that were made here, in the order of their Ids."""
        if not (limit and self._touched):
            return []
        return self._rows(overlay.made(self._schema, sobject, after, limit), fields)

    def ends(self, sobject: str) -> tuple[str, str] | None:
        """First and last Id of the records that were made here."""
        return overlay.ends(self._schema, sobject) if self._touched else None

    def with_emails(self, sobject: str, emails: Iterable[str]) -> list[str]:
        """Records that were given one of the (lower-case) emails."""
        if not self._touched:
            return []
        return list(overlay.with_emails(self._schema, sobject, sorted(emails)))

    def _now(self, written: Written) -> Row:
        touched = {
            "LastModifiedDate": written.at,
            "SystemModstamp": written.at,
            "LastModifiedById": self._user(),
        }
        return {**touched, **written.fields}

    def _rows(self, found: Mapping[str, Written], fields: Iterable[str]) -> list[Row]:
        names = dict.fromkeys(["Id", *fields])
        return [self._new(written, names) for written in found.values()]

    def _new(self, written: Written, names: Iterable[str]) -> Row:
        user = self._user()
        known = {
            "OwnerId": user,
            "CreatedDate": written.at,
            "CreatedById": user,
            "IsDeleted": False,
            **self._now(written),
            "Id": written.record_id,
        }
        return {n: known[n] if n in known else self._blank(written.record_id, n) for n in names}

    def _blank(self, record_id: str, name: str) -> bool | None:
        """A checkbox is never empty."""
        sobject = SObject.LEAD if record_id.startswith(PREFIX["Lead"]) else SObject.CONTACT
        field = self.schemas.get(sobject, {}).get(name)
        return False if field is not None and field.type == "boolean" else None


def new_id(sobject: str, number: int) -> str:
    """An Id that no org has given out."""
    return f"{PREFIX[sobject]}{INVENTED}{number:08d}AAA"


def is_invented(record_id: str) -> bool:
    """Was the Id made here?"""
    return record_id[3:7] == INVENTED


def person_of(account_id: str) -> str:
    """The Id of the contact that is part of a person account made here."""
    return PREFIX["Contact"] + account_id[3:]


def person_fields(account_id: str, fields: Row) -> Row:
    """A person account's fields as its contact shows them."""
    named = {person_accounts.contact_field(name): value for name, value in fields.items()}
    return {**named, "AccountId": account_id, "IsPersonAccount": True}
