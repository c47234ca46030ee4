"""The table of proposals."""

from collections.abc import Mapping

import django_tables2 as tables
from django.urls import reverse

from dashboard.approvals.diff import summary
from dashboard.ui.tables import BadgeColumn, ListTable, NumberColumn, WhenColumn
from syncapp.models import ChangeRequest


def _count(code: str, header: str) -> NumberColumn:
    return NumberColumn(
        accessor=f"counts__{code}",
        verbose_name=header,
        orderable=False,
        default="–",  # noqa: RUF001 - the dash of an empty cell
    )


class ApprovalTable(ListTable):
    """Proposals of one unit, newest first; `counts` are those of their previews."""

    unit = ""
    labels: Mapping[str, str] = {}
    css = "proposals"
    default_columns = ("change", "state", "what", "proposed_by", "proposed", "people", "red")
    change = tables.Column(
        accessor="pk",
        orderable=False,
        linkify=lambda record, table: reverse("approvals:detail", args=[table.unit, record.pk]),
    )
    state = BadgeColumn("change_state", orderable=False)
    what = tables.Column(
        accessor="differences", orderable=False, empty_values=(), verbose_name="What"
    )
    why = tables.Column(orderable=False)
    proposed_by = tables.Column(orderable=False, verbose_name="Proposed by")
    proposed = WhenColumn(accessor="proposed_at", orderable=False, verbose_name="Proposed")
    people = _count("people_caused", "People concerned")
    red = _count("red_list", "Mailable again")
    decided_by = tables.Column(orderable=False, verbose_name="Decided by")
    decided = WhenColumn(accessor="decided_at", orderable=False, verbose_name="Decided")

    def render_change(self, record: ChangeRequest) -> str:
        """`Change 12`."""
        return f"Change {record.pk}"

    def value_change(self, record: ChangeRequest) -> int:
        """The bare number."""
        return record.pk

    def render_what(self, record: ChangeRequest) -> str:
        """The first difference."""
        return summary(record.differences, self.labels)
