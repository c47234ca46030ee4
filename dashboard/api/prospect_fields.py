"""A prospect's fields by the names of Account Engagement's API v5.

A custom field has its key in camelCase, and `__c` behind its key where that name is taken.
"""

from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from typing import Any

from dashboard.api.call import Param
from dashboard.api.reading import bad
from dashboard.api.schemas import camel
from syncapp.core.catalog import BY_KEY
from syncapp.models import BusinessUnit, Prospect, ProspectField

_LARGEST = 2**63 - 1
READ_ONLY: Mapping[str, Callable[[Prospect], Any]] = {
    "id": lambda p: p.pk,
    "isDeleted": lambda p: p.archived,
    "isEmailHardBounced": lambda p: p.hard_bounced,
    "emailBouncedAt": lambda p: p.hard_bounced_at,
    "assignedToId": lambda p: p.assigned_user_id,
    "salesforceId": lambda p: p.link.contact_id or p.link.lead_id,
    "salesforceLeadId": lambda p: p.link.lead_id,
    "salesforceContactId": lambda p: p.link.contact_id,
    "salesforceAccountId": lambda p: p.link.account_id,
    "salesforceLastSync": lambda p: p.link.synced_at,
    "createdAt": lambda p: p.created_at,
    "updatedAt": lambda p: p.updated_at,
}
# Written besides the fields: name -> (what the service calls it, how it is read).
BESIDE: Mapping[str, tuple[str, Callable[[Prospect], Any]]] = {
    "assignedTo": ("assigned_user", lambda p: p.assigned_user and p.assigned_user.email),
    "doNotSync": ("do_not_sync", lambda p: p.link.state == "do_not_sync"),
}
FIELDS = Param("fields", "Which fields are answered, separated by commas; else all.", longest=8000)


class Names:
    """The names of one unit's fields, both ways."""

    def __init__(self, unit: BusinessUnit) -> None:
        self.fields: dict[str, ProspectField] = {}
        for row in unit.fields.all():
            default = BY_KEY.get(row.key)
            name = (default.api if default else "") or camel(row.key)
            taken = name in READ_ONLY or name in BESIDE or name in self.fields
            self.fields[f"{row.key}__c" if taken else name] = row
        self.all = [*READ_ONLY, *BESIDE, *self.fields]

    def chosen(self, told: str | Iterable[str] | None) -> list[str]:
        """The names that `fields` lists; all of them without it."""
        names = told.split(",") if isinstance(told, str) else list(told or ())
        found = [name.strip() for name in names]
        self._known(found, self.all)
        return found or self.all

    def given(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """What a body asks for, by the keys of the services."""
        fixed = [name for name in body if name in READ_ONLY]
        if fixed:
            bad("read_only", f"{fixed[0]!r} cannot be written.")
        self._known(body, [*BESIDE, *self.fields])
        for name, value in body.items():
            _scalar(name, value)
        return {
            BESIDE[name][0] if name in BESIDE else self.fields[name].key: value
            for name, value in body.items()
        }

    def told(self, prospect: Prospect, names: Iterable[str]) -> dict[str, Any]:
        """The prospect's values by name."""
        return {name: self._value(prospect, name) for name in names}

    def _value(self, prospect: Prospect, name: str) -> Any:
        if name in READ_ONLY:
            return READ_ONLY[name](prospect)
        if name in BESIDE:
            return BESIDE[name][1](prospect)
        row = self.fields[name]
        return prospect.custom.get(row.key) if row.custom else getattr(prospect, row.key)

    @staticmethod
    def _known(names: Iterable[str], known: list[str]) -> None:
        unknown = [name for name in names if name not in known]
        if unknown:
            bad("unknown_field", f"There is no field {unknown[0][:80]!r}. There are: "
                f"{', '.join(known)}.")  # fmt: skip


def _scalar(name: str, value: Any) -> None:
    """Text, a number that JSON holds exactly, true, false or null."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and not (isfinite(value) if isinstance(value, float) else abs(value) <= _LARGEST):
        bad("invalid_value", f"{name!r}: the number is too large.")
    if isinstance(value, dict | list):
        bad("invalid_value", f"{name!r} must be text, a number, true, false or null.")
