"""What made people mailable or not of late: changed permission, reported bounces and complaints."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from syncapp.models import AuditEntry, BusinessUnit, FieldChange

WINDOW = timedelta(hours=24)
# field -> side; the index history_permission (migration 0019) holds exactly these
DECIDES = {"opted_out": "ae", "do_not_email": "ae", "archived": "ae"}
EVENTS = "mailability."


def changed_permission(*, unit: BusinessUnit, now: datetime) -> QuerySet[FieldChange]:
    """History of the last 24 hours that decides who is mailable, newest first."""
    since = now - WINDOW
    decides = Q()
    for field, side in DECIDES.items():
        decides |= Q(changes__contains=[{"field": field, "side": side}])
    return FieldChange.objects.filter(decides, unit_id=unit.pk, at__gte=since).order_by("-id")


def reported(*, unit: BusinessUnit, now: datetime) -> QuerySet[AuditEntry]:
    """Email events and permission set by hand in the last 24 hours, newest first."""
    rows = AuditEntry.objects.filter(unit_id=unit.pk, at__gte=now - WINDOW)
    return rows.filter(action__startswith=EVENTS).order_by("-id")
