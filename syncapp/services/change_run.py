"""Apply an approved proposal: a fresh preview first, then settings and permits in one transaction.

The run keeps the settings that it replaced, so that it can be undone (F28, F31).
"""

import logging
from datetime import datetime
from typing import Any

from django.db import transaction

from syncapp.core.approvals import Lapse, Seen, lapses
from syncapp.core.picklists import KEY
from syncapp.core.ports import Clock, SalesforceError
from syncapp.models import BusinessUnit, ChangeRequest, SyncRun
from syncapp.services import changes, config_file, config_schema, preview, preview_changes
from syncapp.services.config_export import document, rules_hash, settings_of
from syncapp.services.config_schema import Document
from syncapp.services.context import COUNTS, Cancelled
from syncapp.services.preview import Gateways
from syncapp.services.pulse import Pulse
from syncapp.services.refused import Refused
from syncapp.services.sync import ATTEMPTS, POISON
from syncapp.services.undo import refuse_changed_since
from syncapp.store import permits
from syncapp.store import runs as store

log = logging.getLogger(__name__)


def work_preview(run_id: int, *, clock: Clock, gateways: Gateways) -> str:
    """Work a preview to its end, and tell the proposal that stands on it; the run's state."""
    state = preview.work(run_id, clock=clock, gateways=gateways)
    for change in ChangeRequest.objects.filter(preview_run_id=run_id, state="previewing"):
        changes.previewed(change, clock.now())
    return state


def work_run(run_id: int, *, clock: Clock, gateways: Gateways) -> str:
    """Work a queued approval to its end; its state. A lapsed approval is a failed run."""
    run = SyncRun.objects.select_related("unit__connector").get(pk=run_id)
    if not store.start(run_id, clock.now()):
        return str(SyncRun.objects.values_list("state", flat=True).get(pk=run_id))
    with Pulse(run_id, clock):
        state, message = _outcome(run, clock, gateways)
    if state != "complete" and "change" in run.options:
        changes.back(changes.find(run.options["change"]), message)
    counts = dict.fromkeys(COUNTS, 0)
    store.finish(run_id, state, clock.now(), counts=counts, message=message)
    return state


def _outcome(run: SyncRun, clock: Clock, gateways: Gateways) -> tuple[str, str]:
    """How the run ends: state and message."""
    if run.attempts >= ATTEMPTS:
        return "failed", POISON
    try:
        if "undoes" in run.options:
            _undo(run, clock)
        else:
            _approve(run, clock, gateways)
    except Cancelled:
        return "cancelled", "The approval was cancelled; nothing was applied."
    except (Refused, SalesforceError) as error:
        return "failed", str(error)
    except Exception as error:
        log.exception("run %s broke", run.pk)
        return "failed", f"{type(error).__name__}: {error}"
    return "complete", ""


def _undo(run: SyncRun, clock: Clock) -> None:
    """A run that takes an applied proposal back; its preview has nothing to do."""
    undone = SyncRun.objects.select_related("unit").get(pk=run.options["undoes"])
    if not run.options["preview"]:
        take_back(undone, actor=run.created_by, now=clock.now())


def _approve(run: SyncRun, clock: Clock, gateways: Gateways) -> None:
    change = changes.find(run.options["change"])
    if change.state == "applied" and change.applied_run_id == run.pk:
        return  # a worker died after it was applied, before the run was told
    fresh = _fresh(run, change, clock)
    _beat(run, clock, "Looking at the effect anew")
    if preview.work(fresh.pk, clock=clock, gateways=gateways) != "complete":
        fresh.refresh_from_db()
        raise Refused("no_preview", f"Nothing was applied: the preview {_ended(fresh)}")
    _beat(run, clock, "Applying")
    lapse = _apply(run, change, fresh, clock.now())
    if lapse is not None:
        _lapsed(change, fresh, lapse, clock.now())
        words = changes.WORDS[lapse]
        raise Refused("lapsed", f"Nothing was applied: {words}. Look at the new preview.")


def _fresh(run: SyncRun, change: ChangeRequest, clock: Clock) -> SyncRun:
    """The preview that the approval is held against; the run names it as `check`."""
    fresh = preview.open_preview(
        unit=run.unit,
        asked=preview_changes.config(change.source),
        actor=run.created_by,
        now=clock.now(),
        trigger=run.trigger,
    )
    run.options = {**run.options, "check": fresh.pk}
    SyncRun.objects.filter(pk=run.pk).update(options=run.options)
    return fresh


def _ended(fresh: SyncRun) -> str:
    return "was cancelled." if fresh.state == "cancelled" else f"failed: {fresh.message}"


def _beat(run: SyncRun, clock: Clock, phase: str) -> None:
    if not store.beat(run.pk, clock.now(), phase=phase, done=0, total=None, api_calls=0):
        raise Cancelled


def _lapse(
    unit: BusinessUnit, change: ChangeRequest, fresh: SyncRun, now: datetime
) -> Lapse | None:
    affected, came, went, red = permits.compare(change.preview_run_id or 0, fresh.pk)
    seen = Seen(
        previewed_at=change.previewed_at or change.proposed_at,
        same_rules=change.rules_hash == rules_hash(unit),
        affected=affected,
        came=came,
        went=went,
        newly_red=red,
    )
    return lapses(seen, now)


def _lapsed(change: ChangeRequest, fresh: SyncRun, lapse: Lapse, now: datetime) -> None:
    changes.pin(change, kept=False)
    changes.move(
        change,
        ("approving",),
        "lapsed",
        message=changes.WORDS[lapse],
        preview_run_id=fresh.pk,
        previewed_at=now,
        rules_hash=rules_hash(change.unit),
        differences=changes.told(config_file.diff(source=change.source, actor=change.decided_by)),
    )
    changes.pin(change, kept=True)


def _apply(run: SyncRun, change: ChangeRequest, fresh: SyncRun, now: datetime) -> Lapse | None:
    """Settings and permits at once, unless the approval has lapsed; nobody saves in between."""
    with transaction.atomic():
        BusinessUnit.objects.select_for_update(no_key=True).get(pk=run.unit_id)
        lapse = _lapse(run.unit, change, fresh, now)
        if lapse is not None:
            return lapse
        back = inverse(run.unit, change.differences)
        why = f"Change {change.pk}, proposed by {change.proposed_by}: {change.why or 'no reason'}"
        config_file.apply_document(
            wanted=config_schema.parse(change.source),
            actor=run.created_by,
            now=now,
            approved=True,
            why=why,
        )
        permits.grant(run.unit_id, fresh.pk, _source(change.pk), run.created_by, now)
        changes.move(change, ("approving",), "applied", applied_run_id=run.pk, message="")
        options = {**run.options, "inverse": back, "applied": rules_hash(run.unit)}
        SyncRun.objects.filter(pk=run.pk).update(options=options)
    return None


def _source(change_id: int) -> str:
    """How a permit names the proposal it comes from."""
    return f"change {change_id}"


def inverse(unit: BusinessUnit, differences: list[dict[str, Any]]) -> Document:
    """The part of the unit's configuration, as it is now, that the differences replace.

    Users and custom fields that the change makes cannot be taken away; the fields are unmapped.
    """
    was = document(unit)
    back: Document = {"business_unit": {"slug": unit.slug}}
    for path in (one["path"] for one in differences):
        section = path[0]
        if section == "sharing":
            back["sharing"] = was["sharing"]
        elif section == "users":
            known = {key: user for key, user in was["users"].items() if key == path[1]}
            back["users"] = {**back.get("users", {}), **known}
        elif section == "fields":
            back.setdefault(section, {})[path[1]] = was[section][path[1]]
        elif section == "custom_fields":
            known = was[section].get(path[1])
            unmapped = {"lead": None, "contact": None, KEY: False}
            back.setdefault(section, {})[path[1]] = settings_of(known) if known else unmapped
        else:
            _copy(back, was, path)
    return back


def _copy(into: Document, source: Document, path: list[str]) -> None:
    for name in path[:-1]:
        into, source = into.setdefault(name, {}), source[name]
    into[path[-1]] = source[path[-1]]


def take_back(run: SyncRun, *, actor: str, now: datetime) -> None:
    """Undo an applied proposal: its settings as they were, what it released and is not used.

    Raises Refused when settings changed since. What syncs wrote by the settings meanwhile is undone
    by undoing those runs.
    """
    change = changes.find(run.options.get("change", 0))
    with transaction.atomic():
        BusinessUnit.objects.select_for_update(no_key=True).get(pk=run.unit_id)
        refuse_changed_since(run)
        config_file.apply_document(
            wanted=run.options["inverse"],
            actor=actor,
            now=now,
            approved=True,
            why=f"Change {change.pk} taken back",
        )
        permits.revoke(_source(change.pk))
        changes.move(change, ("applied",), "taken_back")
