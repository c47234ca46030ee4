"""The fields of a prospect as its page shows them: in groups, each with why it is what it is.

Invariant: every default field is in exactly one group and every custom field in the last; a test
counts them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.ui.words import behavior_words
from syncapp.core.catalog import BY_KEY
from syncapp.core.explain import Explanation
from syncapp.core.types import Value
from syncapp.models import Prospect, ProspectField
from syncapp.services.why import explanations

GROUPS: tuple[tuple[str, str, str], ...] = (
    (
        "Person",
        "user",
        "salutation first_name last_name email job_title department company website assigned_user",
    ),
    ("Permission", "shield-check", "opted_out do_not_email do_not_call"),
    (
        "Phone and address",
        "send",
        "phone fax address_one address_two zip city state country territory",
    ),
    ("Company", "building", "industry employees annual_revenue years_in_business"),
    ("Marketing", "chart-line", "campaign source score grade comments notes"),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """One field: its value, where it is mapped, and the decision behind the value.

    `waits` is true while an edit here is on its way to Salesforce; `agreed` is then what both sides
    last agreed on.
    """

    key: str
    label: str
    value: Value
    mapping: str
    behavior: str
    why: Explanation
    waits: bool
    agreed: object
    on_hold: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under one heading."""

    heading: str
    icon: str
    fields: list[Shown]


def grouped(prospect: Prospect, settings: Mapping[str, ProspectField]) -> list[Group]:
    """All fields of the prospect; empty ones included, so that nobody wonders where one is."""
    custom = tuple(key for key, field in settings.items() if field.custom)
    groups = [(heading, icon, tuple(keys.split())) for heading, icon, keys in GROUPS]
    groups.append(("Custom fields", "forms", custom))
    values = {key: value_of(prospect, key) for _, _, keys in groups for key in keys}
    why = explanations(prospect_id=prospect.pk, values=values)
    return [
        Group(heading, icon, [shown(prospect, key, settings.get(key), why[key]) for key in keys])
        for heading, icon, keys in groups
        if keys
    ]


def shown(prospect: Prospect, key: str, setting: ProspectField | None, why: Explanation) -> Shown:
    """One field of the page."""
    base = prospect.link.base
    return Shown(
        key=key,
        label=label_of(key, setting),
        value=value_of(prospect, key),
        mapping=_mapping(prospect, setting),
        behavior=_behavior(key, setting),
        why=why,
        waits=key in base,
        agreed=base[key][0] if key in base else None,
        on_hold=setting.hold_reason if setting else None,
    )


def label_of(key: str, setting: ProspectField | None) -> str:
    """What the unit calls the field."""
    if key == "assigned_user":
        return "Assigned user"
    return setting.label if setting else BY_KEY[key].label


def value_of(prospect: Prospect, key: str) -> Value:
    """The value as it is stored; the assigned user by email."""
    if key == "assigned_user":
        return prospect.assigned_user.email if prospect.assigned_user else None
    value: Value = getattr(prospect, key) if key in BY_KEY else prospect.custom.get(key)
    return value


def _mapping(prospect: Prospect, setting: ProspectField | None) -> str:
    """`City on the lead`; the object that the prospect syncs with, or both."""
    if setting is None:
        return ""
    both = {"lead": setting.lead, "contact": setting.contact}
    linked = "contact" if prospect.link.contact_id else "lead" if prospect.link.lead_id else None
    named = [
        f"{field} on the {kind}" for kind, field in both.items() if field and linked in (None, kind)
    ]
    return ", ".join(named)


def _behavior(key: str, setting: ProspectField | None) -> str:
    if key == "assigned_user":
        return "Salesforce's owner, always, once the prospect has a record"
    if key in BY_KEY and BY_KEY[key].proprietary:
        return "Account Engagement's value, always"
    return behavior_words(setting.behavior) if setting else ""
