"""The consent ledger of a prospect: a tab that prints as a certificate, and a JSON document."""

from typing import Any

from django.http import HttpResponse, JsonResponse

from dashboard.prospects import page
from dashboard.ui.access import exportable
from dashboard.ui.markup import now
from dashboard.ui.views import screen
from syncapp.services import ledger


def consent(request: Any, unit: str, pk: int) -> HttpResponse:
    """Everything that was said about the person's permission, oldest first."""
    prospect = page.load(request, pk)
    may_take = exportable(request)
    events = ledger.ledger(prospect=prospect, ids=page.history_ids(prospect))
    if request.GET.get("export") == "json":
        return JsonResponse(
            ledger.as_json(prospect, events),
            headers={"Content-Disposition": f'attachment; filename="consent-{pk}.json"'},
        )
    return screen(
        request,
        "prospects/consent.html",
        **page.head(request, prospect, "consent"),
        events=events,
        mailability=page.mailability(request, prospect),
        exportable=may_take,
        printed_at=now(),
    )
