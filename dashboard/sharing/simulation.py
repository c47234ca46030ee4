"""One simulation: what the rules would do to which record, and applying them."""

from typing import Any

import django_tables2 as tables
from django import forms
from django.http import Http404, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.safestring import SafeString

from dashboard.sharing.forms import OutcomeFilters
from dashboard.sharing.views import COUNTS
from dashboard.ui.access import allowed, exportable, needs
from dashboard.ui.markup import badge_html
from dashboard.ui.progress import progress_of
from dashboard.ui.proposing import LABEL, notice, only_proposes, submit
from dashboard.ui.tables import ListTable
from dashboard.ui.views import Action, Elsewhere, Empty, confirm_screen, list_screen
from syncapp.models import SharingOutcome, SyncRun
from syncapp.services import sharing
from syncapp.services.access import Right
from syncapp.services.refused import ChangedMeanwhile, Refused

NUMBERS = (  # count, words, filter
    ("leaves", "leave this unit", "leaves"),
    ("enters", "enter this unit", "enters"),
    ("binned", "prospects go to the recycle bin", "binned"),
    ("nowhere", "are in no unit", "nowhere"),
    ("several", "are in several units", "several"),
)


def _what(record: SharingOutcome) -> str:
    if record.leaves:
        return "leaves_to_bin" if record.binned else "leaves"
    return "enters" if record.enters else "stays"


def _prospect(record: SharingOutcome, table: Any) -> str | None:
    if record.prospect_id is None:
        return None
    return reverse("prospects:detail", args=[table.unit, record.prospect_id])


class OutcomeTable(ListTable):
    """Records that the rules would share otherwise, or with no unit or several."""

    unit = ""
    default_columns = ("name", "sobject", "what", "units")
    name = tables.Column("Record", orderable=False, empty_values=(), linkify=_prospect)
    sobject = tables.Column("Object", orderable=False)
    record_id = tables.Column("CRM ID", orderable=False)
    what = tables.Column("Would", empty_values=(), orderable=False)
    units = tables.Column("In business units", orderable=False, empty_values=())
    binned = tables.BooleanColumn(verbose_name="Prospect to the recycle bin", orderable=False)

    def render_name(self, record: SharingOutcome) -> str:
        """By email or last name."""
        return record.name or record.record_id

    def render_what(self, record: SharingOutcome) -> SafeString:
        """What becomes of it."""
        return badge_html("sharing", _what(record))

    def value_what(self, record: SharingOutcome) -> str:
        """As a code."""
        return _what(record)

    def render_units(self, record: SharingOutcome) -> str:
        """By name."""
        return ", ".join(record.units) or "none"


@needs(Right.READ_SETTINGS)
def detail(request: Any, unit: str, simulation: int) -> HttpResponseBase:
    """The rules, how far the run is, the numbers and the records behind them."""
    run = _load(request, simulation)
    numbers = sharing.numbers_of(run)
    return list_screen(
        request,
        title="Simulation of Marketing Data Sharing",
        subtitle="Nothing is changed by it.",
        queryset=SharingOutcome.objects.filter(run=run).order_by("-pk"),
        table=OutcomeTable,
        table_context={"unit": unit},
        filters=OutcomeFilters,
        keyset=True,
        exportable=exportable(request),
        template="sharing/simulation.html",
        progress=progress_of(run, cancellable=allowed(request, Right.SYNC_NOW)),
        rules=run.options["rules"],
        numbers=[(numbers[code], words, group) for code, words, group in NUMBERS],
        records=numbers["records"],
        shared=numbers["shared"],
        done=run.state == "complete",
        paused=request.unit.connector.state == "paused",
        crumbs=[("Marketing Data Sharing", reverse("sharing:index", args=[unit]))],
        actions=_actions(request, run),
        empty=Empty(
            "No record changes its unit",
            "Every record stays where it is, and in exactly one business unit.",
            "circle-check",
        ),
    )


def _load(request: Any, pk: int) -> SyncRun:
    found = SyncRun.objects.filter(unit=request.unit, kind=sharing.KIND, pk=pk)
    run = found.select_related("unit").first()
    if run is None:
        raise Http404("No such simulation.")
    return run


def _actions(request: Any, run: SyncRun) -> list[Action]:
    if run.state != "complete" or not allowed(request, Right.PROPOSE):
        return []
    url = reverse("sharing:apply", args=[request.unit.slug, run.pk])
    label = "Propose these rules" if only_proposes(request) else "Apply these rules"
    return [Action(label, url, "share", "primary", dialog=True)]


class Why(forms.Form):
    """For the audit trail, and for whoever approves."""

    why = forms.CharField(label="Reason", required=False, max_length=500)


@needs(Right.PROPOSE)
def apply(request: Any, unit: str, simulation: int) -> HttpResponse:
    """Ask with the simulation's numbers, then save or propose its rules."""
    run = _load(request, simulation)
    connector = request.unit.connector

    def act(data: dict[str, Any]) -> str | Elsewhere:
        if run.state != "complete":
            raise Refused("not_simulated", "Wait for the simulation to end first.")
        if run.options["was"] != sharing.as_section(connector):
            raise Refused(
                "changed_meanwhile", "The rules were changed since. Simulate them once more."
            )
        return submit(
            request,
            wanted={"sharing": run.options["rules"]},
            seen={"connector": connector.version},
            why=data["why"],
            done=lambda changed: f"Saved. {COUNTS}" if changed else "It was so already.",
        )

    return confirm_screen(
        request,
        title="Propose these rules?" if only_proposes(request) else "Apply these rules?",
        verb=LABEL if only_proposes(request) else "Apply",
        consequences=_consequences(request, run),
        form=Why,
        act=act,
        refusals=(Refused, ChangedMeanwhile),
        back=reverse("sharing:index", args=[unit]),
        crumbs=[("Marketing Data Sharing", reverse("sharing:index", args=[unit]))],
    )


# count -> what one and what several of them would do
_LINES = {
    "leaves": ("{n} record leaves this unit.", "{n} records leave this unit."),
    "enters": ("{n} record enters this unit.", "{n} records enter this unit."),
    "binned": (
        "{n} prospect goes to the recycle bin.",
        "{n} prospects go to the recycle bin.",
    ),
    "nowhere": ("{n} record is in no unit then.", "{n} records are in no unit then."),
    "several": ("{n} record is in several units then.", "{n} records are in several units then."),
}


def _consequences(request: Any, run: SyncRun) -> list[str]:
    counted = [(sharing.numbers_of(run)[code], words) for code, words in _LINES.items()]
    found = [words[n != 1].format(n=f"{n:,}") for n, words in counted if n]
    told = [
        *found,
        COUNTS,
        "A prospect comes back, link and permission kept, when it matches again.",
    ]
    first = notice(request)
    return [first, *told] if first else told
