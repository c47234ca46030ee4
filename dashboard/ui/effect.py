"""What a preview found, as lists: every change, and the people whose permission or mail changes.

Invariant: what the change causes and what the next sync does anyway are never mixed up: the lists
show what is caused unless a filter asks for more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.safestring import SafeString

from dashboard.ui.access import exportable
from dashboard.ui.changes import change_html
from dashboard.ui.filters import Filters
from dashboard.ui.tables import BadgeColumn, ListTable
from dashboard.ui.told import labels_of
from dashboard.ui.views import Crumb, Empty, list_screen
from dashboard.ui.words import SIDES, field_words, rule_words, side_words, value_words
from syncapp.models import PreviewChange, PreviewPerson, ProspectField, SyncRun
from syncapp.services import preview_answer

GROUPS = [
    ("waiting", "The next sync does them anyway"),
    ("held", "Held by a guard"),
    ("all", "Everything that would happen"),
]
RED = "red"
LISTS = {
    RED: "Mailable again because of the change",
    "becomes_mailable": "Becomes mailable",
    "stops_being_mailable": "Stops being mailable",
    "consent_to_salesforce": "Permission is written to Salesforce",
    "consent_to_ae": "Permission is written here",
    "opted_in_in_salesforce": "Opted in in Salesforce",
}


def _prospect(record: Any, table: Any) -> str | None:
    """The prospect's page; one that the sync would make has none yet."""
    if not preview_answer.exists(record.prospect_id):
        return None
    return reverse("prospects:detail", args=[table.unit, record.prospect_id])


class EffectTable(ListTable):
    """Changed values; `unit` is the slug."""

    unit = ""
    labels: Mapping[str, str] = {}
    css = "sentences"
    default_columns = ("prospect", "field", "change", "side", "rule")
    prospect = tables.Column(orderable=False, empty_values=(), linkify=_prospect)
    field = tables.Column(orderable=False)
    change = tables.Column(empty_values=(), orderable=False, verbose_name="Now and then")
    old = tables.Column(orderable=False, empty_values=(), verbose_name="Now")
    new = tables.Column(orderable=False, empty_values=(), verbose_name="Then")
    side = BadgeColumn("side", orderable=False, verbose_name="Written to")
    winner = tables.Column(orderable=False, verbose_name="Winner")
    rule = tables.Column(orderable=False, verbose_name="Rule")
    caused = tables.Column(orderable=False, verbose_name="Because of")

    def render_prospect(self, record: PreviewChange) -> str:
        """By email."""
        return record.prospect or "(no email)"

    def render_field(self, record: PreviewChange) -> str:
        """As the unit calls it."""
        return field_words(record.field, self.labels.get(record.field, ""))

    def render_change(self, record: PreviewChange) -> SafeString:
        """`Oslo → Turku`."""
        return change_html(record)

    def value_change(self, record: PreviewChange) -> str:
        """In words."""
        return f"{value_words(record.old)} → {value_words(record.new)}"

    def render_old(self, record: PreviewChange) -> str:
        """In words."""
        return value_words(record.old)

    def render_new(self, record: PreviewChange) -> str:
        """In words."""
        return value_words(record.new)

    def render_winner(self, value: str) -> str:
        """By name."""
        return side_words(value)

    def render_rule(self, value: str) -> str:
        """In words."""
        return rule_words(value)

    def value_rule(self, value: str) -> str:
        """Its code."""
        return value

    def render_caused(self, record: PreviewChange) -> str:
        """The change, or what waits anyway."""
        return "The change" if record.caused else "The next sync anyway"


class EffectFilters(Filters):
    """What the change causes, unless others are asked for."""

    q = django_filters.CharFilter(
        field_name="prospect", lookup_expr="istartswith", label="Email begins with"
    )
    group = django_filters.ChoiceFilter(
        method="in_group", choices=GROUPS, label="Which", empty_label="Caused by the change"
    )
    field = django_filters.ChoiceFilter(choices=[], label="Field", empty_label="All")
    side = django_filters.ChoiceFilter(
        choices=list(SIDES.items()), label="Written to", empty_label="Both sides"
    )

    class Meta:
        model = PreviewChange
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = ProspectField.objects.filter(unit=self.request.unit).order_by("label")
        self.filters["field"].extra["choices"] = fields.values_list("key", "label")

    def filter_queryset(self, queryset: QuerySet[PreviewChange]) -> QuerySet[PreviewChange]:
        """All filters; without a group what the change causes."""
        found: QuerySet[PreviewChange] = super().filter_queryset(queryset)
        asked = self.form.cleaned_data.get("group")
        return found if asked else found.filter(caused=True, held=False)

    def in_group(
        self, rows: QuerySet[PreviewChange], _name: str, code: str
    ) -> QuerySet[PreviewChange]:
        """What waits anyway, what is held, or everything."""
        if code == "waiting":
            return rows.filter(caused=False, held=False)
        return rows.filter(held=True) if code == "held" else rows


class PeopleTable(ListTable):
    """People whose permission or mailability changes; `unit` is the slug."""

    unit = ""
    default_columns = ("prospect", "before", "after", "what", "caused")
    prospect = tables.Column(orderable=False, empty_values=(), linkify=_prospect)
    before = BadgeColumn("mailability", orderable=False, verbose_name="Now")
    without = BadgeColumn("mailability", orderable=False, verbose_name="Without the change")
    after = BadgeColumn("mailability", orderable=False, verbose_name="Then")
    what = tables.Column(empty_values=(), orderable=False, verbose_name="Permission")
    caused = tables.Column(orderable=False, verbose_name="Because of")

    def render_prospect(self, record: PreviewPerson) -> str:
        """By email."""
        return record.prospect or "(no email)"

    def render_what(self, record: PreviewPerson) -> str:
        """Where it is written, and what a guard does."""
        said = [
            (record.opted_in_there, "opted in in Salesforce"),
            (record.to_salesforce and not record.opted_in_there, "written to Salesforce"),
            (record.to_ae, "written here"),
            (record.held, "held by a guard unless it is approved"),
        ]
        told = ", ".join(words for true, words in said if true)
        return told[:1].upper() + told[1:]

    def render_caused(self, record: PreviewPerson) -> SafeString | str:
        """The change, or what waits anyway."""
        return "The change" if record.caused else "The next sync anyway"


class PeopleFilters(Filters):
    """One of the lists that a preview makes of people."""

    q = django_filters.CharFilter(
        field_name="prospect", lookup_expr="istartswith", label="Email begins with"
    )
    list = django_filters.ChoiceFilter(
        method="of_list", choices=list(LISTS.items()), label="List", empty_label="Everybody"
    )

    class Meta:
        model = PreviewPerson
        fields: list[str] = []

    def of_list(
        self, rows: QuerySet[PreviewPerson], _name: str, code: str
    ) -> QuerySet[PreviewPerson]:
        """The people of one list."""
        return rows.filter(preview_answer.RED if code == RED else preview_answer.LISTS[code])


def changes_list(request: Any, run: SyncRun, crumbs: list[Crumb]) -> HttpResponseBase:
    """Every value that the preview `run` would change; `crumbs` lead back."""
    return list_screen(
        request,
        title="What would change",
        queryset=PreviewChange.objects.filter(run=run).order_by("-pk"),
        table=EffectTable,
        table_context={"unit": request.unit.slug, "labels": labels_of(request.unit)},
        filters=EffectFilters,
        keyset=True,
        exportable=exportable(request),
        crumbs=crumbs,
        empty=Empty(
            "Nothing would change",
            "The next sync would write the same values with the change as without it.",
            "circle-check",
        ),
    )


def people_list(request: Any, run: SyncRun, crumbs: list[Crumb]) -> HttpResponseBase:
    """Everybody whose permission or mailability the preview `run` would change."""
    return list_screen(
        request,
        title="Whose permission changes",
        queryset=PreviewPerson.objects.filter(run=run).order_by("-pk"),
        table=PeopleTable,
        table_context={"unit": request.unit.slug},
        filters=PeopleFilters,
        keyset=True,
        exportable=exportable(request),
        crumbs=crumbs,
        empty=Empty(
            "Nobody's permission changes",
            "Nobody becomes mailable, stops being mailable, or is opted in or out.",
            "circle-check",
        ),
    )


@dataclass(frozen=True, slots=True)
class Allowance:
    """API calls of a day beside what is allowed."""

    label: str
    calls: int
    allowed: int | None  # None: nothing limits them

    @property
    def over(self) -> bool:
        """Would calls be refused?"""
        return self.allowed is not None and self.calls > self.allowed


def allowances(forecast: Mapping[str, int | None]) -> list[Allowance]:
    """The unit's day with the change, and the org's; older previews did not count all of it."""
    found = []
    if (mine := forecast.get("a_day")) is not None:
        label = "API calls of this unit in a day with it"
        found.append(Allowance(label, mine, forecast.get("budget")))
    if (whole := forecast.get("org_a_day")) is not None:
        label = "API calls of the whole org in a day with it"
        found.append(Allowance(label, whole, forecast.get("org_allowed")))
    return found


def status_rows(statuses: Mapping[str, Mapping[str, int]]) -> list[tuple[str, int, int]]:
    """(status, prospects now, prospects then), of every status that either has."""
    now, then = statuses.get("before", {}), statuses.get("after", {})
    codes = dict.fromkeys([*now, *then])
    return [(code, now.get(code, 0), then.get(code, 0)) for code in codes]
