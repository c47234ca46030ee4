"""What a save of one record makes the org do to others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import permission_rows, person_accounts

if TYPE_CHECKING:
    from .writer import Writer

# Deleting a parent takes these along: object, field that points to the parent.
CASCADES = {"Account": (("Contact", "AccountId"), ("Opportunity", "AccountId"))}


def before_create(writer: Writer, values: dict[str, Any]) -> None:
    """Checks that need more than one field."""
    if writer.sobject.name == "Account" and writer.org.schema.person_accounts:
        person_accounts.check_name(values)


def standing_row(writer: Writer, values: dict[str, Any]) -> str | None:
    """The existing record that a create of these values saves instead."""
    if writer.sobject.name == "FieldPermissions":
        return permission_rows.standing_row(writer.org, values)
    return None


def after_save(writer: Writer, record_id: str, stored: dict[str, Any], *, created: bool) -> None:
    """Keeps what belongs together in step."""
    if writer.sobject.name == "FieldPermissions":
        permission_rows.apply_row(writer.org, record_id)
    elif writer.org.schema.person_accounts and writer.sobject.name in ("Account", "Contact"):
        person_accounts.keep_in_step(writer, record_id, stored, created=created)


def after_delete(writer: Writer, record_id: str) -> None:
    """Deletes what does not outlive its parent."""
    for table, field in CASCADES.get(writer.sobject.name, ()):
        writer.connection.execute(
            f'UPDATE "{table}" SET "IsDeleted" = 1, "LastModifiedDate" = ?, '
            f'"LastModifiedById" = ?, "SystemModstamp" = ? '
            f'WHERE "{field}" = ? AND "IsDeleted" = 0',
            [writer.stamp, writer.user_id, writer.stamp, record_id],
        )
