"""Filters of the list of sync errors."""

from collections.abc import Sequence
from typing import Any

import django_filters
from django.db.models import QuerySet

from dashboard.ui.badges import BADGES
from dashboard.ui.filters import Filters
from dashboard.ui.problem_words import error_words
from syncapp.models import ProspectField, SyncError
from syncapp.services.errors import LIVE

_STATES = [
    *((code, look.word) for code, look in BADGES["error_state"].items()),
    ("all", "All, resolved ones too"),
]


class ErrorFilters(Filters):
    """Unresolved ones unless a filter asks for others; `codes` are the causes there are."""

    q = django_filters.CharFilter(method="of_email", label="Email begins with")
    state = django_filters.ChoiceFilter(
        method="in_state", choices=_STATES, label="State", empty_label="Not resolved"
    )
    code = django_filters.ChoiceFilter(choices=[], label="Cause", empty_label="All")
    field = django_filters.ChoiceFilter(choices=[], label="Field", empty_label="All")

    class Meta:
        model = SyncError
        fields: list[str] = []

    def __init__(self, *args: Any, codes: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = self.data.get("code")
        known = [*codes, asked] if asked and asked not in codes else codes
        self.filters["code"].extra["choices"] = [(code, error_words(code)[0]) for code in known]
        fields = ProspectField.objects.filter(unit=self.request.unit).order_by("label")
        self.filters["field"].extra["choices"] = fields.values_list("key", "label")

    def filter_queryset(self, queryset: QuerySet[SyncError]) -> QuerySet[SyncError]:
        """All filters; without a state those that are not resolved."""
        found: QuerySet[SyncError] = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("state") else found.filter(state__in=LIVE)

    def in_state(self, rows: QuerySet[SyncError], _name: str, code: str) -> QuerySet[SyncError]:
        """One state, or everything."""
        return rows if code == "all" else rows.filter(state=code)

    def of_email(self, rows: QuerySet[SyncError], _name: str, text: str) -> QuerySet[SyncError]:
        """Prospects whose email begins so; the unit is named for the index of emails."""
        key = text.lower().strip()
        return rows.filter(prospect__unit=self.request.unit, prospect__email_key__startswith=key)
