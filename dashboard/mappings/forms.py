"""Filters of the list of fields."""

import django_filters
from django.db.models import Q, QuerySet

from dashboard.mappings.tables import words_of_type
from dashboard.ui.filters import Filters
from dashboard.ui.words import BEHAVIORS
from syncapp.core.types import FieldType
from syncapp.models import ProspectField

UNMAPPED = Q(lead__isnull=True) | Q(lead=""), Q(contact__isnull=True) | Q(contact="")
_TYPES = [(kind.value, words_of_type(kind.value)) for kind in FieldType]
_STATES = [("mapped", "Mapped"), ("unmapped", "Not mapped"), ("on_hold", "On hold")]
_KINDS = [("default", "Default"), ("custom", "Custom")]


class FieldFilters(Filters):
    """By words, type, behavior, state and kind."""

    q = django_filters.CharFilter(method="search", label="Field, key or CRM Field ID contains")
    type = django_filters.ChoiceFilter(choices=_TYPES, label="Type", empty_label="All")
    behavior = django_filters.ChoiceFilter(
        choices=list(BEHAVIORS.items()), label="Sync behavior", empty_label="All"
    )
    state = django_filters.ChoiceFilter(
        choices=_STATES, label="State", empty_label="All", method="in_state"
    )
    kind = django_filters.ChoiceFilter(
        choices=_KINDS, label="Kind", empty_label="All", method="of_kind"
    )

    class Meta:
        model = ProspectField
        fields: list[str] = []

    def search(
        self, queryset: QuerySet[ProspectField], _name: str, value: str
    ) -> QuerySet[ProspectField]:
        """Without case, anywhere in a name."""
        names = ("label", "key", "lead", "contact")
        found = Q()
        for name in names:
            found |= Q(**{f"{name}__icontains": value.strip()})
        return queryset.filter(found)

    def in_state(
        self, queryset: QuerySet[ProspectField], _name: str, value: str
    ) -> QuerySet[ProspectField]:
        """Mapped on an object, on none, or on hold."""
        if value == "on_hold":
            return queryset.filter(hold_reason__isnull=False)
        if value == "unmapped":
            return queryset.filter(*UNMAPPED)
        return queryset.exclude(UNMAPPED[0] & UNMAPPED[1]).filter(hold_reason__isnull=True)

    def of_kind(
        self, queryset: QuerySet[ProspectField], _name: str, value: str
    ) -> QuerySet[ProspectField]:
        """Account Engagement's own, or the unit's."""
        return queryset.filter(custom=value == "custom")
