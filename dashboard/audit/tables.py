"""The table of audit entries."""

import django_tables2 as tables
from django.urls import reverse

from dashboard.audit.diff import summary
from dashboard.audit.words import action_words
from dashboard.ui.tables import ListTable, WhenColumn
from syncapp.core.catalog import BY_KEY
from syncapp.models import AuditEntry


class AuditTable(ListTable):
    """Changes of settings and data, newest first; `unit` is the slug, for links."""

    unit = ""
    css = "sentences"
    default_columns = ("at", "actor", "action", "target", "change", "why")
    at = WhenColumn(orderable=False, verbose_name="When")
    actor = tables.Column(orderable=False, verbose_name="Who")
    action = tables.Column(
        orderable=False,
        linkify=lambda record, table: reverse("audit:detail", args=[table.unit, record.pk]),
    )
    target = tables.Column(orderable=False, verbose_name="What")
    change = tables.Column(empty_values=(), orderable=False, verbose_name="Before and after")
    before = tables.Column(orderable=False)
    after = tables.Column(orderable=False)
    why = tables.Column(orderable=False, verbose_name="Reason")
    batch = tables.Column(orderable=False, verbose_name="Batch")

    def render_actor(self, value: str) -> str:
        """The person; a job has no name of its own."""
        return value or "a sync"

    def render_action(self, value: str) -> str:
        """In words."""
        return action_words(value)

    def value_action(self, value: str) -> str:
        """Its code."""
        return value

    def render_target(self, value: str) -> str:
        """A field by its label."""
        return target_words(value)

    def value_target(self, value: str) -> str:
        """As it is stored."""
        return value

    def render_change(self, record: AuditEntry) -> str:
        """The first changes."""
        return summary(record.before, record.after)


def target_words(target: str) -> str:
    """What was changed, a field by its label."""
    kind, _, key = target.partition(" ")
    return f"{BY_KEY[key].label}" if kind == "field" and key in BY_KEY else target
