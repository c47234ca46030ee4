"""Filters of the run list."""

import django_filters

from dashboard.ui.filters import Filters
from dashboard.ui.words import KEPT, RUN_KINDS, trigger_words
from syncapp.models import SyncRun, UndoItem

_KINDS = [(kind, RUN_KINDS[kind]) for kind, _ in SyncRun.KINDS]
_TRIGGERS = [(code, trigger_words(code)) for code in ("schedule", "console", "cli", "api")]


class RunFilters(Filters):
    """State, kind and who asked for the run."""

    state = django_filters.ChoiceFilter(choices=SyncRun.STATES, label="State", empty_label="All")
    kind = django_filters.ChoiceFilter(choices=_KINDS, label="Kind", empty_label="All")
    trigger = django_filters.ChoiceFilter(
        choices=_TRIGGERS, label="Started", empty_label="By anything"
    )

    class Meta:
        model = SyncRun
        fields: list[str] = []


class UndoItemFilters(Filters):
    """Which side, and what stays for which reason."""

    side = django_filters.ChoiceFilter(
        choices=[("ae", "Here"), ("sf", "In Salesforce")], label="Where", empty_label="Everywhere"
    )
    reason = django_filters.ChoiceFilter(
        choices=list(KEPT.items()), label="Stays, since", empty_label="Everything"
    )

    class Meta:
        model = UndoItem
        fields: list[str] = []
