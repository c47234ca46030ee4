"""The table of conflicts."""

from collections.abc import Mapping

import django_tables2 as tables
from django.urls import reverse

from dashboard.ui.problem_words import decided_words, resolution_words
from dashboard.ui.tables import BadgeColumn, ListTable, PickColumn, WhenColumn
from dashboard.ui.words import field_words, value_words
from syncapp.models import Conflict


class _Text(tables.Column):  # type: ignore[misc]  # its package has no types
    """Something that no index sorts; empty cells are drawn too."""

    def __init__(self, header: str, **kwargs: object) -> None:
        super().__init__(verbose_name=header, orderable=False, empty_values=(), **kwargs)


class ConflictTable(ListTable):
    """Conflicts of one unit; `unit` is its slug, `labels` what it calls its fields."""

    unit = ""
    labels: Mapping[str, str] = {}
    default_columns = (
        "conflict", "kind", "prospect", "field", "ae_value", "sf_value", "decided", "found",
    )  # fmt: skip
    pick = PickColumn(accessor="pk")
    conflict = tables.Column(
        accessor="pk",
        orderable=False,
        linkify=lambda record, table: reverse("conflicts:detail", args=[table.unit, record.pk]),
    )
    kind = BadgeColumn("conflict_kind", orderable=False)
    state = BadgeColumn("conflict_state", orderable=False)
    prospect = _Text(
        "Prospect",
        linkify=lambda record, table: reverse(
            "prospects:detail", args=[table.unit, record.prospect_id]
        ),
    )
    field = _Text("Field")
    ae_value = _Text("Account Engagement")
    sf_value = _Text("Salesforce")
    decided = _Text("Decided")
    found = WhenColumn(accessor="created_at", order_by="pk", verbose_name="Found")
    met = WhenColumn(accessor="updated_at", order_by="updated_at", verbose_name="Last met")
    run = tables.Column(
        accessor="run_id",
        orderable=False,
        linkify=lambda record, table: reverse("runs:detail", args=[table.unit, record.run_id]),
    )
    resolution = _Text("How it was resolved")
    resolved_by = tables.Column(orderable=False, verbose_name="Resolved by")
    resolved_at = WhenColumn(orderable=False, verbose_name="Resolved")

    def render_conflict(self, record: Conflict) -> str:
        """`Conflict 12`."""
        return f"Conflict {record.pk}"

    def value_conflict(self, record: Conflict) -> int:
        """The bare number."""
        return record.pk

    def render_prospect(self, record: Conflict) -> str:
        """By email."""
        return str(record.prospect)

    def render_field(self, record: Conflict) -> str:
        """As the unit calls it."""
        return field_words(record.field, self.labels.get(record.field, ""))

    def render_ae_value(self, record: Conflict) -> str:
        """As a person reads it."""
        return value_words(record.ae_value)

    def render_sf_value(self, record: Conflict) -> str:
        """As a person reads it; of several records how many there are."""
        if record.kind == "duplicate_records":
            return f"{len(record.others) + 1} records"
        return value_words(record.sf_value)

    def render_decided(self, record: Conflict) -> str:
        """In a word or two."""
        return decided_words(record.kind, record.decided)

    def value_decided(self, record: Conflict) -> str:
        """Its code."""
        return record.decided

    def render_resolution(self, record: Conflict) -> str:
        """In words; nothing while it is open."""
        return resolution_words(record) if record.resolution else ""

    def value_resolution(self, record: Conflict) -> str:
        """Its code."""
        return record.resolution

    def render_run(self, value: int) -> str:
        """`Run 12`."""
        return f"Run {value}"

    def value_run(self, value: int | None) -> int | None:
        """The bare number."""
        return value
