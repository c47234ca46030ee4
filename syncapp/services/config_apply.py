"""Write a configuration's differences: one transaction, audited, the connector's state last."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import F

from syncapp.core.catalog import CONSENT_KEYS
from syncapp.core.owners import NOT_MAPPED
from syncapp.models import BusinessUnit, Connector, ProspectField, SharingRule, UnitUser
from syncapp.services.config_diff import Difference
from syncapp.services.config_schema import Document
from syncapp.services.connectors import LOGIN_COLUMNS, set_state
from syncapp.store import prospects, retries
from syncapp.store.work import Work

_CHANGED = {
    "business_unit": "business_unit.changed",
    "connector": "connector.changed",
    "users": "user.changed",
    "fields": "field.changed",
    "custom_fields": "custom_field.changed",
    "sharing": "sharing.changed",
}
_STATE = ("connector", "state")


def write(
    current: Work,
    unit: BusinessUnit,
    desired: Document,
    changed: list[Difference],
    *,
    why: str = "",
) -> None:
    """Write and audit everything in `changed`; raise the consent epoch when its mapping changed."""
    connector = unit.connector
    stops = desired["connector"]["state"] in ("paused", "unverified")
    moves = any(one.path == _STATE for one in changed)
    if moves and stops:
        set_state(current, connector, desired["connector"]["state"])
    settings = [one for one in changed if one.path != _STATE]
    _write_unit(unit, _of(settings, "business_unit"))
    _write_connector(connector, _of(settings, "connector"), consent=_consent_remapped(settings))
    _write_users(unit, desired, settings)
    if _of(settings, "users"):
        retries.retry(unit.pk, current.now, code=NOT_MAPPED)
    _write_fields(unit, desired, settings, current.actor, current.now)
    if _of(settings, "sharing"):
        _write_sharing(connector, desired["sharing"])
    _audit(current, settings, why)
    if moves and not stops:
        set_state(current, connector, desired["connector"]["state"])


def _of(changed: Iterable[Difference], section: str) -> list[Difference]:
    return [one for one in changed if one.path[0] == section]


def _items(changed: Iterable[Difference], section: str) -> list[str]:
    return list(dict.fromkeys(one.path[1] for one in _of(changed, section)))


def _consent_remapped(changed: Iterable[Difference]) -> bool:
    """Product.md §2: a changed mapping of a consent field makes every link a first link again."""
    return any(
        one.path[0] == "fields" and one.path[1] in CONSENT_KEYS and one.path[2] != "behavior"
        for one in changed
    )


def _write_unit(unit: BusinessUnit, changed: list[Difference]) -> None:
    if changed:
        values = {one.path[1]: one.after for one in changed}
        BusinessUnit.objects.filter(pk=unit.pk).update(**values, version=F("version") + 1)


def _write_connector(connector: Connector, changed: list[Difference], *, consent: bool) -> None:
    values = dict(_column(one) for one in changed)
    epoch = {"consent_epoch": F("consent_epoch") + 1} if consent else {}
    if values or epoch:
        Connector.objects.filter(pk=connector.pk).update(
            **values, **epoch, version=F("version") + 1
        )
        connector.refresh_from_db()


def _column(difference: Difference) -> tuple[str, Any]:
    key, value = difference.path[-1], difference.after
    if difference.path[1] == "login":
        return LOGIN_COLUMNS[key], value or ""
    return ("kind" if key == "version" else key), value


def _write_users(unit: BusinessUnit, desired: Document, changed: list[Difference]) -> None:
    keys = _items(changed, "users")
    rows = {user.email.lower(): user for user in UnitUser.objects.filter(unit=unit)}
    known = [rows[key].pk for key in keys if key in rows]
    # Usernames may change hands within one file: free them all before giving them out.
    UnitUser.objects.filter(pk__in=known).update(salesforce_username=None)
    for key in keys:
        row = rows.get(key) or UnitUser(unit=unit, version=-1)
        for name, value in desired["users"][key].items():
            setattr(row, name, value)
        row.version += 1
        row.save()


def _write_fields(
    unit: BusinessUnit, desired: Document, changed: list[Difference], actor: str, now: datetime
) -> None:
    for section in ("fields", "custom_fields"):
        for key in _items(changed, section):
            values = {**desired[section][key], "changed_by": actor, "changed_at": now}
            known = ProspectField.objects.filter(unit=unit, key=key)
            prospects.forget_undone(unit.pk, key)
            if not known.update(**values, version=F("version") + 1, **_lifted(changed, key)):
                ProspectField.objects.create(unit=unit, key=key, custom=True, **values)


def _lifted(changed: list[Difference], key: str) -> dict[str, None]:
    """A hold belongs to the old mapping; the next run looks at the new one."""
    remapped = any(one.path[1:] in ((key, "lead"), (key, "contact")) for one in changed)
    return {"hold_reason": None, "hold_since": None} if remapped else {}


def _write_sharing(connector: Connector, wanted: Document) -> None:
    SharingRule.objects.filter(connector=connector).exclude(sobject__in=wanted).delete()
    for sobject, rule in wanted.items():
        SharingRule.objects.update_or_create(connector=connector, sobject=sobject, defaults=rule)
    Connector.objects.filter(pk=connector.pk).update(version=F("version") + 1)
    connector.refresh_from_db()


def _audit(current: Work, changed: list[Difference], why: str) -> None:
    """One entry per thing that changed: the unit, the connector, each user, field and rule."""
    grouped: dict[tuple[str, str], list[Difference]] = {}
    for one in changed:
        section = one.path[0]
        target = section if section in ("business_unit", "connector") else one.path[1]
        grouped.setdefault((section, target), []).append(one)
    for (section, target), group in grouped.items():
        depth = 1 if target == section else 2
        current.audit(
            _CHANGED[section],
            target,
            before={_name(one, depth): one.before for one in group},
            after={_name(one, depth): one.after for one in group},
            why=why,
        )


def _name(difference: Difference, depth: int) -> str:
    return ".".join(difference.path[depth:]) or "rule"
