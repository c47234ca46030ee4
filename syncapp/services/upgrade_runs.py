"""The runs that a step of the upgrade waits for: a look at the org, its preview, a full sync.

Each is a run of its own, remembered before it is worked: a worker that dies leaves it to the next
one, which goes on with it.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from syncapp.core.approvals import FRESH
from syncapp.core.ports import Clock
from syncapp.models import BusinessUnit, Preview, SyncRun, Upgrade
from syncapp.services import config_file, preview, preview_changes, runs, sync
from syncapp.services.preview import Gateways
from syncapp.services.refused import Refused
from syncapp.store import db
from syncapp.store import runs as store

PAUSE, TRIES = 0.5, 1200  # seconds between two looks at whether the run has ended; ten minutes


class Waits(Exception):
    """The wizard needs a person, or a sync to end: the reason's code, and what for."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class At:
    """A step at work: the wizard, its unit as it is now, and what the step may use."""

    def __init__(self, upgrade: Upgrade, run: SyncRun, clock: Clock, gateways: Gateways) -> None:
        self.upgrade = upgrade
        self.run = run
        self.clock = clock
        self.gateways = gateways

    @property
    def unit(self) -> BusinessUnit:
        return BusinessUnit.objects.select_related("connector").get(pk=self.upgrade.unit_id)

    @contextmanager
    def uncancelled(self) -> Iterator[None]:
        """What is touched inside is touched before somebody cancels, or not at all."""
        with transaction.atomic():
            locked = Upgrade.objects.select_for_update().get(pk=self.upgrade.pk)
            if locked.state == "cancelled":
                raise Refused("cancelled", f"Upgrade {locked.pk} was cancelled.")
            yield

    def apply(self, **document: Any) -> None:
        """Change settings the one way they are changed: checked, audited."""
        whole = {"business_unit": {"slug": self.unit.slug}, **document}
        by, now = self.run.created_by, self.clock.now()
        with self.uncancelled():
            config_file.apply(source=db.dumps(whole), actor=by, now=now, approved=True)


def looked(at: At) -> None:
    """Look at the org's fields anew: what somebody has just created there counts."""
    run = runs.open_refresh(
        unit=at.unit, now=at.clock.now(), trigger=at.run.trigger, actor=at.run.created_by
    )
    _work(at, run, sync.run)
    if run.state != "complete":
        raise Refused("not_looked", f"Looking at the org's fields {run.state}: {run.message}")


def previewed(at: At) -> Preview:
    """The wizard's preview; another one when nobody has acknowledged it for a day."""
    run = SyncRun.objects.filter(pk=at.upgrade.preview_run_id or 0).first()
    if run is None or run.state in ("failed", "cancelled") or _too_old(at, run):
        run = _open_preview(at)
    _work(at, run, preview.work)
    if run.state != "complete":
        raise Refused("no_preview", f"The preview {run.state}: {run.message}")
    Preview.objects.filter(run=run).update(pinned=True)
    return Preview.objects.get(run=run)


def _too_old(at: At, run: SyncRun) -> bool:
    found = Preview.objects.filter(run=run).first()
    if found is None:
        return run.state not in store.ACTIVE
    return not at.upgrade.acknowledged_preview and found.created_at < at.clock.now() - FRESH


def _open_preview(at: At) -> SyncRun:
    asked = preview_changes.upgrade(at.upgrade.path, at.upgrade.opted_out_field or None)
    run = preview.open_preview(
        unit=at.unit,
        asked=asked,
        actor=at.run.created_by,
        now=at.clock.now(),
        trigger=at.run.trigger,
    )
    _remember(at, preview_run_id=run.pk)
    return run


def synced(at: At) -> SyncRun:
    """The full sync of this step, at its end; a failed one is begun anew."""
    run = SyncRun.objects.filter(pk=at.upgrade.sync_run_id or 0).first()
    if run is None or run.state in ("failed", "cancelled"):
        run = store.open_run(
            at.unit.pk, "full", at.run.trigger, at.clock.now(), by=at.run.created_by
        )
        _remember(at, sync_run_id=run.pk)
    _work(at, run, sync.run)
    return run


def _remember(at: At, **names: int | None) -> None:
    for name, value in names.items():
        setattr(at.upgrade, name, value)
    Upgrade.objects.filter(pk=at.upgrade.pk).update(**names)


def _work(at: At, run: SyncRun, work: Callable[..., Any]) -> None:
    """Work the run here, after runs that are under way; somebody else may be at it already."""
    for attempt in range(TRIES):
        if attempt:
            time.sleep(PAUSE)
            run.refresh_from_db()
        if run.state not in store.ACTIVE:
            return
        try:
            work(run.pk, clock=at.clock, gateways=at.gateways)
        except sync.Busy:
            continue
        run.refresh_from_db()
        if run.state not in store.ACTIVE:
            return
    raise Waits("run_waits", f"Run {run.pk} waits for another run, which is still at work.")
