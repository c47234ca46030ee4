"""What a preview planned beside what then happened: prospects, records, mailability, figures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from syncapp.core.mailability import Consent, status
from syncapp.core.types import MailabilityModel
from syncapp.models import (
    FieldChange,
    Loosening,
    Preview,
    PreviewChange,
    Prospect,
    ProspectField,
    SyncRun,
)
from syncapp.services import preview_answer
from syncapp.store.shadow import FAR
from tests.model.place import Place
from tests.preview.drawn import HOO, OPT_OUT, TOWN

COMPARED = (  # figures of a run that its preview says in advance
    *("held", "failed", "conflicts", "seen", "inbound", "outbound"),
    *("created_prospects", "created_records", "updated_prospects", "updated_records"),
)
_THERE = {
    "Lead": ("City", "Title", "Phone", "Fax", "Email", TOWN, OPT_OUT, HOO),
    "Contact": ("MailingCity", "Title", "Phone", "Fax", "Email", TOWN, OPT_OUT, HOO),
}
_FLAGS = (
    *("opted_out", "do_not_email", "hard_bounced", "soft_bounces", "complained", "archived"),
    "held_opt_out",
)
Change = tuple[Any, ...]


@dataclass
class Moment:
    """Both sides as they are now."""

    records: dict[str, dict[str, Any]]
    statuses: dict[int, str]
    newest: int

    @classmethod
    def of(cls, place: Place) -> Moment:
        return cls(_records(place), _statuses(place), place.newest_told())


def _records(place: Place) -> dict[str, dict[str, Any]]:
    found = {}
    for sobject, names in _THERE.items():
        query = f"SELECT Id, IsDeleted, {', '.join(names)} FROM {sobject}"
        for row in place.org.call("GET", f"/queryAll?q={query}")["records"]:
            row.pop("attributes", None)
            found[row["Id"]] = row
    return found


def _statuses(place: Place) -> dict[int, str]:
    place.unit.refresh_from_db()
    model = MailabilityModel(place.unit.mailability_model)
    return {
        row.pk: status(model, Consent(**{f: getattr(row, f) for f in _FLAGS})).status.value
        for row in Prospect.objects.filter(unit=place.unit)
    }


def happened_as_planned(
    place: Place, previewed: SyncRun, real: list[SyncRun], start: Moment
) -> None:
    """The preview's set is what was applied, field by field on both sides."""
    end = Moment.of(place)
    planned, applied = _planned(previewed, start), _applied(start)
    assert planned == applied, f"only planned {planned - applied}, only done {applied - planned}"
    held = Counter(
        (*_key(c.prospect_id, c.prospect, start), c.field, c.side) for c in _held(previewed)
    )
    assert held == _held_now(real, start)
    _mailability(previewed, start, end)
    _salesforce(place, previewed, start, end)
    counted = Preview.objects.get(run=previewed).counts
    told = {name: real[-1].counts.get(name, 0) for name in COMPARED}
    other = {name: (counted[name], n) for name, n in told.items() if counted[name] != n}
    assert not other, f"figures planned and told: {other}"


def _held(run: SyncRun) -> list[PreviewChange]:
    return list(preview_answer.held(run))


def _held_now(real: list[SyncRun], start: Moment) -> Counter[Change]:
    rows = Loosening.objects.filter(state="held", run__in=real).select_related("prospect")
    return Counter(
        (*_key(row.prospect_id, row.prospect.email, start), row.field, row.side) for row in rows
    )


def _planned(run: SyncRun, start: Moment) -> Counter[Change]:
    return Counter(
        (
            *_key(c.prospect_id, c.prospect, start),
            *(c.field, c.side, _plain(c.old, start), _plain(c.new, start), c.winner, c.rule),
        )
        for c in preview_answer.changes(run)
    )


def _applied(start: Moment) -> Counter[Change]:
    emails = dict(Prospect.objects.values_list("pk", "email"))
    rows = FieldChange.objects.filter(id__gt=start.newest)
    return Counter(
        (
            *_key(row.prospect_id, emails[row.prospect_id], start),
            *(c["field"], c["side"], _plain(c["old"], start), _plain(c["new"], start)),
            *(c["winner"], c["rule"]),
        )
        for row in rows
        for c in row.changes
    )


def _key(pk: int, email: str | None, start: Moment) -> Change:
    """A prospect that the sync makes has another number in the preview."""
    return (pk,) if pk in start.statuses else ("new", (email or "").lower())


def _plain(value: Any, start: Moment) -> Any:
    """A record that the sync makes has another Id in the preview."""
    if isinstance(value, str) and len(value) == 18 and value[:3] in ("00Q", "003"):
        return value if value in start.records else f"new {value[:3]}"
    return value


def _mailability(run: SyncRun, start: Moment, end: Moment) -> None:
    before, after = start.statuses, end.statuses
    becomes = {pk for pk, was in before.items() if was != "mailable" and after[pk] == "mailable"}
    stops = {pk for pk, was in before.items() if was == "mailable" and after[pk] != "mailable"}
    assert _ids(run, "becomes_mailable") == becomes
    assert _ids(run, "stops_being_mailable") == stops
    told = Preview.objects.get(run=run).statuses
    assert told == {
        "before": dict(Counter(before.values())),
        "after": dict(Counter(after.values())),
    }


def _ids(run: SyncRun, which: str) -> set[int]:
    return set(preview_answer.people(run, which).values_list("prospect_id", flat=True))


def _salesforce(place: Place, run: SyncRun, start: Moment, end: Moment) -> None:
    """Every field that changed in Salesforce was planned so, and the other way round."""
    mapped = {f.key: (f.lead, f.contact) for f in ProspectField.objects.filter(unit=place.unit)}
    here = place.here()
    made = _made(place, run, start)
    planned = {}
    for change in preview_answer.changes(run).filter(side="sf").order_by("pk"):
        record = here[made.get(change.prospect_id, change.prospect_id)]["record"]
        target = mapped[change.field][record[:3] == "003"] if change.field in mapped else None
        # before the upgrade Do Not Email ticks what Opted Out is mapped to
        target = target or (HOO if change.field == "do_not_email" else None)
        if target in _THERE["Contact" if record[:3] == "003" else "Lead"]:
            planned[record, target] = change.new
    changed = {
        (record, name): value
        for record, row in end.records.items()
        for name, value in row.items()
        if name in (*_THERE["Lead"], *_THERE["Contact"])
        and (start.records[record][name] if record in start.records else None) != value
    }
    assert _said(planned, start) == _said(changed, start)


def _made(place: Place, run: SyncRun, start: Moment) -> dict[int, int]:
    """Prospects that the preview made -> those that the sync made: by email, in their order.

    Where several prospects may share an email, each of them is one of its own.
    """
    tried: dict[str, list[int]] = {}
    rows = preview_answer.changes(run).filter(prospect_id__gte=FAR).order_by("prospect_id")
    for pk, email in rows.values_list("prospect_id", "prospect").distinct():
        tried.setdefault((email or "").lower(), []).append(pk)
    done: dict[str, list[int]] = {}
    for pk, row in sorted(place.here().items()):
        if pk not in start.statuses:
            done.setdefault(row["email"] or "", []).append(pk)
    return {a: b for email, pks in tried.items() for a, b in zip(pks, done[email], strict=True)}


def _said(found: dict[tuple[str, str], Any], start: Moment) -> dict[tuple[str, str], Any]:
    """Of a new record only what it has: a checkbox that is not ticked was not written."""
    return {
        key: value or None
        for key, value in found.items()
        if key[0] in start.records or value not in (None, False, "")
    }
