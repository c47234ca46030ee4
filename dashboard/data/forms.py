"""What is asked before an import, a backup, a restore."""

from typing import Any

from django import forms

from dashboard.ui.words import field_words
from syncapp.core.restore import NEVER
from syncapp.models import Backup
from syncapp.services import runs
from syncapp.services.import_run import LARGEST
from syncapp.services.refused import Refused


class UploadForm(forms.Form):
    """A file of prospects."""

    file = forms.FileField(
        label="CSV file",
        help_text="Account Engagement's export headers (Email, First Name …); 50 MB at most.",
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )
    restore = forms.BooleanField(
        label="Take prospects of the file out of the recycle bin", required=False
    )
    clear_blanks = forms.BooleanField(
        label="Empty cells clear fields (never Opted Out or Do Not Email)", required=False
    )

    def clean_file(self) -> Any:
        """Not too large to be kept."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError("The file has over 50 MB. Import it by the command line.")
        return file


class BackupForm(forms.Form):
    """Why a backup is made."""

    why = forms.CharField(label="Note", max_length=200, required=False)


class RestoreForm(forms.Form):
    """Which fields of whom go back; nothing chosen means all."""

    fields_chosen = forms.MultipleChoiceField(
        label="Fields", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: all fields.",
    )  # fmt: skip
    prospects = forms.CharField(
        label="Prospects", required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Emails or prospect ids, one a line. Empty: all prospects.",
    )  # fmt: skip
    opt_ins = forms.BooleanField(
        label="Opt-outs that the backup does not have may go again", required=False,
        help_text="Only where nobody else says opted out, and only as many as the guard allows.",
    )  # fmt: skip

    def __init__(self, backup: Backup, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.backup = backup
        own = [name for name in backup.columns if name not in NEVER and not _of_salesforce(name)]
        custom = {field.key: field.label for field in backup.unit.fields.filter(custom=True)}
        choices = [(name, field_words(name)) for name in own if name != "custom"]
        choices += [(key, label or field_words(key)) for key, label in custom.items()]
        self.fields["fields_chosen"].choices = choices  # type: ignore[attr-defined]

    def clean_prospects(self) -> list[int]:
        """Their ids; every one must exist."""
        found: list[int] = []
        for name in self.cleaned_data["prospects"].split():
            try:
                found += runs.prospects_named(unit=self.backup.unit, name=name)
            except Refused as error:
                raise forms.ValidationError(error.message) from error
        return found


def _of_salesforce(name: str) -> bool:
    return name.startswith("crm_")
