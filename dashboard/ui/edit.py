"""Forms that are saved only over what the person saw, and the screen around them.

Invariant: what a person changed is told from what they saw (hidden initial values), never from what
the row holds meanwhile, so that nobody writes back a value they only looked at.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import SafeString

from dashboard.ui.access import allowed, refuse_without
from dashboard.ui.views import Elsewhere, go_on, screen
from dashboard.ui.words import value_words
from syncapp.services.access import Right
from syncapp.services.refused import ChangedMeanwhile, Refused

Section = tuple[str, list[forms.BoundField]]


class VersionedForm(forms.Form):
    """Fields whose `values` are a row as it was at `version`; other fields are asked for anew."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    groups: Sequence[tuple[str, Sequence[str]]] = ()  # heading -> field names
    css = ""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        values: Mapping[str, Any],
        version: int | None,
    ) -> None:
        super().__init__(data, initial={**values, "version": version})
        self.values = values
        for name in values:
            if name in self.fields:
                self.track(name)

    def track(self, name: str) -> None:
        """Tell a change of the field from what the person saw."""
        self.fields[name].show_hidden_initial = True

    def sections(self) -> list[Section]:
        """The inputs by heading."""
        found = [
            (head, [self[n] for n in names if n in self.fields]) for head, names in self.groups
        ]
        return [(heading, bound) for heading, bound in found if bound]

    def seen(self) -> list[SafeString]:
        """Hidden inputs with what the person sees now."""
        return [self[name].as_hidden(only_initial=True) for name in self._tracked()]

    def given(self) -> dict[str, Any]:
        """The values that the person changed."""
        changed = set(self.changed_data)
        return {name: self.cleaned_data[name] for name in self._tracked() if name in changed}

    def rebased(self, fresh: "VersionedForm") -> dict[str, Any]:
        """The same changes on top of the values of now: data for a new form."""
        data: dict[str, Any] = {name: self[name].data for name in self.fields}
        data["version"] = fresh.initial["version"]
        mine = set(self.changed_data)
        for name in self._tracked():
            now = fresh.fields[name].prepare_value(
                fresh.get_initial_for_field(fresh.fields[name], name)
            )
            data[f"initial-{name}"] = now
            if name not in mine:
                data[name] = now
        return {name: "" if value is None else value for name, value in data.items()}

    def clashes(self, fresh: "VersionedForm") -> list[str]:
        """What the person entered, beside what is there now."""
        return [
            f"{self.fields[name].label}: it is {_words(fresh, name, fresh.initial.get(name))} now, "
            f"you entered {_words(self, name, mine)}."
            for name, mine in self.given().items()
        ]

    def _tracked(self) -> list[str]:
        return [name for name, field in self.fields.items() if field.show_hidden_initial]


def _words(form: forms.Form, name: str, value: Any) -> str:
    choices = {str(key): str(word) for key, word in getattr(form.fields[name], "choices", ())}
    return choices.get(str(value)) or value_words(value)


@dataclass(frozen=True, slots=True)
class Edit:
    """How a thing is edited: a form of it as it is now, the saving, and where that leads."""

    make: Callable[[Mapping[str, Any] | None], VersionedForm]
    save: Callable[[Any], str | Elsewhere]  # what was done, "" when it was so; may refuse
    back: str
    right: Right = Right.SETTINGS


def edit_screen(
    request: Any, edit: Edit, *, template: str = "ui/edit.html", **page: Any
) -> HttpResponse:
    """The form; saving leads back. Nobody saves over a newer save that they have not seen.

    Who may look but not save gets the form disabled. `page` goes on to `screen`.
    """
    page |= {"back": edit.back, "editable": allowed(request, edit.right)}
    if request.method != "POST":
        return screen(request, template, form=_shown(request, edit), **page)
    refuse_without(request, edit.right)
    form = edit.make(request.POST)
    if not form.is_valid():
        return screen(request, template, form=form, **page)
    try:
        done = edit.save(form)
        if done:
            return go_on(request, done, edit.back)
        messages.info(request, "Nothing was changed.")
        return redirect(edit.back)
    except Refused as error:
        _blame(form, error)
    except ChangedMeanwhile:
        fresh = edit.make(None)
        page |= {"meanwhile": True, "clashes": form.clashes(fresh)}
        form = edit.make(form.rebased(fresh))
    return screen(request, template, form=form, status=409, **page)


def _shown(request: Any, edit: Edit) -> VersionedForm:
    form = edit.make(None)
    if not allowed(request, edit.right):
        for field in form.fields.values():
            field.disabled = True
    return form


def _blame(form: forms.Form, error: Refused) -> None:
    """Each reason at the field that its setting's path ends with, else above the form."""
    for reason in error.reasons:
        name = reason.where.rpartition(".")[2]
        shown = name in form.fields and not form[name].is_hidden
        form.add_error(name if shown else None, reason.message)


class SettingsForm(VersionedForm):
    """A versioned form of settings, which asks for a reason too."""

    css = "edit-settings"
    why = forms.CharField(
        label="Reason",
        required=False,
        max_length=500,
        help_text="It is written to the audit trail.",
    )

    def sections(self) -> list[Section]:
        """The reason comes last."""
        return [*super().sections(), ("Why", [self["why"]])]


def saved_words(form: VersionedForm, changed: Sequence[Any]) -> str:
    """`Saved: Interval, Default campaign.`, "" when nothing differs; after settings.save."""
    if not changed:
        return ""
    names = dict.fromkeys(str(form.fields[name].label) for name in form.given())
    return f"Saved: {', '.join(names)}."
