"""What the upgrade asks: considerations, path and custom field, and its acknowledgements."""

from typing import Any

from django import forms

from syncapp.core.mapping_rules import custom_name
from syncapp.models import BusinessUnit
from syncapp.services.upgrade_moves import NEW, PRESERVE, checkboxes

PATHS = [
    (NEW, "New sync behavior (recommended): no extra steps are necessary"),
    (PRESERVE, "Preserve legacy sync behavior: Opted Out gets a custom field of its own"),
]
_EXAMPLE = "Such as OptedOut_Custom. The field must exist on Lead and Contact, as a checkbox."


def field_for(unit: BusinessUnit) -> forms.Field:
    """The custom field of Opted Out: typed for a v1 connector, chosen for v2 (seed 000)."""
    label = "CRM Field ID of Opted Out"
    if unit.connector.kind == 1:
        typed = forms.TextInput({"autocomplete": "off", "spellcheck": "false"})
        return forms.CharField(
            label=label, max_length=120, required=False, widget=typed, help_text=_EXAMPLE
        )
    chosen = forms.Select({"data-searchable": ""})
    found = forms.ChoiceField(label=label, required=False, widget=chosen)
    fitting = [(name, f"{label} ({name})") for name, label in checkboxes(unit)]
    found.choices = [("", "None chosen"), *fitting]
    found.help_text = "Custom checkboxes that the connector user may edit on Lead and on Contact."
    return found


def missing_name(unit: BusinessUnit) -> dict[str, forms.Field]:
    """Beside the choice of a v2 connector: the name of a checkbox that is still to be made."""
    if unit.connector.kind == 1:
        return {}
    typed = forms.TextInput({"autocomplete": "off", "spellcheck": "false"})
    found = forms.CharField(
        label="Or name one that is missing", max_length=120, required=False, widget=typed
    )
    found.help_text = "Such as OptedOut_Custom. The wizard offers to create it on Lead and Contact."
    return {"missing": found}


class _NamesField(forms.Form):
    """A field that is typed as missing goes before the one that is chosen."""

    def clean_missing(self) -> str:
        """Only what Salesforce takes as a name."""
        typed = str(self.cleaned_data["missing"])
        if typed and custom_name(typed) is None:
            raise forms.ValidationError(
                f"{typed} can be no custom field: letters, digits and single underscores, a letter "
                "first, no more than 40 characters."
            )
        return typed

    def named(self) -> str:
        """The custom field of Opted Out, else ""."""
        given = self.cleaned_data
        return str(given.get("missing") or given.get("field") or "")


class StartForm(_NamesField):
    """Considerations are read, then the path is chosen."""

    def __init__(self, data: Any = None, *, unit: BusinessUnit) -> None:
        super().__init__(data, auto_id="start_%s", initial={"path": NEW})
        if unit.legacy_sync_behavior:
            self.fields["path"] = forms.ChoiceField(
                label="Path", choices=PATHS, widget=forms.RadioSelect
            )
            self.fields["field"] = field_for(unit)
            self.fields.update(missing_name(unit))
        self.fields["read"] = forms.BooleanField(
            label="I have read the considerations: the upgrade is permanent"
        )


class FieldForm(_NamesField):
    """Another custom field, where the first does not do."""

    def __init__(self, data: Any = None, *, unit: BusinessUnit, named: str = "") -> None:
        super().__init__(data, auto_id="named_%s", initial={"field": named})
        self.fields["field"] = field_for(unit)
        self.fields.update(missing_name(unit))


class SawPreview(forms.Form):
    """Bound to the preview that was looked at."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    sure = forms.BooleanField(label="I have looked at the preview and who becomes mailable by it")


class SawErrors(forms.Form):
    """The sync ended with errors."""

    sure = forms.BooleanField(label="I have looked at the sync errors and go on without these")


def typed_number(count: int) -> type[forms.Form]:
    """Asks to type how many records no longer have a partner."""

    class Typed(forms.Form):
        typed = forms.IntegerField(label=f"Type {count} to acknowledge it", min_value=0)

        def clean_typed(self) -> int:
            """Exactly that number."""
            if self.cleaned_data["typed"] != count:
                raise forms.ValidationError(f"Type {count}: so many records are concerned.")
            return count

    return Typed
