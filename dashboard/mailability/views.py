"""The mailability board and what changed it."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse

from dashboard.mailability import board
from dashboard.ui.access import exportable
from dashboard.ui.changes import changes_screen
from dashboard.ui.mailability import mailable_trend, status_parts, upgrade_url
from dashboard.ui.markup import now
from dashboard.ui.told import labels_of, tell_all
from dashboard.ui.views import Action, Empty, screen
from syncapp.services import recent
from syncapp.services.lists import count_reasons
from syncapp.services.trend import trend

SHOWN = 8


def index(request: Any, unit: str) -> HttpResponse:
    """Counts per status and reason, over time, and who changed in the last 24 hours."""
    here, moment = request.unit, now()
    counts = count_reasons(here)
    history = list(recent.changed_permission(unit=here, now=moment)[: SHOWN + 1])
    changed = list(tell_all(history, labels_of(here), recent.DECIDES))
    return screen(
        request,
        "mailability/index.html",
        title="Mailability",
        subtitle="Who may be mailed, why the others may not, and what changed that.",
        actions=[Action("Changes of 24 h", reverse("mailability:changes", args=[unit]), "history")],
        tiles=board.tiles(here, counts),
        parts=status_parts(here, {status: found["all"] for status, found in counts.items()}),
        prospects=sum(found["all"] for found in counts.values()),
        views=board.views(here),
        trend=mailable_trend(here, trend(unit=here, now=moment)),
        changed=changed[:SHOWN],
        more=len(changed) > SHOWN,
        reported=list(recent.reported(unit=here, now=moment)[:SHOWN]),
        upgrade_url=upgrade_url(request),
    )


def changes(request: Any, unit: str) -> HttpResponseBase:
    """Every change of the last 24 hours that decides who is mailable."""
    board_url = reverse("mailability:index", args=[unit])
    return changes_screen(
        request,
        title="Mailability changes of the last 24 hours",
        queryset=recent.changed_permission(unit=request.unit, now=now()),
        unit=request.unit,
        only=recent.DECIDES,
        noun="prospect",
        exportable=exportable(request),
        crumbs=[("Mailability", board_url)],
        empty=Empty(
            "Nobody's permission changed",
            "Neither a sync nor a person changed Opted Out or Do Not Email in the last 24 hours.",
            "circle-check",
            Action("Back to the board", board_url),
        ),
    )
