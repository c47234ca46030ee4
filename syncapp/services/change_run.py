"""Apply an approved proposal: a fresh preview first, then settings and permits in one transaction.

The run keeps the settings that it replaced, so that it can be undone (F28, F31).
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from syncapp.core.approvals import Lapse, Seen, lapses
from syncapp.core.ports import Clock, SalesforceError
from syncapp.models import BusinessUnit, ChangeRequest, Preview, SyncRun
from syncapp.services import changes, config_file, preview, preview_changes
from syncapp.services.config_schema import Document
from syncapp.services.context import COUNTS
from syncapp.services.preview import Gateways
from syncapp.services.pulse import Pulse
from syncapp.services.refused import Refused
from syncapp.store import db, permits
from syncapp.store import runs as store

WORDS = {
    Lapse.TOO_OLD: "the preview was older than 24 hours",
    Lapse.RULES_CHANGED: "the unit's settings were changed since the preview",
    Lapse.NEW_ON_RED_LIST: "somebody new would become mailable again",
    Lapse.DRIFTED: "more than 5 % of the people concerned are others than in the preview",
}


def work_run(run_id: int, *, clock: Clock, gateways: Gateways) -> str:
    """Work a queued approval to its end; its state. A lapsed approval is a failed run."""
    run = SyncRun.objects.select_related("unit__connector").get(pk=run_id)
    if not store.start(run_id, clock.now()):
        return str(SyncRun.objects.values_list("state", flat=True).get(pk=run_id))
    if "undoes" in run.options:
        return _undo(run, clock)
    change = changes.find(run.options["change"])
    with Pulse(run_id, clock):
        try:
            state, message = "complete", _work(run, change, clock, gateways)
        except (Refused, SalesforceError) as error:
            state, message = "failed", str(error)
            _back(change, str(error))
    counts = dict.fromkeys(COUNTS, 0)
    store.finish(run_id, state, clock.now(), counts=counts, message=message)
    return state


def _undo(run: SyncRun, clock: Clock) -> str:
    """A run that takes an applied proposal back; its preview has nothing to do."""
    undone = SyncRun.objects.select_related("unit").get(pk=run.options["undoes"])
    state, message = "complete", ""
    try:
        if not run.options["preview"]:
            take_back(undone, actor=run.created_by, now=clock.now())
    except Refused as error:
        state, message = "failed", error.message
    counts = dict.fromkeys(COUNTS, 0)
    store.finish(run.pk, state, clock.now(), counts=counts, message=message)
    return state


def _back(change: ChangeRequest, message: str) -> None:
    """What could not be applied waits for a decision again."""
    ChangeRequest.objects.filter(pk=change.pk, state="approving").update(
        state="proposed", message=message
    )


def _work(run: SyncRun, change: ChangeRequest, clock: Clock, gateways: Gateways) -> str:
    fresh = preview.open_preview(
        unit=run.unit,
        asked=preview_changes.config(change.source),
        actor=run.created_by,
        now=clock.now(),
        trigger=run.trigger,
    )
    if preview.work(fresh.pk, clock=clock, gateways=gateways) != "complete":
        fresh.refresh_from_db()
        raise Refused("no_preview", f"The preview {fresh.state}: {fresh.message}")
    lapse = _lapse(run.unit, change, fresh, clock.now())
    if lapse is not None:
        _lapsed(change, fresh, lapse, clock.now())
        raise Refused("lapsed", f"Nothing was applied: {WORDS[lapse]}. Look at the new preview.")
    _apply(run, change, fresh, clock.now())
    return ""


def _lapse(
    unit: BusinessUnit, change: ChangeRequest, fresh: SyncRun, now: datetime
) -> Lapse | None:
    affected, came, went, red = permits.compare(change.preview_run_id or 0, fresh.pk)
    seen = Seen(
        previewed_at=change.previewed_at or change.proposed_at,
        same_rules=change.rules_hash == changes.rules_hash(unit),
        affected=affected,
        came=came,
        went=went,
        newly_red=red,
    )
    return lapses(seen, now)


def _lapsed(change: ChangeRequest, fresh: SyncRun, lapse: Lapse, now: datetime) -> None:
    Preview.objects.filter(run=fresh).update(pinned=True)
    changes.move(
        change,
        ("approving",),
        "lapsed",
        message=WORDS[lapse],
        preview_run_id=fresh.pk,
        previewed_at=now,
        rules_hash=changes.rules_hash(change.unit),
    )


def _apply(run: SyncRun, change: ChangeRequest, fresh: SyncRun, now: datetime) -> None:
    with transaction.atomic():
        back = inverse(run.unit, change.differences)
        config_file.apply(source=change.source, actor=run.created_by, now=now, approved=True)
        permits.grant(run.unit_id, fresh.pk, f"change {change.pk}", run.created_by, now)
        changes.move(change, ("approving",), "applied", applied_run_id=run.pk, message="")
        options = {**run.options, "inverse": back, "applied": changes.rules_hash(run.unit)}
        SyncRun.objects.filter(pk=run.pk).update(options=options)
        Preview.objects.filter(run=fresh).update(pinned=True)


def inverse(unit: BusinessUnit, differences: list[dict[str, Any]]) -> Document:
    """The part of the unit's configuration file, as it is now, that the differences replace.

    A custom field that the change makes cannot be taken away; it is unmapped.
    """
    was = config_file.export(unit=unit)
    back: Document = {"business_unit": {"slug": unit.slug}}
    for path in (one["path"] for one in differences):
        section = path[0]
        if section == "sharing":
            back["sharing"] = was.get("sharing", [])
        elif section == "users":
            known = [user for user in was.get("users", []) if user["email"].lower() == path[1]]
            back.setdefault("users", [])
            back["users"] += [user for user in known if user not in back["users"]]
        elif section in ("fields", "custom_fields"):
            unmapped = {"lead": None, "contact": None}
            back.setdefault(section, {})[path[1]] = was[section].get(path[1]) or unmapped
        else:
            _copy(back, was, path)
    return back


def _copy(into: Document, source: Document, path: list[str]) -> None:
    for name in path[:-1]:
        into, source = into.setdefault(name, {}), source[name]
    into[path[-1]] = source[path[-1]]


def take_back(run: SyncRun, *, actor: str, now: datetime) -> None:
    """Undo an applied proposal: its settings as they were. Raises Refused when they changed since.

    What syncs wrote by the settings meanwhile is undone by undoing those runs.
    """
    if changes.rules_hash(run.unit) != run.options["applied"]:
        raise Refused(
            "changed_since",
            f"The settings of {run.unit.name} were changed after run {run.pk}. "
            "Propose the change back instead.",
        )
    source = db.dumps(run.options["inverse"])  # JSON is YAML
    config_file.apply(source=source, actor=actor, now=now, approved=True)
