"""Email permission sync, guided: accessibility, mapping, direction, preview, first sync (F24)."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from dashboard.mappings.guide import DIRECTIONS, context_of, covered_objects, latest_preview
from dashboard.ui.access import needs
from dashboard.ui.markup import now
from dashboard.ui.views import confirm_screen, screen
from syncapp import enqueue
from syncapp.core.catalog import CONSENT_KEYS
from syncapp.core.permission_sync import Direction
from syncapp.core.types import SObject
from syncapp.models import Preview, ProspectField
from syncapp.services import field_access, permission, preview, preview_changes, settings
from syncapp.services.access import Right
from syncapp.services.refused import ChangedMeanwhile, Refused
from syncapp.services.rules import schemas_of

FRESH = timedelta(hours=24)
_TYPES = ("boolean", "string", "picklist")  # a checkbox, or words for opted out and opted in


class MappingForm(forms.Form):
    """The Salesforce field of one object."""

    target = forms.ChoiceField(
        label="Salesforce field", required=False, widget=forms.Select({"data-searchable": ""})
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, unit: Any, row: ProspectField, sobject: SObject
    ) -> None:
        column = sobject.value.lower()
        now_mapped = getattr(row, column) or ""
        super().__init__(data, initial={"target": now_mapped, "version": row.version})
        known = (schemas_of(unit.connector) or {}).get(sobject, {})
        fields = sorted(known.values(), key=lambda one: (one.type != "boolean", one.label.lower()))
        choices = [(f.name, f"{f.label} ({f.name})") for f in fields if f.type in _TYPES]
        if now_mapped and now_mapped not in known:
            choices.insert(0, (now_mapped, f"{now_mapped} (not seen)"))
        self.fields["target"].choices = [("", "Not mapped"), *choices]  # type: ignore[attr-defined]


class DirectionForm(forms.Form):
    """Which side decides what is neither opted out."""

    direction = forms.ChoiceField(
        choices=list(DIRECTIONS.items()), widget=forms.RadioSelect, initial="sf_to_ae"
    )


def _load(request: Any, key: str) -> ProspectField:
    row = ProspectField.objects.filter(unit=request.unit, key=key).first()
    if row is None or key not in CONSENT_KEYS:
        raise Http404("No such permission field.")
    return row


def _sobject(name: str) -> SObject:
    try:
        return SObject(name.capitalize())
    except ValueError:
        raise Http404("No such object.") from None


@needs(Right.READ_SETTINGS)
def index(request: Any, unit: str) -> HttpResponse:
    """Of Opted Out, as seed 004 has it."""
    return redirect("mappings:permission", unit=unit, consent="opted_out")


@needs(Right.READ_SETTINGS)
def guide(request: Any, unit: str, consent: str) -> HttpResponse:
    """The steps, as far as they are."""
    row = _load(request, consent)
    context = context_of(request, row, str(request.GET.get("object", "lead")))
    sobject = context["object"].sobject
    return screen(
        request,
        "mappings/email_permission.html",
        title="Email permission sync",
        subtitle=f"{row.label} and Email Opt Out, kept the same on both sides.",
        crumbs=_crumbs(unit, row),
        form=MappingForm(unit=request.unit, row=row, sobject=sobject),
        direction=DirectionForm(),
        **context,
    )


def _crumbs(unit: str, row: ProspectField) -> list[tuple[str, str]]:
    fields = reverse("mappings:index", args=[unit])
    return [
        ("Prospect Fields", fields),
        (row.label, reverse("mappings:detail", args=[unit, row.key])),
    ]


def _back(unit: str, key: str, of: str = "") -> str:
    url = reverse("mappings:permission", args=[unit, key])
    return f"{url}?object={of}" if of else url


@require_POST
@needs(Right.SYNC_NOW)
def check(request: Any, unit: str, consent: str) -> HttpResponse:
    """Let a worker ask field-level security, and look at the org's fields anew."""
    _load(request, consent)
    run = field_access.open_access(
        unit=request.unit,
        field=consent,
        fix=(),
        actor=request.user.get_username(),
        now=now(),
        trigger="console",
    )
    enqueue.run(run.pk)
    messages.success(request, f"A worker looks at the org's fields (run {run.pk}).")
    return redirect(_back(unit, consent, request.POST.get("object", "")))


@needs(Right.SETTINGS)
def fix(request: Any, unit: str, consent: str, sobject: str) -> HttpResponse:
    """Ask, then let a worker give the field in Salesforce."""
    row, of = _load(request, consent), _sobject(sobject)
    name = f"{of.value}.{field_access.target(row, of)}"

    def act(_data: dict[str, Any]) -> str:
        run = field_access.open_access(
            unit=request.unit,
            field=consent,
            fix=(of,),
            actor=request.user.get_username(),
            now=now(),
            trigger="console",
        )
        enqueue.run(run.pk)
        return f"A worker gives {name} in Salesforce (run {run.pk})."

    lines = [
        f"Read and Edit on {name} are given to the profile of the connector user, so to "
        "everybody in Salesforce who has that profile.",
        "It needs the permission Manage Profiles and Permission Sets; without it the run says so "
        "and changes nothing.",
        "Afterwards the org's fields are looked at anew.",
    ]
    return confirm_screen(
        request,
        title=f"Make {name} visible?",
        verb="Fix it for me",
        consequences=lines,
        act=act,
        back=_back(unit, consent, sobject),
        crumbs=_crumbs(unit, row),
    )


@require_POST
@needs(Right.SETTINGS)
def map_field(request: Any, unit: str, consent: str, sobject: str) -> HttpResponse:
    """Map the field on one object; what is wrong is said on the page."""
    row, of = _load(request, consent), _sobject(sobject)
    form = MappingForm(request.POST, unit=request.unit, row=row, sobject=of)
    if not form.is_valid():
        messages.error(request, "Choose one of the fields that are offered.")
        return redirect(_back(unit, consent, sobject))
    try:
        saved = settings.save(
            unit=request.unit,
            wanted={"fields": {consent: {sobject: form.cleaned_data["target"] or None}}},
            seen={f"fields.{consent}": form.cleaned_data["version"]},
            actor=request.user.get_username(),
            now=now(),
            why="Email permission sync",
        )
        messages.success(request, f"{of.value} is mapped." if saved else "It was so already.")
    except (Refused, ChangedMeanwhile) as error:
        messages.error(request, str(error))
    return redirect(_back(unit, consent, sobject))


@require_POST
@needs(Right.SETTINGS)
def try_it(request: Any, unit: str, consent: str) -> HttpResponse:
    """Preview the first sync in one direction."""
    _load(request, consent)
    form = DirectionForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose a direction.")
        return redirect(_back(unit, consent))
    try:
        run = preview.open_preview(
            unit=request.unit,
            asked=preview_changes.permission_sync(consent, form.cleaned_data["direction"]),
            actor=request.user.get_username(),
            now=now(),
            trigger="console",
        )
        enqueue.run(run.pk)
        messages.success(request, "The first sync is tried on real prospects; nothing is written.")
    except Refused as error:
        messages.error(request, str(error))
    return redirect(_back(unit, consent) + "#direction")


@needs(Right.SETTINGS)
def sync(request: Any, unit: str, consent: str) -> HttpResponse:
    """Ask with the preview's numbers, then run the first sync."""
    row = _load(request, consent)
    tried = latest_preview(request.unit, consent)
    ready = tried is not None and tried.state == "complete" and tried.created_at > now() - FRESH

    def act(_data: dict[str, Any]) -> str:
        if tried is None or not ready:
            raise Refused("no_preview", "Look at a preview of today first: it says who changes.")
        run = permission.open_permission(
            unit=request.unit,
            field=consent,
            direction=Direction(tried.options["direction"]),
            actor=request.user.get_username(),
            now=now(),
            trigger="console",
        )
        enqueue.run(run.pk)
        return f"Sync with Salesforce is queued as run {run.pk}; it can be undone."

    return confirm_screen(
        request,
        title="Sync with Salesforce?",
        verb="Sync with Salesforce",
        consequences=_consequences(request, row, tried if ready else None),
        act=act,
        back=_back(unit, consent),
        crumbs=_crumbs(unit, row),
    )


def _consequences(request: Any, row: ProspectField, tried: Any) -> list[str]:
    lines = ["Whoever is opted out on either side is opted out on both, whatever the direction."]
    if tried is None:
        return ["Nothing yet: look at a preview of today first.", *lines]
    counts = Preview.objects.get(run=tried).counts
    lines.insert(0, f"Direction: {DIRECTIONS[tried.options['direction']]}.")
    lines += [
        f"Permission is written here for {counts['consent_to_ae']:,} and to Salesforce for "
        f"{counts['consent_to_salesforce']:,} people.",
        f"{counts['stops_being_mailable']:,} stop being mailable, {counts['becomes_mailable']:,} "
        "become mailable.",
    ]
    missing = [one.sobject.value for one in covered_objects(request, row) if not one.mapped]
    if missing:
        lines.append(f"{missing[0]} is not covered: a converted lead would lose the permission.")
    return lines
