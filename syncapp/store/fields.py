"""Write prospect field settings: named columns, version checked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import F

from syncapp.models import ProspectField


class ChangedMeanwhile(Exception):
    """Somebody saved the same settings in between; reload and look again."""


def change_field(
    row: ProspectField, values: Mapping[str, Any], *, actor: str, now: datetime
) -> None:
    """Set columns of one field if nobody changed it since `row` was read."""
    changed = ProspectField.objects.filter(pk=row.pk, version=row.version).update(
        **values, version=F("version") + 1, changed_by=actor, changed_at=now
    )
    if changed != 1:
        raise ChangedMeanwhile(f"Field {row.label} was changed meanwhile.")
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1


def locked(unit_id: int) -> list[ProspectField]:
    """All fields of a unit, locked in one order until the transaction ends."""
    rows = ProspectField.objects.select_for_update(no_key=True)
    return list(rows.filter(unit_id=unit_id).order_by("id"))


def count_held(unit_id: int) -> int:
    """How many mappings of a unit are on hold."""
    return ProspectField.objects.filter(unit_id=unit_id, hold_reason__isnull=False).count()


def hold_field(row: ProspectField, reason: str | None, *, now: datetime, read_until: str) -> None:
    """Put a mapping on hold, change why, or lift the hold (None).

    The version stays: a hold is no setting that anybody edits. `read_until` is the SystemModstamp
    up to which records were read before the hold began.
    """
    if reason is None:
        row.hold_since, row.hold_stamp = None, ""
    elif row.hold_reason is None:
        row.hold_since, row.hold_stamp = now, read_until
    row.hold_reason = reason
    row.save(update_fields=["hold_reason", "hold_since", "hold_stamp"])
