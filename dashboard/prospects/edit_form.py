"""The form that edits a prospect: one input per field of the unit, by its type."""

from collections.abc import Mapping
from typing import Any

from dashboard.prospects.fields import GROUPS, label_of, value_of
from dashboard.ui.edit import VersionedForm
from dashboard.ui.inputs import input_for, user_input
from syncapp.core.catalog import CONSENT_KEYS
from syncapp.models import Prospect, ProspectField, UnitUser


class EditForm(VersionedForm):
    """All editable fields of one prospect, in the groups of its page."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        prospect: Prospect,
        settings: Mapping[str, ProspectField],
        users: list[UnitUser],
    ) -> None:
        self.prospect = prospect
        self.groups = [
            (heading, [key for key in keys if key in settings or key == "assigned_user"])
            for heading, keys in _groups(settings)
        ]
        keys = [key for _, keys in self.groups for key in keys]
        values = {key: value_of(prospect, key) for key in keys}
        super().__init__(data, values=values, version=prospect.version)
        for key in keys:
            self._add(key, settings.get(key), users, values[key])

    def _add(
        self, key: str, setting: ProspectField | None, users: list[UnitUser], now: object
    ) -> None:
        field = user_input(users) if setting is None else input_for(setting, now)
        field.label = label_of(key, setting)
        self.fields[key] = field
        self.track(key)
        link = self.prospect.link
        if key == "company" and link.contact_id and link.account_id:
            field.disabled = True
            field.help_text = "The name of the contact's account in Salesforce; change it there."


def _groups(settings: Mapping[str, ProspectField]) -> list[tuple[str, list[str]]]:
    """Consent has buttons of its own, with rights of their own."""
    custom = [key for key, field in settings.items() if field.custom]
    found = [
        (heading, [key for key in keys.split() if key not in CONSENT_KEYS])
        for heading, _, keys in GROUPS
    ]
    return [*found, ("Custom fields", custom)]
