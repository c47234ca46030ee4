"""The table of sync errors."""

from collections.abc import Mapping

import django_tables2 as tables
from django.urls import reverse

from dashboard.ui.problem_words import error_words
from dashboard.ui.tables import BadgeColumn, ListTable, NumberColumn, PickColumn, WhenColumn
from dashboard.ui.words import field_words
from syncapp.models import SyncError


class ErrorTable(ListTable):
    """Sync errors of one unit; `unit` is its slug, `labels` what it calls its fields."""

    unit = ""
    labels: Mapping[str, str] = {}
    default_columns = ("error", "state", "prospect", "field", "cause", "message", "met")
    pick = PickColumn(accessor="pk")
    error = tables.Column(
        accessor="pk",
        orderable=False,
        linkify=lambda record, table: reverse("errors:detail", args=[table.unit, record.pk]),
    )
    state = BadgeColumn("error_state", orderable=False)
    prospect = tables.Column(
        orderable=False,
        linkify=lambda record, table: reverse(
            "prospects:detail", args=[table.unit, record.prospect_id]
        ),
    )
    field = tables.Column(orderable=False, empty_values=())
    cause = tables.Column(accessor="code", orderable=False, verbose_name="Cause")
    message = tables.Column(orderable=False, verbose_name="Message")
    attempts = NumberColumn(orderable=False, verbose_name="Attempts")
    found = WhenColumn(accessor="created_at", order_by="pk", verbose_name="First met")
    met = WhenColumn(accessor="updated_at", order_by="updated_at", verbose_name="Last met")
    record = tables.Column(accessor="record_id", orderable=False, verbose_name="CRM ID")
    run = tables.Column(
        accessor="run_id",
        orderable=False,
        linkify=lambda record, table: reverse("runs:detail", args=[table.unit, record.run_id]),
    )

    def render_error(self, record: SyncError) -> str:
        """`Error 12`."""
        return f"Error {record.pk}"

    def value_error(self, record: SyncError) -> int:
        """The bare number."""
        return record.pk

    def render_field(self, record: SyncError) -> str:
        """As the unit calls it; an error of the whole record names none."""
        if not record.field:
            return "Whole record"
        return field_words(record.field, self.labels.get(record.field, ""))

    def render_cause(self, record: SyncError) -> str:
        """What happened, in words."""
        return error_words(record.code)[0]

    def value_cause(self, record: SyncError) -> str:
        """Its code."""
        return record.code

    def render_run(self, value: int) -> str:
        """`Run 12`."""
        return f"Run {value}"

    def value_run(self, value: int | None) -> int | None:
        """The bare number."""
        return value
