"""The consent ledger of a prospect: what was said about permission, in order, with its evidence.

Invariant: nothing is worked out anew. Each event is a row of history, of the audit trail or a
conflict that somebody decided; the seal that proves its row unaltered comes along.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from syncapp.models import AuditEntry, AuditSeal, Conflict, FieldChange, Prospect, SyncRun

CONSENT = ("opted_out", "do_not_email")
REPORTED = "mailability."
EVIDENCE = ("source", "webhook", "ip")


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `side` is where a value was written, "" for what an address reported.

    `source` says who reported it (an email provider, the public page), `webhook` is the provider's
    id of its event, `ip` where a person's request came from. `seal` and `hash` name the link of the
    audit chain (None: its row is not sealed, a conflict).
    """

    at: datetime
    kind: str  # changed, reported, held, decided
    code: str  # field, action of the audit trail, field in question
    side: str
    old: object
    new: object
    rule: str
    run: int | None
    run_kind: str
    actor: str
    why: str
    source: str = ""
    webhook: str = ""
    ip: str = ""
    seal: int | None = None
    hash: str = ""


def ledger(*, prospect: Prospect, ids: Sequence[int]) -> list[Event]:
    """Every event, oldest first; `ids` are the prospect's own and those merged into it."""
    rows = list(_history(ids))
    entries = list(_reports(prospect, ids, _addresses(prospect, ids)))
    sealed: list[FieldChange | AuditEntry] = [*rows, *entries]
    seals = _seals(prospect.unit_id, {row.batch for row in sealed})
    kinds = _run_kinds({row.run_id for row in rows if row.run_id})
    proved = {entry.batch: _evidence(entry) for entry in entries}
    found = [
        replace(event, **proved.get(row.batch, {}))
        for row in rows
        for event in _changed(row, kinds, seals)
    ]
    found += [_reported(entry, seals) for entry in entries]
    found += [event for conflict in _conflicts(ids) for event in _held(conflict)]
    return sorted(found, key=lambda event: event.at)


def as_json(prospect: Prospect, events: Sequence[Event]) -> dict[str, Any]:
    """The ledger as a document."""
    return {
        "prospect": prospect.pk,
        "email": prospect.email,
        "now": {key: getattr(prospect, key) for key in CONSENT},
        "events": [asdict(event) for event in events],
    }


def _history(ids: Sequence[int]) -> Iterator[FieldChange]:
    """History of the prospect that tells of consent; its index is by prospect."""
    for row in FieldChange.objects.filter(prospect_id__in=ids).order_by("id").iterator():
        if any(change["field"] in CONSENT for change in row.changes):
            yield row


def _addresses(prospect: Prospect, ids: Sequence[int]) -> set[str]:
    """The address of now and those of before: reports are about an address."""
    rows = FieldChange.objects.filter(
        prospect_id__in=ids, changes__contains=[{"field": "email", "side": "ae"}]
    )
    had = {change["old"] for row in rows for change in row.changes if change["field"] == "email"}
    merged = Prospect.objects.filter(pk__in=ids).values_list("email", flat=True)
    return {str(email).lower() for email in {prospect.email, *merged, *had} if email}


def _reports(
    prospect: Prospect, ids: Sequence[int], addresses: Collection[str]
) -> Iterator[AuditEntry]:
    """What was reported, or set by hand, while the prospect had the address."""
    targets = [*addresses, *(f"prospect {pk}" for pk in ids)]
    rows = AuditEntry.objects.filter(unit_id=prospect.unit_id, target__in=targets)
    mine = {str(pk) for pk in ids}
    for entry in rows.filter(action__startswith=REPORTED).order_by("id"):
        if mine & set(entry.after or {}):
            yield entry


def _conflicts(ids: Sequence[int]) -> Iterator[Conflict]:
    return Conflict.objects.filter(prospect__in=ids, field__in=CONSENT).order_by("id").iterator()


def _seals(unit_id: int, batches: Collection[int]) -> dict[int, AuditSeal]:
    rows = AuditSeal.objects.filter(chain=unit_id, batch__in=batches)
    return {seal.batch: seal for seal in rows}


def _run_kinds(ids: Collection[int]) -> dict[int, str]:
    return dict(SyncRun.objects.filter(pk__in=ids).values_list("pk", "kind"))


def _proof(row: FieldChange | AuditEntry, seals: dict[int, AuditSeal]) -> dict[str, Any]:
    seal = seals.get(row.batch)
    return {"seal": seal.number, "hash": bytes(seal.hash).hex()} if seal else {}


def _evidence(entry: AuditEntry) -> dict[str, Any]:
    """What came with a report; it also speaks for the changes of the same transaction."""
    told = (entry.after or {}).get("evidence") or {}
    return {name: str(told[name]) for name in EVIDENCE if name in told}


def _changed(
    row: FieldChange, kinds: dict[int, str], seals: dict[int, AuditSeal]
) -> Iterator[Event]:
    for change in row.changes:
        if change["field"] in CONSENT:
            yield Event(
                row.at, "changed", change["field"], change["side"], change["old"], change["new"],
                change["rule"], row.run_id, kinds.get(row.run_id or 0, ""), row.actor, "",
                **_proof(row, seals),
            )  # fmt: skip


def _reported(entry: AuditEntry, seals: dict[int, AuditSeal]) -> Event:
    return Event(
        entry.at, "reported", entry.action, "", None, None, "", None, "", entry.actor, entry.why,
        **_evidence(entry), **_proof(entry, seals),
    )  # fmt: skip


def _held(conflict: Conflict) -> Iterator[Event]:
    """That it was held or met, and what somebody decided."""
    values = (conflict.ae_value, conflict.sf_value)
    yield Event(
        conflict.created_at, "held", conflict.field, "", *values, conflict.kind,
        conflict.run_id, "", "", "",
    )  # fmt: skip
    if conflict.resolved_at is not None:
        yield Event(
            conflict.resolved_at, "decided", conflict.field, "", *values, conflict.kind,
            None, "", conflict.resolved_by, conflict.resolution,
        )  # fmt: skip
