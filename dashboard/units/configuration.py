"""Configuration as a file: take it away, compare one with the unit, apply or propose it, copy."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from dashboard.ui.access import needs
from dashboard.ui.markup import now
from dashboard.ui.views import Action, screen
from dashboard.ui.words import field_words, spelled, value_words
from syncapp import enqueue
from syncapp.core.catalog import BY_KEY
from syncapp.models import BusinessUnit
from syncapp.services import config_export, configuration
from syncapp.services.access import Right, may
from syncapp.services.config_diff import Difference
from syncapp.services.configuration import SECTIONS, Compared
from syncapp.services.refused import ChangedMeanwhile, Refused

LONGEST = 1_000_000  # bytes; a unit with a thousand custom fields has a tenth of it


class Upload(forms.Form):
    """A file, or its text."""

    file = forms.FileField(label="File (YAML or JSON)", required=False)
    text = forms.CharField(
        label="or its text",
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text="Absent keys stay as they are; nothing is applied before you have seen it.",
    )

    def clean(self) -> dict[str, Any]:
        """The source, whichever way it came."""
        data: dict[str, Any] = super().clean() or {}
        file = data.get("file")
        if file and file.size > LONGEST:
            raise forms.ValidationError(
                "The file has more than a megabyte: it is no configuration."
            )
        try:
            data["source"] = file.read().decode() if file else data.get("text", "")
        except UnicodeDecodeError:
            raise forms.ValidationError("The file is no text in UTF-8.") from None
        if not data["source"].strip():
            raise forms.ValidationError("Choose a file, or paste its text.")
        return data


class Copy(forms.Form):
    """Which settings come from which unit."""

    unit = forms.ChoiceField(label="From")
    sections = forms.MultipleChoiceField(
        label="What",
        choices=list(SECTIONS.items()),
        widget=forms.CheckboxSelectMultiple,
        initial=list(SECTIONS),
    )

    def __init__(self, data: Any = None, *, units: list[BusinessUnit]) -> None:
        super().__init__(data)
        choices = [(one.slug, one.name) for one in units]
        self.fields["unit"].choices = choices  # type: ignore[attr-defined]


@needs(Right.READ_SETTINGS)
def index(request: Any, unit: str) -> HttpResponse:
    """The ways in and out; a POST compares and shows what would change."""
    upload, copy = Upload(), Copy(units=_others(request))
    if request.method == "POST":
        upload, copy, compared = _compared(request, upload, copy)
        if compared is not None:
            return _show(request, compared)
    return screen(
        request,
        "units/configuration.html",
        title="Configuration",
        subtitle="All settings of this business unit as one file.",
        crumbs=[("Account Settings", reverse("units:account", args=[unit]))],
        upload=upload,
        copy=copy,
        others=_others(request),
        status=409 if request.method == "POST" else 200,
    )


def _others(request: Any) -> list[BusinessUnit]:
    """Units whose settings the reader may see."""
    here = request.unit.pk
    readable = [u for u in request.units if may(request.roles[u.pk], Right.READ_SETTINGS)]
    return [one for one in readable if one.pk != here]


def _compared(request: Any, upload: Upload, copy: Copy) -> tuple[Upload, Copy, Compared | None]:
    """The form that was sent, and what its file would change; None: the form says what is wrong."""
    copying = "copy" in request.POST
    form: forms.Form = (
        Copy(request.POST, units=_others(request))
        if copying
        else Upload(request.POST, request.FILES)
    )
    compared = None
    if form.is_valid():
        try:
            source = _copied(request, form) if copying else form.cleaned_data["source"]
            actor = request.user.get_username()
            compared = configuration.compare(unit=request.unit, source=source, actor=actor)
        except Refused as error:
            form.add_error(None, str(error))
    if isinstance(form, Copy):
        return upload, form, compared
    return form if isinstance(form, Upload) else upload, copy, compared


def _copied(request: Any, form: forms.Form) -> str:
    source = next(u for u in _others(request) if u.slug == form.cleaned_data["unit"])
    return configuration.copied(
        source=source, target=request.unit, sections=form.cleaned_data["sections"]
    )


def _show(request: Any, compared: Compared, refused: str = "") -> HttpResponse:
    unit = request.unit.slug
    back = reverse("units:configuration", args=[unit])
    return screen(
        request,
        "units/configuration_diff.html",
        title="What the file would change",
        subtitle="Nothing is changed yet.",
        crumbs=[("Configuration", back)],
        lines=[
            (_name(one), value_words(one.before), _words(one.after)) for one in compared.differences
        ],
        compared=compared,
        back=back,
        refused=refused,
        status=409 if refused else 200,
    )


def _name(one: Difference) -> str:
    """`Prospect field City, Lead` of `fields.city.lead`."""
    section, *rest = one.path
    named = [field_words(part) if part in BY_KEY else spelled(part) for part in rest]
    return ": ".join([spelled(section), ", ".join(named)]) if named else spelled(section)


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{spelled(key)}: {value_words(one)}" for key, one in value.items())
    return value_words(value)


@needs(Right.READ_SETTINGS)
def export(request: Any, unit: str) -> HttpResponse:
    """The file; secrets only as the names of their variables."""
    answer = HttpResponse(config_export.as_yaml(request.unit), content_type="application/yaml")
    answer["Content-Disposition"] = f'attachment; filename="{unit}.yaml"'
    return answer


@require_POST
@needs(Right.PROPOSE)
def apply(request: Any, unit: str) -> HttpResponse:
    """Apply or propose what was shown; a refusal shows it once more."""
    source, why = request.POST.get("source", ""), request.POST.get("why", "")
    actor, seen = request.user.get_username(), request.POST.get("seen", "")
    try:
        compared = configuration.compare(unit=request.unit, source=source, actor=actor)
        about: dict[str, Any] = {
            "unit": request.unit,
            "source": source,
            "seen": seen,
            "actor": actor,
            "now": now(),
            "why": why,
        }
        if compared.proposes:
            change, run = configuration.propose(**about)
            enqueue.run(run.pk)
            messages.success(request, f"Proposed as change {change.pk}. Nothing is changed yet.")
            return redirect("approvals:detail", unit, change.pk)
        done = configuration.apply(**about)
        told = f"Applied: {len(done)} setting{'' if len(done) == 1 else 's'} changed."
    except ChangedMeanwhile as error:
        return _show(request, compared, str(error))
    except Refused as error:
        messages.error(request, str(error))
        return redirect("units:configuration", unit=unit)
    messages.success(request, told)
    return redirect("units:configuration", unit=unit)


def link(unit: str) -> Action:
    """The way here from Account Settings."""
    return Action("Configuration as a file", reverse("units:configuration", args=[unit]), "copy")
