"""The table of runs."""

import django_tables2 as tables
from django.urls import reverse

from dashboard.ui.markup import span
from dashboard.ui.tables import BadgeColumn, ListTable, NumberColumn, WhenColumn
from dashboard.ui.words import (
    field_words,
    kept_words,
    run_kind_words,
    side_words,
    trigger_words,
    value_words,
)
from syncapp.models import SyncRun, UndoItem


def seconds_of(run: SyncRun) -> float | None:
    """How long an ended run worked."""
    if run.started_at is None or run.ended_at is None:
        return None
    return (run.ended_at - run.started_at).total_seconds()


def _count(code: str, header: str) -> NumberColumn:
    return NumberColumn(accessor=f"counts__{code}", verbose_name=header, orderable=False)


class RunTable(ListTable):
    """Runs of one unit, newest first; `unit` is its slug."""

    unit = ""
    default_columns = (
        "run", "state", "kind", "trigger", "started", "seconds",
        "seen", "changed", "failed", "conflicts", "api_calls",
    )  # fmt: skip
    run = tables.Column(
        accessor="pk",
        order_by="pk",
        linkify=lambda record, table: reverse("runs:detail", args=[table.unit, record.pk]),
    )
    state = BadgeColumn("run_state", orderable=False)
    kind = tables.Column(orderable=False, verbose_name="What")
    trigger = tables.Column(orderable=False, verbose_name="Started by")
    started = WhenColumn(accessor="created_at", orderable=False, verbose_name="Started")
    seconds = tables.Column(empty_values=(), orderable=False, verbose_name="Took")
    seen = _count("seen", "Looked at")
    changed = _count("applied", "Changed")
    inbound = _count("inbound", "Records read")
    outbound = _count("outbound", "Prospects looked at")
    created_prospects = _count("created_prospects", "Prospects created")
    updated_prospects = _count("updated_prospects", "Prospects updated")
    created_records = _count("created_records", "Records created")
    updated_records = _count("updated_records", "Records updated")
    unchanged = _count("unchanged", "Unchanged")
    held = _count("held", "Held")
    failed = _count("failed", "Failed")
    conflicts = _count("conflicts", "Conflicts")
    api_calls = NumberColumn(orderable=False, verbose_name="API calls")

    def render_run(self, record: SyncRun) -> str:
        """`Run 12`."""
        return f"Run {record.pk}"

    def value_run(self, record: SyncRun) -> int:
        """The bare number."""
        return record.pk

    def render_kind(self, record: SyncRun) -> str:
        """In words."""
        return run_kind_words(record.kind)

    def render_trigger(self, record: SyncRun) -> str:
        """The person, or what it was."""
        return record.created_by or trigger_words(record.trigger)

    def render_seconds(self, record: SyncRun) -> str:
        """`3 min 5 s`."""
        return span(seconds_of(record))

    def value_seconds(self, record: SyncRun) -> float | None:
        """Seconds."""
        return seconds_of(record)


class UndoItemTable(ListTable):
    """What an undo concerns, one line a changed field."""

    unit = ""
    default_columns = ("prospect", "field", "side", "old", "new", "reason")
    prospect = tables.Column(
        orderable=False,
        linkify=lambda record, table: reverse(
            "prospects:detail", args=[table.unit, record.prospect_id]
        ),
    )
    field = tables.Column(orderable=False)
    side = tables.Column(orderable=False, verbose_name="Where")
    old = tables.Column(orderable=False, empty_values=(), verbose_name="From")
    new = tables.Column(orderable=False, empty_values=(), verbose_name="To")
    reason = tables.Column(orderable=False, empty_values=(), verbose_name="What becomes of it")

    def render_field(self, record: UndoItem) -> str:
        """Its label."""
        return field_words(record.field)

    def render_side(self, record: UndoItem) -> str:
        """Which side has the value."""
        return side_words(record.side)

    def render_old(self, record: UndoItem) -> str:
        """As a person reads it."""
        return value_words(record.old)

    def render_new(self, record: UndoItem) -> str:
        """As a person reads it."""
        return value_words(record.new)

    def render_reason(self, record: UndoItem) -> str:
        """Goes back, or why it stays."""
        return kept_words(record.reason) if record.reason else "Goes back."
