"""Person accounts: an account and a contact that are one person, kept in step both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import refuse
from .schema.objects import SObject
from .schema.persons import SHARED, account_name, person_fields

if TYPE_CHECKING:
    from .writer import Writer


def check_name(values: dict[str, Any]) -> None:
    """A business account needs a name; a person's is made from its parts."""
    given = {key.lower() for key, value in values.items() if value}
    if not given & {"name", "lastname"}:
        message = "Required fields are missing: [Name]"
        raise refuse(400, "REQUIRED_FIELD_MISSING", message, "Name")


def keep_in_step(writer: Writer, record_id: str, stored: dict[str, Any], *, created: bool) -> None:
    """Makes the contact of a new person account; copies changes to the other half."""
    from_account = writer.sobject.name == "Account"
    if from_account and created:
        if stored.get("LastName"):
            _make_contact(writer, record_id, stored)
        return
    other_id = _other_half(writer, record_id)
    if other_id is not None:
        other = writer.sibling("Contact" if from_account else "Account")
        contact = other.sobject if from_account else writer.sobject
        other.save_copy(other_id, _copied(contact, stored, from_account=from_account))


def _copied(contact: SObject, stored: dict[str, Any], *, from_account: bool) -> dict[str, Any]:
    """The saved values under the names that the other half has for them."""
    names = [field.name for field in person_fields(contact)] + [*SHARED, "Name"]
    pairs = [(name, name if name == "Name" else account_name(name)) for name in names]
    if from_account:
        pairs = [(theirs, ours) for ours, theirs in pairs]
    return {there: stored[here] for here, there in pairs if here in stored}


def _other_half(writer: Writer, record_id: str) -> str | None:
    column = "PersonContactId" if writer.sobject.name == "Account" else "AccountId"
    row = writer.connection.execute(
        f'SELECT "{column}" FROM "{writer.sobject.name}" WHERE "Id" = ? AND "IsPersonAccount" = 1',
        [record_id],
    ).fetchone()
    return row[0] if row else None


def _make_contact(writer: Writer, account_id: str, stored: dict[str, Any]) -> None:
    contacts = writer.sibling("Contact")
    values = _copied(contacts.sobject, stored, from_account=True)
    contact_id = contacts.insert({**values, "AccountId": account_id, "IsPersonAccount": 1})
    writer.overwrite(account_id, {"IsPersonAccount": 1, "PersonContactId": contact_id})
