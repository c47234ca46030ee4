"""Restore prospects from a backup: a run of its own, so that it can be cancelled and undone (F20).

Each part of the backup is one transaction. What is restored counts as an edit here, by the rule
`restore`; the next sync decides it against Salesforce.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from syncapp.core.addresses import NO_ADDRESS
from syncapp.core.ports import Clock
from syncapp.core.restore import RestorePlan, plan_restore
from syncapp.core.types import FieldWrite, Rule, Side, Trigger
from syncapp.models import Backup, SyncRun, UndoItem
from syncapp.services import backups
from syncapp.services.access import Right, require
from syncapp.services.context import COUNTS
from syncapp.services.refused import Refused
from syncapp.services.sync import Gateways
from syncapp.store import addresses, consent, prospects
from syncapp.store import runs as store
from syncapp.store.edits import Edit, Editor
from syncapp.store.prospects import Loader
from syncapp.store.work import Work, work

KIND = "restore"
Difference = tuple[int, str | None, str, Any, Any]


def open_restore(
    *,
    backup: Backup,
    actor: str,
    now: datetime,
    trigger: str,
    fields: Sequence[str] = (),
    only: Sequence[int] = (),
    opt_ins: bool = False,
    preview: bool = False,
) -> SyncRun:
    """A queued run that restores `fields` (none: all) of all prospects or `only` some; audited.

    With `preview` it writes nothing and lists, as its items, what a restore would do now.
    Raises Refused for a backup that is not verified, or a field that it does not have.
    """
    require(actor=actor, unit=backup.unit, right=Right.BACKUPS)
    if backup.state != "verified":
        raise Refused(
            "not_verified", f"Backup {backup.pk} was never verified; nothing is restored."
        )
    known = {*backup.columns, *backup.unit.fields.values_list("key", flat=True)}
    unknown = [name for name in fields if name not in known]
    if unknown:
        raise Refused("unknown_field", f"Backup {backup.pk} has no field {unknown[0]!r}.")
    options = {
        "backup": backup.pk, "fields": list(fields), "prospects": list(only),
        "opt_ins": opt_ins, "preview": preview, "after": 0,
    }  # fmt: skip
    with work(backup.unit_id, now, actor=actor) as current:
        run = store.open_run(backup.unit_id, KIND, trigger, now, by=actor, options=options)
        if not preview:
            current.audit("backup.restore", f"backup {backup.pk}", after={"run": run.pk, **options})
    return run


def work_run(run_id: int, *, clock: Clock, gateways: Gateways) -> str:
    """Work a queued restore to its end, or go on where a worker died; its state."""
    run = SyncRun.objects.select_related("unit").get(pk=run_id)
    if not store.start(run_id, clock.now()):
        return str(SyncRun.objects.values_list("state", flat=True).get(pk=run_id))
    counts: Counter[str] = Counter({**dict.fromkeys(COUNTS, 0), **run.counts})
    try:
        state = "complete" if _parts(run, counts, clock) else "cancelled"
        message = ""
    except Refused as error:
        state, message = "failed", error.message
    store.finish(run_id, state, clock.now(), counts=counts, message=message)
    return state


def _parts(run: SyncRun, counts: Counter[str], clock: Clock) -> bool:
    """Restore part by part; False when somebody cancelled."""
    backup = backups.find(run.options["backup"])
    total = backup.parts.count()
    for number, found in backups.parts(backup, run.options["after"]):
        going_on = store.beat(
            run.pk, clock.now(), phase=_phase(run), done=number, total=total, api_calls=0
        )
        if not going_on:
            return False
        with work(run.unit_id, clock.now(), actor=run.created_by, run_id=run.pk) as current:
            counts.update(_part(run, current, found))
            store.go_on_after(run, number + 1)
            store.save_counts(run.pk, counts)
    return True


def _phase(run: SyncRun) -> str:
    return "Comparing" if run.options.get("preview") else "Restoring"


def _part(run: SyncRun, current: Work, found: Sequence[Difference]) -> Counter[str]:
    wanted, chosen = set(run.options["fields"]), set(run.options["prospects"])
    mine = [
        one for one in found
        if (not wanted or one[2] in wanted) and (not chosen or one[0] in chosen)
    ]  # fmt: skip
    unit = run.unit
    users = {user.email: user.pk for user in unit.users.all()}
    keys = frozenset(unit.fields.values_list("key", flat=True))
    ids = sorted({one[0] for one in mine})
    loaded = {p.id: p for p in Loader(unit.pk, keys).by_ids(ids, lock=True)}
    emails = {pk: str(prospect.email or "").lower() for pk, prospect in loaded.items()}
    emails |= {pk: str(before).lower() for pk, _, field, before, _ in mine if field == "email"}
    held = prospects.addresses(unit.pk, sorted({*emails.values()} - {""}))
    taken = _taken(unit.pk, emails, shared=unit.allow_multiple_prospects_per_email)
    plans = [
        plan_restore(
            loaded[prospect_id],
            {field: (before, now) for _, _, field, before, now in group},
            fields=keys,
            users=users,
            opt_ins=bool(run.options["opt_ins"]),
            address_taken=prospect_id in taken,
            address_opted_out=held.get(emails[prospect_id], NO_ADDRESS).opted_out,
        )
        for prospect_id, group in groupby(mine, lambda one: one[0])
    ]
    return _write(run, current, plans, {pk: email for email, pk in users.items()})


def _taken(unit_id: int, emails: dict[int, str], *, shared: bool) -> set[int]:
    """Prospects whose email somebody else outside the recycle bin has."""
    if shared:
        return set()
    found = Loader(unit_id, ()).by_emails(sorted({*emails.values()} - {""}))
    live = {str(p.email).lower(): p.id for p in found if not p.archived}
    return {pk for pk, email in emails.items() if live.get(email, pk) != pk}


def _write(
    run: SyncRun, current: Work, plans: Sequence[RestorePlan], users: dict[int, str]
) -> Counter[str]:
    if run.options.get("preview"):
        UndoItem.objects.bulk_create([*_kept(run, plans), *_goes(run, plans)])
        return Counter(seen=len(plans), unchanged=len(plans))
    counts: Counter[str] = Counter(seen=len(plans))
    editor = Editor(current, run.unit_id, Rule.RESTORE, "restore", Trigger.EDIT, users)
    parked: list[tuple[int, FieldWrite, bool]] = []
    for plan in plans:
        changed = editor.add(Edit(plan.prospect, plan.values, plan.facts))
        parked += [(plan.prospect.id, _loosening(key), True) for key in plan.loosenings]
        outcome = "applied" if changed else "held" if plan.loosenings else "unchanged"
        counts[outcome] += 1
        counts["updated_prospects"] += bool(changed)
    editor.write()
    addresses.date_bounces([plan.prospect.id for plan in plans if plan.facts], current.now)
    consent.park(run.unit_id, run.pk, parked, current.now)
    UndoItem.objects.bulk_create(_kept(run, plans))
    return counts


def _loosening(key: str) -> FieldWrite:
    return FieldWrite(key, Side.AE, True, False, Side.AE, Rule.RESTORE)


def _kept(run: SyncRun, plans: Sequence[RestorePlan]) -> list[UndoItem]:
    return [
        UndoItem(
            run=run, prospect_id=plan.prospect.id, field=key, side=Side.AE,
            old=now, new=before, reason=reason.value,
        )
        for plan in plans
        for key, before, now, reason in plan.stays
    ]  # fmt: skip


def _goes(run: SyncRun, plans: Sequence[RestorePlan]) -> list[UndoItem]:
    """What a restore would write; an opt-in waits for the guard and is told as such."""
    items = []
    for plan in plans:
        now = {**plan.prospect.values, "assigned_user": plan.prospect.assigned_user}
        told: dict[str, Any] = {
            **plan.values,
            **plan.facts,
            **dict.fromkeys(plan.loosenings, False),
        }
        for key, value in told.items():
            old = now[key] if key in now else getattr(plan.prospect, key, None)
            items.append(
                UndoItem(
                    run=run,
                    prospect_id=plan.prospect.id,
                    field=key,
                    side=Side.AE,
                    old=old,
                    new=value,
                )
            )
    return items


def as_json(run: SyncRun) -> dict[str, Any]:
    """What `backup restore` prints besides the run itself: what stays and why."""
    told = run.undo_items.select_related("prospect")
    return {
        "backup": run.options["backup"],
        "skipped": [
            {"prospect": i.prospect.email, "field": i.field, "backup": i.new, "now": i.old,
             "reason": i.reason}
            for i in told
        ],
    }  # fmt: skip
