"""What every tab of a prospect's page shares: the prospect, its head, its tabs, its buttons."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.urls import reverse

from dashboard.ui.access import allowed
from dashboard.ui.views import Action
from syncapp.core.mailability import Mailability
from syncapp.core.types import MailabilityModel
from syncapp.models import Conflict, Prospect, SyncError
from syncapp.services.access import Right
from syncapp.services.lists import mailability_of


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab; `count` is shown beside its name."""

    label: str
    url: str
    current: bool
    count: int | None = None


def load(request: Any, pk: int) -> Prospect:
    """The prospect of the page, with its link and assigned user; 404 when it is of another unit."""
    rows = Prospect.objects.filter(unit=request.unit).select_related("link", "assigned_user")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404("No such prospect.")
    return found


def mailability(request: Any, prospect: Prospect) -> Mailability:
    """Status, reasons and what may be sent, by the unit's model."""
    return mailability_of(prospect, MailabilityModel(request.unit.mailability_model))


def head(request: Any, prospect: Prospect, tab: str) -> dict[str, Any]:
    """Title block and tabs; `tab` is the URL name of the current one."""
    name = " ".join(filter(None, (prospect.first_name, prospect.last_name)))
    about = [prospect.email if name else None, prospect.job_title, prospect.company]
    status = mailability(request, prospect).status
    badges = [("mailability", status), ("crm_state", prospect.link.state)]
    return {
        "title": name or str(prospect),
        "subtitle": " · ".join(filter(None, about)),
        "crumbs": [("Prospects", reverse("prospects:index", args=[request.unit.slug]))],
        "badges": badges,
        "actions": actions(request, prospect),
        "tabs": tabs(request, prospect, tab),
        "prospect": prospect,
    }


def actions(request: Any, prospect: Prospect) -> list[Action]:
    """What may be done with the prospect as a whole."""
    urls = [request.unit.slug, prospect.pk]
    found = []
    if allowed(request, Right.PROSPECTS):
        found.append(Action("Edit", reverse("prospects:edit", args=urls), "edit"))
    if allowed(request, Right.SYNC_PROSPECT):
        url = reverse("prospects:sync", args=urls)
        found.append(Action("Sync with CRM", url, "refresh", "primary", post=True))
    return found


def tabs(request: Any, prospect: Prospect, current: str) -> list[Tab]:
    """Fields, Sync history, Consent, Conflicts and errors."""
    urls = [request.unit.slug, prospect.pk]
    open_ones = Conflict.objects.filter(prospect=prospect, state="open").count()
    live = SyncError.objects.filter(prospect=prospect).exclude(state="resolved").count()
    named = (
        ("Fields", "detail", None),
        ("Sync history", "history", None),
        ("Consent", "consent", None),
        ("Conflicts and errors", "problems", open_ones + live),
    )
    return [
        Tab(label, reverse(f"prospects:{name}", args=urls), name == current, count)
        for label, name, count in named
    ]


def siblings(prospect: Prospect) -> int:
    """Other prospects of the unit with the same address (AMPSEA)."""
    if not prospect.email:
        return 0
    same = Prospect.objects.filter(unit_id=prospect.unit_id, email_key=prospect.email.lower())
    return same.filter(archived=False).exclude(pk=prospect.pk).count()


def history_ids(prospect: Prospect) -> list[int]:
    """Whose history is told on the page: a merged prospect's comes along (product.md §5)."""
    merged = Prospect.objects.filter(merged_into=prospect).values_list("pk", flat=True)
    return [prospect.pk, *merged]
