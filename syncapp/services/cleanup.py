"""The suggested clean-ups after the upgrade, as one reviewed bulk action (product.md §7.4, §7.5).

A review is a run that writes nothing but its list; applying it is a run that touches those people
only, looks at each again, and can be undone. Nobody's status changes by it: who would become
mailable, or would lose the suppression in Salesforce, is left as they are and listed.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from syncapp.core.cleanup import Group, Spared, spared
from syncapp.core.ports import Clock
from syncapp.core.types import LinkState, MailabilityModel, Rule, Side, SObject, Trigger
from syncapp.core.types import Prospect as Loaded
from syncapp.models import BusinessUnit, SyncRun, UndoItem
from syncapp.services import rules
from syncapp.services.access import Right, require
from syncapp.services.context import COUNTS, PAGE
from syncapp.services.mailability import consent_of
from syncapp.services.refused import Refused
from syncapp.services.sync import Gateways
from syncapp.store import cleanup as store_of_lists
from syncapp.store import runs as store
from syncapp.store.edits import Edit, Editor
from syncapp.store.prospects import Loader
from syncapp.store.work import Work, work

KIND = "cleanup"
MOST_PICKED = 10_000  # their ids are kept with the run


def count(unit: BusinessUnit) -> dict[Group, int]:
    """How many prospects each suggested clean-up concerns now."""
    return store_of_lists.count(unit.pk)


def open_review(
    *, unit: BusinessUnit, groups: Sequence[Group], actor: str, now: datetime, trigger: str
) -> SyncRun:
    """A queued run that lists whom the groups concern; it changes nothing. Raises Refused."""
    _check(unit, actor)
    if not groups:
        raise Refused("nothing_chosen", "Choose at least one of the suggested updates.")
    options = {"groups": sorted({group.value for group in groups}), "review": True}
    return store.open_run(unit.pk, KIND, trigger, now, by=actor, options=options)


def open_cleanup(
    *,
    review: SyncRun,
    actor: str,
    now: datetime,
    trigger: str,
    only: Sequence[int] | None = None,
) -> SyncRun:
    """A queued run that applies a review, once; audited. Raises Refused.

    `only`: the ids of the prospects that were picked; None: everybody whom the review clears.
    """
    _check(review.unit, actor)
    _check_picked(only)
    if review.kind != KIND or not review.options.get("review") or review.state != "complete":
        raise Refused("no_review", f"Run {review.pk} is no review that ended complete. Make one.")
    with work(review.unit_id, now, actor=actor) as current:
        SyncRun.objects.select_for_update().get(pk=review.pk)
        if application(review) is not None:
            raise Refused("applied", f"Review {review.pk} is applied already. Make a new one.")
        options = {"of": review.pk, "groups": review.options["groups"], "after": 0}
        if only is not None:
            options["only"] = sorted(only)
        run = store.open_run(review.unit_id, KIND, trigger, now, by=actor, options=options)
        told = {"review": review.pk, "run": run.pk, "groups": options["groups"]}
        if only is not None:
            told["picked"] = len(only)
        current.audit("upgrade.cleanup", f"run {run.pk}", after=told)
    return run


def application(review: SyncRun) -> SyncRun | None:
    """The run that applied a review, or is at it; one that failed or was cancelled did not."""
    applied = SyncRun.objects.filter(unit=review.unit_id, kind=KIND, options__of=review.pk)
    return applied.exclude(state__in=("failed", "cancelled")).last()


def reviews(unit: BusinessUnit) -> QuerySet[SyncRun]:
    """The lists that were made, the newest first."""
    made = SyncRun.objects.filter(unit=unit, kind=KIND, options__review=True)
    return made.select_related("unit").order_by("-pk")


def find_review(*, unit: BusinessUnit, review_id: int) -> SyncRun:
    """A review of the unit by its run's number. Raises Refused."""
    found = reviews(unit).filter(pk=review_id).first()
    if found is None:
        raise Refused("no_review", f"{unit.name} has no review {review_id}. Make one.")
    return found


def _check_picked(only: Sequence[int] | None) -> None:
    if only is not None and not only:
        raise Refused("nobody_chosen", "Nobody of those would lose Do Not Email. Choose others.")
    if only is not None and len(only) > MOST_PICKED:
        raise Refused(
            "too_many_picked",
            f"A part of a review is {MOST_PICKED:,} people at most. Narrow the filters, or apply "
            "it to everybody.",
        )


def _check(unit: BusinessUnit, actor: str) -> None:
    require(actor=actor, unit=unit, right=Right.SETTINGS)
    if unit.mailability_model != MailabilityModel.UPGRADED:
        raise Refused(
            "not_upgraded",
            f"{unit.name} is not upgraded: there, opting out and bouncing tick Do Not Email anew.",
        )


def work_run(run_id: int, *, clock: Clock, gateways: Gateways) -> str:
    """Work a review or its application to the end, or go on where a worker died; the state."""
    run = SyncRun.objects.select_related("unit__connector").get(pk=run_id)
    if not store.start(run_id, clock.now()):
        return str(SyncRun.objects.values_list("state", flat=True).get(pk=run_id))
    counts: Counter[str] = Counter({**dict.fromkeys(COUNTS, 0), **run.counts})
    state = "complete"
    if run.options.get("review"):
        counts["seen"] = counts["unchanged"] = _list(run, clock)
    elif not _apply(run, counts, clock):
        state = "cancelled"
    store.finish(run_id, state, clock.now(), counts=counts)
    return state


def _list(run: SyncRun, clock: Clock) -> int:
    groups = [Group(code) for code in run.options["groups"]]
    with work(run.unit_id, clock.now(), actor=run.created_by, run_id=run.pk):
        return store_of_lists.keep_list(run, groups, _mapped(run.unit))


def _mapped(unit: BusinessUnit) -> dict[SObject, bool]:
    """On which objects Do Not Email syncs."""
    row = unit.fields.filter(key="do_not_email").first()
    return {one: bool(row and rules.mapping(row).target(one)) for one in SObject}


def _apply(run: SyncRun, counts: Counter[str], clock: Clock) -> bool:
    """Page by page through the review's list; False when somebody cancelled."""
    review = int(run.options["of"])
    only = run.options.get("only")
    total = store_of_lists.left(review, 0, only).count()
    while ids := store_of_lists.page(review, run.options["after"], PAGE, only):
        done = counts["seen"]
        if not store.beat(
            run.pk, clock.now(), phase="Clearing Do Not Email", done=done, total=total, api_calls=0
        ):
            return False
        with work(run.unit_id, clock.now(), actor=run.created_by, run_id=run.pk) as current:
            counts.update(_page(run, current, ids))
            store.go_on_after(run, ids[-1])
            store.save_counts(run.pk, counts)
    return True


def _page(run: SyncRun, current: Work, ids: list[int]) -> Counter[str]:
    """Clear what may be cleared still; who is left as they are becomes an item of the run."""
    mapped, counts = _mapped(run.unit), Counter[str](seen=len(ids))
    editor = Editor(current, run.unit_id, Rule.MANUAL, "manual", Trigger.EDIT, {})
    kept = dict.fromkeys(ids, Spared.CHANGED)
    for prospect in Loader(run.unit_id, ()).by_ids(ids, lock=True):
        why = spared(consent_of(prospect), syncs=_syncs(prospect, mapped))
        if why is not None:
            kept[prospect.id] = why
            continue
        del kept[prospect.id]
        editor.add(Edit(prospect, {"do_not_email": False}))
    changed = editor.write()
    UndoItem.objects.bulk_create(
        UndoItem(
            run=run, prospect_id=pk, field="do_not_email", side=Side.AE, old=True, new=False,
            reason=why.value,
        )
        for pk, why in kept.items()
    )  # fmt: skip
    counts.update(applied=changed, updated_prospects=changed, unchanged=len(kept))
    return counts


def _syncs(prospect: Loaded, mapped: dict[SObject, bool]) -> bool:
    link = prospect.link
    sobject = SObject.CONTACT if link.contact_id else SObject.LEAD
    return link.state == LinkState.LINKED and mapped[sobject]


def as_json(run: SyncRun) -> dict[str, Any]:
    """Whom a review or its application concerns, and who keeps Do Not Email, and why."""
    told = run.undo_items.select_related("prospect")
    rows = [{"prospect": one.prospect.email, "reason": one.reason} for one in told]
    return {
        "groups": run.options["groups"],
        "clears": [row["prospect"] for row in rows if not row["reason"]],
        "stays": [row for row in rows if row["reason"]],
    }
