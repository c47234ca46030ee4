"""What a preview found, for screens to list and for the command line to print (interface.md §2)."""

from typing import Any

from django.db.models import Count, Q, QuerySet

from syncapp.core.mailability import Status
from syncapp.models import Preview, PreviewChange, PreviewPerson, SyncRun
from syncapp.store.shadow import FAR

_MAILABLE = Status.MAILABLE.value
BECOMES = Q(after=_MAILABLE) & ~Q(before__in=("", _MAILABLE))
STOPS = Q(before=_MAILABLE) & ~Q(after=_MAILABLE)
LISTS = {  # of people, by the names that the command line prints them under
    "becomes_mailable": BECOMES,
    "stops_being_mailable": STOPS,
    "consent_to_salesforce": Q(to_salesforce=True),
    "consent_to_ae": Q(to_ae=True),
    "opted_in_in_salesforce": Q(opted_in_there=True),
}
# Whom the change, and nothing that waits anyway, makes mailable again on either side, or would if
# a guard did not hold it: what an approval releases, and nobody else (product.md §2, Guards).
RED = Q(caused=True) & (BECOMES | Q(opted_in_there=True) | Q(held=True))


def changes(run: SyncRun) -> "QuerySet[PreviewChange]":
    """Every change that would happen, by prospect."""
    return PreviewChange.objects.filter(run=run, held=False)


def held(run: SyncRun) -> "QuerySet[PreviewChange]":
    """Every opt-in that a guard would hold for a person."""
    return PreviewChange.objects.filter(run=run, held=True)


def people(run: SyncRun, which: str) -> "QuerySet[PreviewPerson]":
    """The people of one of LISTS."""
    return PreviewPerson.objects.filter(LISTS[which], run=run)


def red_list(run: SyncRun) -> "QuerySet[PreviewPerson]":
    """Whom the change itself makes mailable again on either side."""
    return PreviewPerson.objects.filter(RED, run=run)


def exists(prospect_id: int) -> bool:
    """Is it a prospect's id? The sync of a preview makes prospects that nobody else has."""
    return prospect_id < FAR


def caused(run: SyncRun) -> dict[str, int]:
    """What the change itself does, in numbers: people, prospects and records; the red list."""
    mine = changes(run).filter(caused=True)
    found = mine.aggregate(
        people_caused=Count("prospect_id", distinct=True),
        prospects_caused=Count("prospect_id", filter=Q(side="ae"), distinct=True),
        records_caused=Count("prospect_id", filter=Q(side="sf"), distinct=True),
    )
    return {**found, "red_list": red_list(run).count()}


def as_json(run: SyncRun, limit: int | None = None) -> dict[str, Any]:
    """What `preview` prints; `limit` cuts the lists, counts stay whole."""
    found = Preview.objects.filter(run=run).first()
    told: dict[str, Any] = {
        "changes": [_change(change) for change in changes(run)[:limit].iterator()],
        **{
            name: list(people(run, name).values_list("prospect", flat=True)[:limit])
            for name in LISTS
        },
    }
    told["held"] = [_change(change) for change in held(run)[:limit]]
    return {
        **told,
        "api_calls": found.api_calls if found else 0,
        "counts": found.counts if found else {},
        "statuses": found.statuses if found else {},
        "forecast": found.forecast if found else {},
        "effect": found.effect if found else "",
        "run": run.pk,
        "state": run.state,
    }


def _change(change: PreviewChange) -> dict[str, Any]:
    return {
        "prospect": change.prospect,
        "field": change.field,
        "side": change.side,
        "old": change.old,
        "new": change.new,
        "rule": change.rule,
        "group": "caused" if change.caused else "already_waiting",
    }
