"""A small site made only of the kit: what the kit's tests click through."""

import django_filters
import django_tables2 as tables
from django import forms
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import include, path

from dashboard.ui.badges import BADGES, TONES
from dashboard.ui.charts import Part
from dashboard.ui.filters import Filters
from dashboard.ui.progress import Progress, progress_partial
from dashboard.ui.tables import BadgeColumn, ListTable, NumberColumn, WhenColumn
from dashboard.ui.views import Action, Empty, confirm_screen, list_screen, screen
from syncapp.models import Prospect
from syncapp.services.refused import Refused

polled: list[str] = []


class Question(forms.Form):
    reason = forms.CharField(label="Reason", help_text="It is written to the audit trail.")
    behavior = forms.ChoiceField(label="Sync behavior", choices=[("ae", "AE"), ("sf", "SF")])
    side = forms.ChoiceField(
        label="Direction", widget=forms.RadioSelect, choices=[("a", "A"), ("b", "B")]
    )
    sure = forms.BooleanField(label="I have read the considerations")


class Sure(forms.Form):
    sure = forms.BooleanField(label="I understand that opt-outs wait as well")


class ProspectTable(ListTable):
    default_columns = ("email", "crm", "score", "changed")
    email = tables.Column(linkify=lambda record: f"?open={record.pk}")
    last_name = tables.Column()
    crm = BadgeColumn("crm_state", verbose_name="CRM", accessor="link__state", orderable=False)
    score = NumberColumn(verbose_name="Score")
    changed = WhenColumn(verbose_name="Changed", accessor="record_changed_at")


class ProspectFilters(Filters):
    q = django_filters.CharFilter(
        field_name="email", lookup_expr="icontains", label="Email contains"
    )
    opted_out = django_filters.ChoiceFilter(
        choices=[("True", "Opted out"), ("False", "Not opted out")],
        label="Opted Out",
        empty_label="All",
    )

    class Meta:
        model = Prospect
        fields = []


def board(request: HttpRequest, unit: str) -> HttpResponse:
    parts = [
        Part("Mailable", 71234, "green", "."),
        Part("Undeliverable", 12, "red"),
        Part("None", 0),
    ]
    return screen(
        request,
        "kit_board.html",
        title="Overview",
        subtitle="What needs you",
        crumbs=[("EMEA", "."), ("Overview", "")],
        actions=[Action("Pause", f"/u/{unit}/pause/", "player-pause", dialog=True)],
        parts=parts,
        values=[3, 5, 4, 8],
        badges=[("connector_state", "paused")],
        tables=BADGES,
        tones=TONES,
        form=Question({} if "wrong" in request.GET else None),
        progress=Progress(
            "running",
            f"/u/{unit}/progress/",
            42_000,
            100_000,
            "Reading leads",
            rate=2130.4,
            eta=170,
            counts={"failed": 3},
            api_calls=22,
            cancel_url=".",
        ),
    )


def prospects(request: HttpRequest, unit: str) -> HttpResponseBase:
    return list_screen(
        request,
        title="Prospects",
        queryset=Prospect.objects.select_related("link").filter(unit__slug=unit),
        table=ProspectTable,
        filters=ProspectFilters,
        keyset="numbered" not in request.GET,
        page_size=int(request.GET.get("size", 50)),
        empty=Empty(
            "No prospects yet", "Import a file.", "users", Action("Import", "/import/", "upload")
        ),
    )


def pause(request: HttpRequest, unit: str) -> HttpResponse:
    def act(data: dict) -> str:
        if "refuse" in request.GET:
            raise Refused("unverified", "The connector is not verified; verify it first.")
        return "Paused."

    return confirm_screen(
        request,
        title="Pause the connector?",
        verb="Pause",
        consequences=["No prospect syncs until you resume."],
        act=act,
        form=Sure,
        back=f"/u/{unit}/prospects/",
    )


def progress(request: HttpRequest, unit: str) -> HttpResponse:
    polled.append(unit)
    state = "running" if len(polled) < 2 else "complete"
    return progress_partial(request, Progress(state, f"/u/{unit}/progress/", 100, 100))


def logout(request: HttpRequest) -> HttpResponse:
    return HttpResponse("bye")


@login_not_required
def login(request: HttpRequest) -> HttpResponse:
    form = AuthenticationForm(request, data=request.POST or None)
    return screen(request, "accounts/login.html", title="Log in", form=form)


urlpatterns = [
    path("accounts/login/", login, name="login"),
    path("accounts/logout/", logout, name="logout"),
    path(
        "u/<slug:unit>/",
        include(
            (
                [path("", board, name="index"), path("pause/", pause), path("progress/", progress)],
                "home",
            )
        ),
    ),
    path("u/<slug:unit>/prospects/", include(([path("", prospects, name="index")], "prospects"))),
]
