"""Filters of the audit trail."""

from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone

from dashboard.audit.words import KINDS
from dashboard.ui.filters import Filters
from syncapp.models import AuditEntry

_CHOICES = [(kind, label) for kind, (label, _) in KINDS.items()]
_DATE = forms.DateInput(attrs={"type": "date"})


class AuditFilters(Filters):
    """Who, which kind of change, to what, between which days (in the reader's zone)."""

    who = django_filters.CharFilter(field_name="actor", label="Who")
    kind = django_filters.ChoiceFilter(
        choices=_CHOICES, label="Kind", empty_label="Everything", method="of_kind"
    )
    what = django_filters.CharFilter(
        field_name="target", lookup_expr="startswith", label="What begins with"
    )
    start = django_filters.DateFilter(method="from_day", label="From", widget=_DATE)
    end = django_filters.DateFilter(method="to_day", label="To", widget=_DATE)

    class Meta:
        model = AuditEntry
        fields: list[str] = []

    def of_kind(self, rows: QuerySet[AuditEntry], _name: str, kind: str) -> QuerySet[AuditEntry]:
        """The actions of a kind."""
        return rows.filter(reduce(or_, map(_holds, KINDS[kind][1])))

    def from_day(self, rows: QuerySet[AuditEntry], _name: str, day: date) -> QuerySet[AuditEntry]:
        """From the day's first moment."""
        return rows.filter(at__gte=_begin(day))

    def to_day(self, rows: QuerySet[AuditEntry], _name: str, day: date) -> QuerySet[AuditEntry]:
        """To the day's last moment."""
        return rows.filter(at__lt=_begin(day + timedelta(days=1)))


def _begin(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _holds(action: str) -> Any:
    return Q(action__startswith=action) if action.endswith(".") else Q(action=action)
