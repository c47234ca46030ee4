"""The list of a review of the suggested clean-ups: each person, what changes, who is spared."""

import django_filters
import django_tables2 as tables
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.safestring import SafeString

from dashboard.ui.filters import Filters
from dashboard.ui.markup import badge_html
from dashboard.ui.tables import ListTable, PickColumn
from dashboard.ui.words import kept_words
from syncapp.core.cleanup import Group
from syncapp.core.types import MailabilityModel
from syncapp.models import UndoItem
from syncapp.services.lists import mailability_of

_GROUPS = [(Group.OPTED_OUT.value, "Opted out"), (Group.BOUNCED.value, "Bounced")]
_OUTCOMES = [("goes", "Do Not Email is cleared"), ("stays", "Do Not Email stays")]


class CleanupTable(ListTable):
    """Whom a review concerns; `unit` is the slug."""

    unit = ""
    css = "sentences"
    default_columns = ("prospect", "group", "status", "now", "then", "outcome")
    pick = PickColumn(accessor="pk")
    prospect = tables.Column(
        orderable=False,
        linkify=lambda record, table: reverse(
            "prospects:detail", args=[table.unit, record.prospect_id]
        ),
    )
    group = tables.Column(empty_values=(), orderable=False, verbose_name="Why it is suggested")
    status = tables.Column(empty_values=(), orderable=False, verbose_name="Status, now and then")
    now = tables.Column(empty_values=(), orderable=False, verbose_name="Do Not Email now")
    then = tables.Column(empty_values=(), orderable=False, verbose_name="Then")
    outcome = tables.Column(empty_values=(), orderable=False, verbose_name="What becomes of it")

    def render_pick(self, record: UndoItem, column: PickColumn, value: object) -> SafeString:
        """Nobody who is spared can be ticked: it would do nothing."""
        return SafeString() if record.reason else column.render(value)

    def render_group(self, record: UndoItem) -> str:
        """What says more than Do Not Email does."""
        return "Opted out" if record.prospect.opted_out else "Bounced"

    def render_status(self, record: UndoItem) -> SafeString:
        """It is the same before and after."""
        return badge_html("mailability", self.value_status(record))

    def value_status(self, record: UndoItem) -> str:
        """Its code."""
        return str(mailability_of(record.prospect, MailabilityModel.UPGRADED).status)

    def render_now(self, record: UndoItem) -> str:
        """As it is."""
        return "Yes" if record.prospect.do_not_email else "No"

    def render_then(self, record: UndoItem) -> str:
        """As it would be."""
        return "Yes" if record.reason and record.prospect.do_not_email else "No"

    def render_outcome(self, record: UndoItem) -> str:
        """Cleared, or why not."""
        return kept_words(record.reason) if record.reason else "Do Not Email is cleared."


class CleanupFilters(Filters):
    """By email, by what is suggested, by what becomes of it."""

    q = django_filters.CharFilter(
        field_name="prospect__email", lookup_expr="istartswith", label="Email begins with"
    )
    group = django_filters.ChoiceFilter(
        method="of_group", choices=_GROUPS, label="Why", empty_label="Both"
    )
    outcome = django_filters.ChoiceFilter(
        method="with_outcome", choices=_OUTCOMES, label="What becomes of it", empty_label="All"
    )

    class Meta:
        model = UndoItem
        fields: list[str] = []

    def of_group(self, rows: QuerySet[UndoItem], _name: str, code: str) -> QuerySet[UndoItem]:
        """Who is in both groups counts as opted out, as the rule has it."""
        return rows.filter(prospect__opted_out=code == Group.OPTED_OUT)

    def with_outcome(self, rows: QuerySet[UndoItem], _name: str, code: str) -> QuerySet[UndoItem]:
        """Cleared, or left."""
        return rows.filter(reason="") if code == "goes" else rows.exclude(reason="")
