"""Create it for me (product.md §7.3): a missing custom checkbox, made in Salesforce and given.

A run: it makes the field on Lead and Contact where it is missing, gives the connector user's
profile Read and Edit on it, and looks at the org's fields anew. Done again it only does the rest.
"""

from datetime import datetime

from syncapp.core.mapping_rules import custom_name, find_field
from syncapp.core.ports import SalesforceError
from syncapp.core.types import SObject
from syncapp.models import BusinessUnit, SyncRun
from syncapp.services import field_access, rules
from syncapp.services.access import Right, require
from syncapp.services.context import Sync
from syncapp.services.refused import Refused
from syncapp.services.schema import refresh
from syncapp.store import runs as store
from syncapp.store.work import work as unit_of_work

KIND = "field"
OBJECTS = (SObject.LEAD, SObject.CONTACT)
THERE = "DUPLICATE_DEVELOPER_NAME"
MAY_NOT = (
    *("INSUFFICIENT_ACCESS", "INSUFFICIENT_ACCESS_OR_READONLY", "FUNCTIONALITY_NOT_ENABLED"),
    *("INVALID_TYPE", "NOT_FOUND", "API_DISABLED_FOR_ORG"),
)
BY_HAND = (
    "The connector user may not create fields. Give it Customize Application and Manage Profiles "
    "and Permission Sets, or create the checkbox on Lead and Contact in Salesforce (Setup, Object "
    "Manager, Fields & Relationships), show it to the connector user's profile, and Refresh "
    "Salesforce Fields."
)


def create_custom_checkbox(
    *, unit: BusinessUnit, name: str, actor: str, now: datetime, trigger: str
) -> SyncRun:
    """A queued run that makes the checkbox `name` (`OptedOut_Custom`, with or without __c).

    Audited. Raises Refused: no administrator, or no name that Salesforce takes.
    """
    require(actor=actor, unit=unit, right=Right.SETTINGS)
    full = custom_name(name)
    if full is None:
        raise Refused(
            "no_field_name",
            f"{name!r} can be no custom field: letters, digits and single underscores, a letter "
            "first, no more than 40 characters, such as OptedOut_Custom__c.",
        )
    with unit_of_work(unit.pk, now, actor=actor) as current:
        run = store.open_run(unit.pk, KIND, trigger, now, by=actor, options={"name": full})
        current.audit("field.asked", full, after={"type": "Checkbox", "run": run.pk})
    return run


def latest(unit: BusinessUnit) -> SyncRun | None:
    """The newest request for a checkbox."""
    return SyncRun.objects.filter(unit=unit, kind=KIND).order_by("-pk").first()


def work(sync: Sync) -> str:
    """Make what is missing, give it, look again; what was done, in words."""
    name = str(sync.run.options["name"])
    sync.beat(f"Looking for {name}")
    refresh(sync)
    wanted = [one for one in OBJECTS if not _usable(sync, one, name)]
    made = [f"{one.value}.{name}" for one in wanted if _make(sync, one, name)]
    if made:
        _audit(sync, name, made)
    given = [f"{one.value}.{_spelled(sync, one, name)}" for one in wanted]
    profile = _give(sync, given) if given else ""
    seen = refresh(sync)
    for one in wanted:
        if not _usable(sync, one, name):
            raise Refused("not_visible", f"The connector user still does not see {one}.{name}.")
    return f"{_told(name, made, given, profile)} {seen}"


def _usable(sync: Sync, sobject: SObject, name: str) -> bool:
    """Does the connector user see it and may edit it? Refused when it is no checkbox."""
    shown = (rules.schemas_of(sync.connector) or {}).get(sobject, {})
    found = find_field(name, shown)
    if found is None:
        return False
    if shown[found].type != "boolean":
        raise Refused(
            "no_checkbox",
            f"{sobject}.{found} exists and is {shown[found].type}, not a checkbox. Choose another "
            "name.",
        )
    return shown[found].updateable


def _spelled(sync: Sync, sobject: SObject, name: str) -> str:
    """As Salesforce spells a field that is shown, but may not be edited."""
    shown = (rules.schemas_of(sync.connector) or {}).get(sobject, {})
    return find_field(name, shown) or name


def _make(sync: Sync, sobject: SObject, name: str) -> bool:
    """Was it made just now? False: it is there already, hidden or read-only."""
    sync.beat(f"Creating {sobject}.{name}")
    label = name.removesuffix("__c").replace("_", " ")
    try:
        sync.gateway.create_checkbox(sobject.value, name, label)
    except SalesforceError as error:
        if error.code == THERE:
            return False
        if error.code in MAY_NOT:
            raise Refused("may_not_create", f"{BY_HAND} Salesforce said: {error}") from error
        raise
    return True


def _give(sync: Sync, wanted: list[str]) -> str:
    """Read and Edit for the connector user's profile; the profile's name."""
    sync.beat("Giving the field")
    grants = sync.gateway.field_grants(wanted)
    field_access.give(sync, grants, wanted)
    return grants.profile


def _audit(sync: Sync, name: str, made: list[str]) -> None:
    actor = sync.run.created_by
    with unit_of_work(sync.place.unit_id, sync.now(), actor=actor, run_id=sync.run.pk) as current:
        current.audit("field.made", name, after=dict.fromkeys(made, "Checkbox"))


def _told(name: str, made: list[str], given: list[str], profile: str) -> str:
    if not given:
        return f"{name} is there already, on Lead and Contact."
    created = f"Created {' and '.join(made)}. " if made else ""
    return (
        f"{created}Gave Read and Edit on {' and '.join(given)} to {profile}. In Salesforce, map it "
        "from lead to contact too (Object Manager, Lead, Map Lead Fields), or conversions lose it."
    )
