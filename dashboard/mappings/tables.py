"""The table of prospect fields."""

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dashboard.ui.badges import badge
from dashboard.ui.markup import badge_html
from dashboard.ui.tables import ListTable, WhenColumn
from dashboard.ui.words import behavior_words, hold_words, value_words
from syncapp.core.mapping_rules import why_fixed
from syncapp.core.mapping_types import type_words
from syncapp.models import ProspectField


def state_of(row: ProspectField) -> str:
    """The code of a field's state (badges.py, `field_state`)."""
    if row.hold_reason:
        return "on_hold"
    return "mapped" if row.lead or row.contact else "unmapped"


def words_of_type(value: str) -> str:
    """A field's type, as it begins a cell or an option."""
    words = type_words(value)
    return words[:1].upper() + words[1:]


def _url(record: ProspectField, table: Any) -> str:
    return reverse("mappings:detail", args=[getattr(table.unit, "slug", ""), record.key])


class FieldTable(ListTable):
    """One line a field; `unit` is set by the screen."""

    css = "fields-list"
    unit: object = None
    default_columns = (
        "label",
        "type",
        "lead",
        "contact",
        "behavior",
        "state",
        "changed_by",
        "changed_at",
    )
    label = tables.Column("Field", linkify=_url)
    key = tables.Column("Key")
    type = tables.Column("Type")
    custom = tables.Column("Kind")
    lead = tables.Column("Lead CRM Field ID")
    contact = tables.Column("Contact CRM Field ID")
    behavior = tables.Column("Sync behavior")
    state = tables.Column("State", empty_values=(), orderable=False)
    values = tables.Column("Predefined values", orderable=False)
    changed_by = tables.Column("Changed by")
    changed_at = WhenColumn(verbose_name="Changed")

    def render_type(self, value: str) -> str:
        """In the words of the setup pages."""
        return words_of_type(value)

    def render_custom(self, value: bool) -> str:
        """Default fields are Account Engagement's own."""
        return "Custom" if value else "Default"

    def render_behavior(self, record: ProspectField, value: str) -> str:
        """As the edit page calls it."""
        ampsea = getattr(self.unit, "allow_multiple_prospects_per_email", False)
        fixed = why_fixed(record.key, ampsea=ampsea, mapped=bool(record.lead or record.contact))
        return f"{behavior_words(value)} (fixed)" if fixed else behavior_words(value)

    def render_values(self, value: list[str]) -> str:
        """Joined."""
        return value_words(value)

    def render_state(self, record: ProspectField) -> SafeString:
        """The badge, and why the field is on hold."""
        reasons = format_html_join(
            "",
            '<div class="cell-note">{}</div>',
            ((line,) for line in hold_words(record.hold_reason)),
        )
        return format_html("{}{}", badge_html("field_state", state_of(record)), reasons)

    def value_state(self, record: ProspectField) -> str:
        """The same as text."""
        word = badge("field_state", state_of(record)).word
        return " ".join([f"{word}.", *hold_words(record.hold_reason)])
