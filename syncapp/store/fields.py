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
