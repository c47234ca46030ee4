"""What made people mailable or not of late: changed permission, reported bounces and complaints."""

from datetime import datetime, timedelta

from django.db.models import Max, Q, QuerySet

from syncapp.models import AuditEntry, AuditSeal, BusinessUnit, FieldChange

WINDOW = timedelta(hours=24)
DECIDES = {"opted_out": "ae", "do_not_email": "ae", "archived": "ae"}  # field -> side
EVENTS = "mailability."


def changed_permission(*, unit: BusinessUnit, now: datetime) -> QuerySet[FieldChange]:
    """History of the last 24 hours that decides who is mailable, newest first."""
    since = now - WINDOW
    decides = Q()
    for field, side in DECIDES.items():
        decides |= Q(changes__contains=[{"field": field, "side": side}])
    rows = FieldChange.objects.filter(decides, unit_id=unit.pk, at__gte=since, id__gt=_floor(since))
    return rows.order_by("-id")


def reported(*, unit: BusinessUnit, now: datetime) -> QuerySet[AuditEntry]:
    """Email events and permission set by hand in the last 24 hours, newest first."""
    rows = AuditEntry.objects.filter(unit_id=unit.pk, at__gte=now - WINDOW)
    return rows.filter(action__startswith=EVENTS).order_by("-id")


def _floor(since: datetime) -> int:
    """An id that all history of later is above: no index knows times, so that this cuts the walk.

    The seals know when their changes were made; the newest that is older ends the search.
    """
    older = AuditSeal.objects.filter(changes_to__lt=since - timedelta(hours=1)).order_by("-pk")
    seal = older.first()
    if seal is None:
        return 0
    rows = FieldChange.objects.filter(batch=seal.batch, at__lte=seal.changes_to)
    return rows.aggregate(Max("id"))["id__max"] or 0
