"""Filters of the prospect list.

Invariant: the recycle bin is out of sight unless a filter asks for it or for what is in it.
"""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from dashboard.ui.badges import BADGES
from dashboard.ui.filters import Filters
from dashboard.ui.words import VIEWS as VIEW_WORDS
from syncapp.core.mailability import Status
from syncapp.core.types import MailabilityModel
from syncapp.models import Conflict, Prospect, SyncError
from syncapp.models.prospects import BOUNCED
from syncapp.services.lists import VIEWS, statuses, with_status

_YES_NO = [("yes", "Yes"), ("no", "No")]
_LINKS = [(code, look.word) for code, look in BADGES["crm_state"].items()]
_PROBLEMS = [
    ("any", "Any open conflict or error"),
    ("conflict", "Any open conflict"),
    *((code, look.word) for code, look in BADGES["conflict_kind"].items()),
    ("error", "Any sync error"),
]


def _choice(label: str, choices: list[tuple[str, str]], **more: Any) -> Any:
    return django_filters.ChoiceFilter(label=label, choices=choices, empty_label="All", **more)


class ProspectFilters(Filters):
    """What support and marketing narrow the list by."""

    q = django_filters.CharFilter(method="begins", label="Email, name or company begins with")
    status = _choice("Mailability", [], method="with_status")
    view = _choice("Prospect view", list(VIEW_WORDS.items()), method="in_view")
    crm = _choice("Sync state", _LINKS, method="in_state")
    assigned = _choice("Assigned", _YES_NO, method="is_assigned")
    opted_out = _choice("Opted Out", _YES_NO, method="is_ticked")
    do_not_email = _choice("Do Not Email", _YES_NO, method="is_ticked")
    bounced = _choice("Bounced", _YES_NO, method="is_bounced")
    problem = _choice("Conflicts and errors", _PROBLEMS, method="with_problem")

    class Meta:
        model = Prospect
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.model = MailabilityModel(self.request.unit.mailability_model)
        words = BADGES["mailability"]
        self.filters["status"].extra["choices"] = [
            (code.value, words[code].word) for code in statuses(self.model)
        ]

    def filter_queryset(self, queryset: QuerySet[Prospect]) -> QuerySet[Prospect]:
        """All filters, then the recycle bin unless it is meant."""
        found: QuerySet[Prospect] = super().filter_queryset(queryset)
        asked = self.form.cleaned_data
        if asked.get("problem") or asked.get("status") == Status.RECYCLE_BIN:
            return found
        return found.filter(archived=False)

    def begins(self, rows: QuerySet[Prospect], _name: str, text: str) -> QuerySet[Prospect]:
        """Prefixes, which an index serves: of the email, of the names (either order), of the "
        "company."""
        whole = text.lower().strip()
        first, _, rest = whole.partition(" ")
        rows = rows.alias(first=Lower("first_name"), last=Lower("last_name"), firm=Lower("company"))
        found = Q(email_key__startswith=whole) | Q(last__startswith=whole)
        found |= Q(first__startswith=whole) | Q(firm__startswith=whole)
        if rest:
            found |= Q(first=first, last__startswith=rest) | Q(last=first, first__startswith=rest)
        return rows.filter(found)

    def with_status(self, rows: QuerySet[Prospect], _name: str, code: str) -> QuerySet[Prospect]:
        """One mailability status."""
        return rows.filter(with_status(self.model, Status(code)))

    def in_view(self, rows: QuerySet[Prospect], _name: str, code: str) -> QuerySet[Prospect]:
        """One of Account Engagement's prospect views."""
        return rows.filter(VIEWS[code])

    def in_state(self, rows: QuerySet[Prospect], _name: str, code: str) -> QuerySet[Prospect]:
        """How it hangs on Salesforce; the link knows its unit too, which is what is indexed."""
        return rows.filter(link__unit=self.request.unit, link__state=code)

    def is_assigned(self, rows: QuerySet[Prospect], _name: str, word: str) -> QuerySet[Prospect]:
        """Assigned to somebody, or to nobody."""
        return rows.filter(assigned_user__isnull=word == "no")

    def is_ticked(self, rows: QuerySet[Prospect], name: str, word: str) -> QuerySet[Prospect]:
        """A checkbox."""
        return rows.filter(**{name: word == "yes"})

    def is_bounced(self, rows: QuerySet[Prospect], _name: str, word: str) -> QuerySet[Prospect]:
        """A hard bounce, or soft ones up to the limit."""
        return rows.filter(BOUNCED if word == "yes" else ~BOUNCED)

    def with_problem(self, rows: QuerySet[Prospect], _name: str, code: str) -> QuerySet[Prospect]:
        """An open conflict (of a kind) or a sync error that is not resolved."""
        unit = self.request.unit
        conflicts = Conflict.objects.filter(unit=unit, state="open")
        errors = SyncError.objects.filter(unit=unit).exclude(state="resolved")
        if code == "error":
            return rows.filter(pk__in=errors.values("prospect"))
        if code == "any":
            both = (
                conflicts.order_by().values("prospect").union(errors.order_by().values("prospect"))
            )
            return rows.filter(pk__in=both)
        if code != "conflict":
            conflicts = conflicts.filter(kind=code)
        return rows.filter(pk__in=conflicts.values("prospect"))
