"""Preview (F30): what a change would do to real prospects and records, with nothing written.

The sync itself runs on two shadows of the unit, with the change and without it, against a
Salesforce that is only read, once. What the two tell is compared: `caused` by the change, or
`already_waiting` for the next sync. Nothing is decided here that a sync would not decide itself.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

from syncapp.core.forecast import DAY, LastDay, calls_a_day
from syncapp.core.mailability import Consent, status
from syncapp.core.ports import Clock, Salesforce, SalesforceError
from syncapp.core.types import MailabilityModel
from syncapp.models import BusinessUnit, Connector, Preview, SyncRun
from syncapp.services import preview_answer, preview_changes
from syncapp.services.access import require
from syncapp.services.calm import calm
from syncapp.services.context import Cancelled
from syncapp.services.dry import DryGateway
from syncapp.services.preview_changes import Change
from syncapp.services.pulse import Pulse
from syncapp.services.refused import Refused
from syncapp.services.simulation import Broken, Simulation
from syncapp.services.sync import ATTEMPTS, POISON
from syncapp.services.tape import Tape
from syncapp.store import preview_results as results
from syncapp.store import runs as store
from syncapp.store import shadow

log = logging.getLogger(__name__)
KIND = "preview"
KEPT = timedelta(days=7)  # a preview that no proposal stands on
Gateways = Callable[[Connector], Salesforce]


def open_preview(
    *,
    unit: BusinessUnit,
    asked: Mapping[str, Any],
    actor: str,
    now: datetime,
    trigger: str,
) -> SyncRun:
    """A queued run that previews `asked` (preview_changes.config or .upgrade); raises Refused."""
    require(actor=actor, unit=unit, right=preview_changes.RIGHTS[asked["kind"]])
    preview_changes.check(unit, asked)
    return store.open_run(unit.pk, KIND, trigger, now, by=actor, options=asked)


def work(run_id: int, *, clock: Clock, gateways: Gateways, change: Change | None = None) -> str:
    """Work a queued (or orphaned) preview to its end; its state.

    `change` takes the place of what the run's options ask for.
    """
    row = SyncRun.objects.select_related("unit__connector").get(pk=run_id)
    if row.attempts >= ATTEMPTS:
        store.finish(run_id, "failed", clock.now(), message=POISON)
    if not store.start(run_id, clock.now()):
        return str(SyncRun.objects.values_list("state", flat=True).get(pk=run_id))
    row.refresh_from_db(fields=["attempts"])
    shadow.drop([schema for schema, of in shadow.all_of().items() if of == run_id])
    gateway = None
    with Pulse(run_id, clock), calm():
        try:
            gateway = gateways(row.unit.connector)
            attempt = _Attempt(row, clock, gateway)
            state, message = attempt.work(change or preview_changes.of(row.options)), ""
        except Cancelled:
            state, message = "cancelled", "Cancelled; a preview changes nothing."
        except (SalesforceError, Refused, Broken) as error:
            state, message = "failed", str(error)
        except Exception as error:
            log.exception("preview %s broke", run_id)
            state, message = "failed", f"{type(error).__name__}: {error}"
    calls, mine = gateway.usage.calls if gateway else 0, row.attempts
    ended = store.finish(run_id, state, clock.now(), api_calls=calls, message=message, attempt=mine)
    return state if ended else "lost"


class _Attempt:
    """One attempt at one preview, from its shadows to its result."""

    def __init__(self, row: SyncRun, clock: Clock, gateway: Salesforce) -> None:
        self.row = row
        self.clock = clock
        self.gateway = gateway
        names = [shadow.name(row.pk, row.attempts, which) for which in ("before", "after")]
        self.before, self.after = names
        self._done = 0
        self._total: int | None = None

    def work(self, change: Change) -> str:
        """Make both shadows, sync them, keep what they tell; always leaves no shadow behind."""
        unit = self.row.unit
        try:
            self._beat("Copying prospects")
            shadow.create(
                [self.before, self.after],
                unit_id=unit.pk,
                connector_id=unit.connector.pk,
                now=self.clock.now(),
            )
            results.remember_start(self.before)
            self._beat("Reading Salesforce")
            done = self._sync_both(change)
            self._beat("Comparing")
            self._keep(done)
        finally:
            shadow.drop([self.before, self.after])
        return "complete"

    def _sync_both(self, change: Change) -> tuple[Simulation, BusinessUnit]:
        """With the change first: its pages are the tape that the sync without it plays.

        Also the unit as the change leaves it.
        """
        with (
            closing(Tape()) as tape,
            self._simulation(self.before, tape) as plain,
            self._simulation(self.after, tape) as tried,
        ):
            tried.gateway.wider = plain.run(
                Simulation.prepare, self._going_on("Reading Salesforce")
            )
            tried.run(change, self._going_on("Sync with the change"))
            tried.run(Simulation.full_sync, self._going_on("Sync with the change"))
            self._done, self._total = tried.done, 2 * tried.done
            plain.run(Simulation.full_sync, self._going_on("Sync without the change"))
            return tried, tried.run(lambda simulation: simulation.unit, lambda _: True)

    def _simulation(self, schema: str, tape: Tape) -> Simulation:
        gateway = DryGateway(self.gateway, schema, tape, self.clock)
        return Simulation(schema, self.row.unit_id, gateway, self.clock)

    def _keep(self, done: tuple[Simulation, BusinessUnit]) -> None:
        tried, unit_after = done
        model_after = MailabilityModel(unit_after.mailability_model)
        model_before = MailabilityModel(self.row.unit.mailability_model)

        def status_of(at: str, flags: results.Flags) -> str:
            facts = Consent(**dict(zip(results.FLAGS, flags, strict=True)))
            return status(model_after if at == "after" else model_before, facts).status.value

        run_id = self.row.pk
        statuses = results.keep(run_id, self.before, self.after, status_of)
        told = results.counts(run_id, self.before, self.after)
        calls = tried.gateway.usage.calls
        Preview.objects.create(
            run=self.row,
            counts={**tried.counts, **told, **preview_answer.caused(self.row)},
            statuses=statuses,
            api_calls=calls,
            forecast=self._forecast(calls, unit_after.connector.interval_seconds),
            effect=results.effect(run_id),
            created_at=self.clock.now(),
        )

    def _forecast(self, calls: int, interval: int) -> dict[str, int | None]:
        """API calls of a day with the change against what it allows; None where nothing limits.

        The org's own count has what this unit used in it.
        """
        connector, usage = self.row.unit.connector, self.gateway.usage
        since, unit_id = self.clock.now() - DAY, self.row.unit_id
        usual, scheduled = (store.calls_since(unit_id, since, kind=of) for of in ("", "cycle"))
        last = LastDay(usual, scheduled, connector.interval_seconds)
        a_day = calls_a_day(last, interval=interval, once=calls)
        return {
            "calls": calls,
            "usual": usual,
            "a_day": a_day,
            "budget": connector.daily_api_budget,
            "org_used": usage.used,
            "org_a_day": None if usage.used is None else max(usage.used - usual, 0) + a_day,
            "org_allowed": usage.allowed,
        }

    def _going_on(self, phase: str) -> Callable[[int], bool]:
        start = self._done

        def beat(looked_at: int) -> bool:
            self._done = start + looked_at
            return self._told(phase)

        return beat

    def _beat(self, phase: str) -> None:
        if not self._told(phase):
            raise Cancelled

    def _told(self, phase: str) -> bool:
        """Show progress; False when somebody asked to cancel."""
        return store.beat(
            self.row.pk,
            self.clock.now(),
            phase=phase,
            done=self._done,
            total=self._total,
            api_calls=self.gateway.usage.calls,
            attempt=self.row.attempts,
        )


def sweep(now: datetime) -> int:
    """Drop the shadows of runs that ended or died for good, forget old previews; how many."""
    shadows = shadow.all_of()
    active = SyncRun.objects.filter(pk__in=shadows.values(), state__in=store.ACTIVE)
    at_work = set(active.values_list("pk", flat=True))
    left = [schema for schema, run_id in shadows.items() if run_id not in at_work]
    shadow.drop(left)
    old = Preview.objects.filter(pinned=False, created_at__lt=now - KEPT)
    results.drop(list(old.values_list("pk", flat=True)))
    return len(left)
