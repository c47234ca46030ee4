"""Field accessibility of an email permission field, and giving it (F24, product.md §8, seed 004).

A run: it asks Salesforce's field-level security, gives Read and Edit where somebody asked for it
and the connector user may, and looks at the org's fields anew.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from syncapp.core.catalog import BY_KEY, CONSENT_KEYS
from syncapp.core.coupling import HOO
from syncapp.core.permission_sync import Access
from syncapp.core.ports import FieldGrants, SalesforceError, Write
from syncapp.core.types import SObject
from syncapp.models import BusinessUnit, ProspectField, SyncRun
from syncapp.services import rules
from syncapp.services.access import Right, require
from syncapp.services.context import Sync
from syncapp.services.refused import Refused
from syncapp.services.schema import refresh
from syncapp.store import runs as store
from syncapp.store.work import work as unit_of_work

KIND = "access"


def target(row: ProspectField, sobject: SObject) -> str:
    """The Salesforce field of the permission: the mapped one, else Email Opt Out."""
    default = BY_KEY["opted_out"].lead or HOO
    return rules.mapping(row).target(sobject) or default


def open_access(
    *,
    unit: BusinessUnit,
    field: str,
    fix: Collection[SObject],
    actor: str,
    now: datetime,
    trigger: str,
) -> SyncRun:
    """A queued look at the field's accessibility; `fix`: the objects on which it is to be given.

    Audited when it gives something. Raises Refused.
    """
    require(actor=actor, unit=unit, right=Right.SETTINGS if fix else Right.SYNC_NOW)
    row = unit.fields.filter(key=field).first() if field in CONSENT_KEYS else None
    if row is None:
        raise Refused("no_permission_field", f"{field!r} is not one of {', '.join(CONSENT_KEYS)}.")
    names = {sobject.value: target(row, sobject) for sobject in SObject}
    options = {"field": field, "names": names, "fix": sorted(one.value for one in fix)}
    with unit_of_work(unit.pk, now, actor=actor) as current:
        run = store.open_run(unit.pk, KIND, trigger, now, by=actor, options=options)
        if fix:
            told = {f"{one}.{names[one]}": "Read, Edit" for one in options["fix"]}
            current.audit("field.granted", f"field {field}", after=told)
    return run


def latest(unit: BusinessUnit, field: str) -> SyncRun | None:
    """The newest look at the field."""
    found = SyncRun.objects.filter(unit=unit, kind=KIND, options__field=field)
    return found.order_by("-pk").first()


def work(sync: Sync) -> str:
    """Ask, give, look again; what was found, in words. Salesforce's refusal is told as such."""
    names = {f"{one}.{name}": one for one, name in sync.run.options["names"].items()}
    sync.beat("Asking field-level security")
    told = []
    try:
        grants = sync.gateway.field_grants(list(names))
        wanted = [full for full, one in names.items() if one in sync.run.options["fix"]]
        if wanted:
            give(sync, grants, wanted)
            grants = sync.gateway.field_grants(list(names))
            told.append(f"Gave Read and Edit on {' and '.join(wanted)} to {grants.profile}.")
        _remember(sync, grants, names)
    except SalesforceError as error:
        if sync.run.options["fix"]:
            raise
        told.append(f"Who is given the field cannot be seen: {error.message}")
    return " ".join([*told, refresh(sync)])


def give(sync: Sync, grants: FieldGrants, wanted: list[str]) -> None:
    """Upsert the rows of the profile's permission set, for fields such as `Lead.City`."""
    given = {"PermissionsRead": True, "PermissionsEdit": True}
    changed, made = [], []
    for number, full in enumerate(wanted):
        row = grants.rows.get(full)
        if row is not None:
            changed.append(Write(number, row.row_id, given))
            continue
        about = {"ParentId": grants.parent_id, "SobjectType": full.partition(".")[0]}
        made.append(Write(number, None, {**about, "Field": full, **given}))
    results = sync.gateway.update("FieldPermissions", changed) if changed else []
    results += sync.gateway.create("FieldPermissions", made) if made else []
    for result in results:
        if not result.ok:
            error = result.errors[0] if result.errors else None
            raise SalesforceError(
                error.code if error else "UNCERTAIN",
                f"{wanted[result.key]} could not be given: "
                f"{error.message if error else 'the answer was lost; look again.'} Do it by hand, "
                "or give the connector user Manage Profiles and Permission Sets.",
            )


def _remember(sync: Sync, grants: FieldGrants, names: dict[str, str]) -> None:
    found: dict[str, Any] = {one: _level(grants, full).value for full, one in names.items()}
    store.remember_options(sync.run, {"found": found, "profile": grants.profile})


def _level(grants: FieldGrants, full: str) -> Access:
    row = grants.rows.get(full)
    if row is None or not row.read:
        return Access.HIDDEN
    return Access.EDIT if row.edit else Access.READ
