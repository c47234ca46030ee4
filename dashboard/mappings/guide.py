"""What the guide of the email permission sync tells: how far each step is (seed 004)."""

from dataclasses import dataclass
from typing import Any

from dashboard.ui.access import allowed
from dashboard.ui.effect import allowances
from dashboard.ui.last_look import last_look
from dashboard.ui.progress import progress_of
from syncapp.core.catalog import BY_KEY
from syncapp.core.permission_sync import Access, accessibility, covered
from syncapp.core.types import Behavior, SObject
from syncapp.models import Preview, PreviewPerson, ProspectField, SyncRun
from syncapp.services import field_access, permission, preview
from syncapp.services.access import Right
from syncapp.services.mapping_facts import prerequisites
from syncapp.services.rules import mapping, schemas_of

SHOWN = 10  # people of a preview that the page names
DIRECTIONS = {
    "sf_to_ae": "Salesforce to Account Engagement",
    "ae_to_sf": "Account Engagement to Salesforce",
}


@dataclass(frozen=True, slots=True)
class Covered:
    """One object: its field, what the connector user may do with it, whether it is mapped."""

    sobject: SObject
    field: str
    label: str
    access: Access | None  # None: nobody has looked yet
    granted: str  # what field-level security gives by the last check, "" when not checked
    mapped: bool

    @property
    def slug(self) -> str:
        """For URLs."""
        return self.sobject.value.lower()


def covered_objects(request: Any, row: ProspectField) -> list[Covered]:
    """Lead and Contact as the last look and the last check saw them."""
    connector = request.unit.connector
    schemas = schemas_of(connector)
    run = field_access.latest(request.unit, row.key)
    found = (run.options.get("found") or {}) if run else {}
    told = []
    for sobject in (SObject.LEAD, SObject.CONTACT):
        name = field_access.target(row, sobject)
        seen = schemas[sobject].get(name) if schemas else None
        told.append(
            Covered(
                sobject,
                name,
                seen.label if seen and seen.label else "Email Opt Out",
                accessibility(seen) if schemas else None,
                str(found.get(sobject.value, "")),
                bool(mapping(row).target(sobject)),
            )
        )
    return told


def context_of(request: Any, row: ProspectField, chosen: str) -> dict[str, Any]:
    """The template's own context; `chosen` is the object of the tab."""
    unit = request.unit
    objects = covered_objects(request, row)
    current = next((one for one in objects if one.slug == chosen), objects[0])
    checked = field_access.latest(unit, row.key)
    tried, synced = latest_preview(unit, row.key), latest_sync(unit, row.key)
    may_change = allowed(request, Right.SETTINGS)
    any_mapped = bool(covered(mapping(row)))
    return {
        "row": row,
        "keys": [(key, BY_KEY[key].label) for key in ("opted_out", "do_not_email")],
        "objects": objects,
        "object": current,
        "any_mapped": any_mapped,
        "look": last_look(unit.connector),
        "checked": checked,
        "check_progress": progress_of(checked) if checked else None,
        "needs": prerequisites(unit.connector, mapping(row)),
        "by_field": row.behavior == Behavior.FIELD,
        "preview": _preview(tried),
        "preview_progress": progress_of(tried) if tried else None,
        "synced": synced,
        "sync_progress": progress_of(synced) if synced else None,
        "may_change": may_change,
        "may_map": may_change and not unit.four_eyes,
        "can_refresh": allowed(request, Right.SYNC_NOW),
        "directions": DIRECTIONS.items(),
        "warnings": permission.warnings(unit, row.key) if any_mapped else [],
    }


def latest_preview(unit: Any, key: str) -> SyncRun | None:
    """The newest preview of the field's first sync."""
    asked = {"options__kind": "permission", "options__field": key}
    return SyncRun.objects.filter(unit=unit, kind=preview.KIND, **asked).order_by("-pk").first()


def latest_sync(unit: Any, key: str) -> SyncRun | None:
    """The newest first sync of the field."""
    found = SyncRun.objects.filter(unit=unit, kind=permission.KIND, options__field=key)
    return found.order_by("-pk").first()


def _preview(run: SyncRun | None) -> dict[str, Any] | None:
    found = Preview.objects.filter(run=run).first() if run and run.state == "complete" else None
    if run is None or found is None:
        return None
    people = PreviewPerson.objects.filter(run=run)
    return {
        "run": run,
        "direction": DIRECTIONS[run.options["direction"]],
        "counts": found.counts,
        "api_calls": found.api_calls,
        "allowances": allowances(found.forecast),
        "people": list(people[:SHOWN]),
        "more": max(people.count() - SHOWN, 0),
    }
