"""What the connector user can see of an object, remembered until Salesforce says it changed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from syncapp.core.ports import Clock, ObjectSchema
from syncapp.core.types import SalesforceField
from syncapp.salesforce.calls import Caller, Request
from syncapp.salesforce.clock import OrgClock
from syncapp.salesforce.errors import NotModified
from syncapp.salesforce.soql import checked_name

# Headers and clock offset know whole seconds: a change within them must not be missed.
MARGIN = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class _Entry:
    schema: ObjectSchema
    asked_at: datetime  # by the org's clock, not later than the describe was made


class Describes:
    """The describe of each object, one call for the first use."""

    def __init__(self, caller: Caller, clock: Clock, org_clock: OrgClock) -> None:
        self._caller = caller
        self._clock = clock
        self._org_clock = org_clock
        self._known: dict[str, _Entry] = {}

    def get(self, sobject: str, *, fresh: bool) -> ObjectSchema:
        """The schema; with `fresh` Salesforce is asked whether the known one still holds."""
        known = self._known.get(sobject)
        if known and not fresh:
            return known.schema
        began = self._clock.now()
        try:
            schema = self._ask(sobject, known)
        except NotModified:
            if known is None:
                raise
            return known.schema
        # The offset is taken after the call, which may be the first one to show it.
        asked_at = began + timedelta(seconds=self._org_clock.offset) - MARGIN
        self._known[sobject] = _Entry(schema, asked_at)
        return schema

    def _ask(self, sobject: str, known: _Entry | None) -> ObjectSchema:
        since = {"If-Modified-Since": format_datetime(known.asked_at, usegmt=True)} if known else {}
        path = f"sobjects/{checked_name(sobject)}/describe"
        request = Request("GET", path, "describe", headers=since)
        return self._caller.call(request, lambda body: parse(sobject, body))


def parse(sobject: str, body: Any) -> ObjectSchema:
    """The part of a describe that rules need."""
    fields = (_field(field) for field in body["fields"])
    return ObjectSchema(sobject, {field.name: field for field in fields})


def _field(field: dict[str, Any]) -> SalesforceField:
    values = field.get("picklistValues") or ()
    return SalesforceField(
        name=field["name"],
        type=field["type"],
        label=field.get("label") or "",
        length=field.get("length") or 0,
        updateable=field.get("updateable", True),
        createable=field.get("createable", True),
        restricted=field.get("restrictedPicklist", False),
        picklist=frozenset(value["value"] for value in values if value.get("active", True)),
        digits=_digits(field),
        required=_required(field),
        references=tuple(field.get("referenceTo") or ()),
    )


def _required(field: dict[str, Any]) -> bool:
    """May no record be saved without a value? Checkboxes always have one."""
    given = field.get("defaultedOnCreate", True) or field["type"] == "boolean"
    return bool(field.get("createable")) and not field.get("nillable", True) and not given


def _digits(field: dict[str, Any]) -> int:
    """Digits before the decimal point: an int's own count, else precision without scale."""
    precision = field.get("precision") or 0
    return field.get("digits") or precision - (field.get("scale") or 0)
