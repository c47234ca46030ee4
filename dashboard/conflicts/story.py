"""What the page of a conflict tells: both sides, what they had agreed on, who won and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.ui.problem_words import decided_words
from dashboard.ui.words import behavior_words, field_words, rule_words
from syncapp.core.catalog import BY_KEY
from syncapp.core.types import Side
from syncapp.models import Conflict, Prospect, ProspectField, SyncError

_OBJECTS = {"00Q": "Lead", "003": "Contact"}


@dataclass(frozen=True, slots=True)
class SideShown:
    """One side's value, when it was changed, and whether it won."""

    side: str
    value: object
    at: datetime | None
    won: bool


@dataclass(frozen=True, slots=True)
class Story:
    """One conflict; empty parts are not known or do not belong to its kind."""

    sides: Sequence[SideShown]
    agreed: list[object]
    decided: str
    why: str
    records: list[tuple[str, str]]
    linked: str | None
    holder: Prospect | None
    error: SyncError | None


def story_of(conflict: Conflict, setting: ProspectField | None) -> Story:
    """Two queries at most, of what belongs to the kind."""
    duplicates = conflict.kind == "duplicate_records"
    return Story(
        sides=() if duplicates else _sides(conflict),
        agreed=_agreed(conflict),
        decided=decided_words(conflict.kind, conflict.decided, long=True),
        why=_why(conflict, setting),
        records=records_of(conflict) if duplicates else [],
        linked=_linked(conflict),
        holder=_holder(conflict) if conflict.kind == "email_in_use" else None,
        error=_error(conflict) if conflict.kind == "unstorable_value" else None,
    )


def name_of(conflict: Conflict, label: str) -> str:
    """What the conflict is about; `label` is what the unit calls the field."""
    duplicates = conflict.kind == "duplicate_records"
    return "Records" if duplicates else field_words(conflict.field, label)


def value_here(conflict: Conflict) -> object:
    """The prospect's value of the field now."""
    prospect, key = conflict.prospect, conflict.field
    return getattr(prospect, key) if key in BY_KEY else prospect.custom.get(key)


def records_of(conflict: Conflict) -> list[tuple[str, str]]:
    """The records that the prospect is not linked to: (CRM ID, `Lead 00Q…`)."""
    linked = _linked(conflict)
    known = dict.fromkeys([*conflict.others, conflict.decided])
    return [(r, f"{_OBJECTS.get(r[:3], 'Record')} {r}") for r in known if r and r != linked]


def _linked(conflict: Conflict) -> str | None:
    link = conflict.prospect.link
    return link.contact_id or link.lead_id


def _sides(conflict: Conflict) -> tuple[SideShown, ...]:
    decides = conflict.kind == "both_changed"
    return tuple(
        SideShown(side.value, value, at, decides and conflict.decided == side)
        for side, value, at in (
            (Side.AE, conflict.ae_value, conflict.ae_at),
            (Side.SF, conflict.sf_value, conflict.sf_at),
        )
    )


def _agreed(conflict: Conflict) -> list[object]:
    """What the last sync agreed on: as the conflict keeps it, else as the open link does."""
    if conflict.agreed or conflict.state != "open":
        return list(conflict.agreed)
    return list(conflict.prospect.link.base.get(conflict.field, ())[:1])


def _why(conflict: Conflict, setting: ProspectField | None) -> str:
    if conflict.rule:
        return rule_words(conflict.rule)
    return behavior_words(setting.behavior) + "." if setting and conflict.decided else ""


def _holder(conflict: Conflict) -> Prospect | None:
    """The prospect that has the email in question."""
    key = str(conflict.sf_value).lower()
    rows = Prospect.objects.filter(unit_id=conflict.unit_id, email_key=key, archived=False)
    return rows.exclude(pk=conflict.prospect_id).first()


def _error(conflict: Conflict) -> SyncError | None:
    """Why the value cannot be stored."""
    rows = SyncError.objects.filter(prospect_id=conflict.prospect_id, field=conflict.field)
    return rows.exclude(state="resolved").order_by("-id").first()
