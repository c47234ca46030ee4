"""The audit trail: who changed what from what to what, why, and the proof that it is whole."""

import re
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from dashboard.audit.diff import lines
from dashboard.audit.forms import AuditFilters
from dashboard.audit.tables import AuditTable, target_words
from dashboard.audit.words import action_words
from dashboard.ui.access import allowed, exportable, needs
from dashboard.ui.markup import now
from dashboard.ui.views import Action, Empty, confirm_screen, list_screen, screen
from syncapp import enqueue
from syncapp.models import AuditEntry, AuditSeal
from syncapp.services import audit_check
from syncapp.services.access import Right


def index(request: Any, unit: str) -> HttpResponseBase:
    """Every change of settings and data, newest first."""
    ask = Action("Verify", reverse("audit:verify", args=[unit]), "shield-check", dialog=True)
    return list_screen(
        request,
        title="Audit trail",
        subtitle="Who changed which setting or datum, from what to what, and why.",
        queryset=AuditEntry.objects.filter(unit_id=request.unit.pk).order_by("-pk"),
        table=AuditTable,
        table_context={"unit": unit},
        filters=AuditFilters,
        keyset=True,
        template="audit/index.html",
        exportable=exportable(request),
        checked=audit_check.latest(request.unit),
        actions=[ask] if allowed(request, Right.ADMINISTER) else [],
        empty=Empty(
            "Nothing was changed yet",
            "Every change of a setting or of data by a person or a job is listed here.",
            "history",
            Action("Look at the prospects", reverse("prospects:index", args=[unit])),
        ),
    )


def detail(request: Any, unit: str, pk: int) -> HttpResponse:
    """One entry: before and after line by line, and the seal that proves it."""
    entry = get_object_or_404(AuditEntry.objects.filter(unit_id=request.unit.pk), pk=pk)
    run = re.fullmatch(r"run (\d+)", entry.target)
    return screen(
        request,
        "audit/detail.html",
        title=action_words(entry.action),
        subtitle=target_words(entry.target),
        crumbs=[("Audit trail", reverse("audit:index", args=[unit]))],
        entry=entry,
        lines=lines(entry.before, entry.after),
        run=run and run[1],
        seal=AuditSeal.objects.filter(chain=request.unit.pk, batch=entry.batch).first(),
    )


@needs(Right.ADMINISTER)
def verify(request: Any, unit: str) -> HttpResponse:
    """Ask, then let a worker walk the chain."""
    back = reverse("audit:index", args=[unit])

    def act(_data: Any) -> str:
        run = audit_check.open_check(
            unit=request.unit, actor=request.user.get_username(), now=now(), trigger="console"
        )
        enqueue.run(run.pk, queue="default")
        return f"Run {run.pk} verifies the chain. Its result is shown here when it has ended."

    return confirm_screen(
        request,
        title="Verify the audit trail?",
        verb="Verify",
        consequences=[
            "A worker recomputes the digest of every audit and history row of this unit and walks "
            "the chain of seals to its end.",
            "Nothing is changed. The first row or seal that was altered, added or cut is named.",
        ],
        act=act,
        back=back,
        crumbs=[("Audit trail", back)],
    )
