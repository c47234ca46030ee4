"""Every setting of a connector (interface.md §4), under the names that Account Engagement gives."""

from collections.abc import Mapping
from typing import Any

from django import forms

from dashboard.ui.edit import SettingsForm
from dashboard.ui.setting_words import CONNECTOR
from syncapp.models import Connector
from syncapp.services.config_export import connector_section
from syncapp.services.config_schema import GUARDS

_RECORDS = [("lead", "Lead"), ("contact", "Contact"), ("person_account", "Person account")]


def _tick(help_text: str) -> forms.BooleanField:
    return forms.BooleanField(help_text=help_text, required=False)


def _text(help_text: str, longest: int = 120) -> forms.CharField:
    return forms.CharField(help_text=help_text, max_length=longest, required=False)


def _number(help_text: str, least: int, most: int | None, **more: Any) -> forms.Field:
    attrs = {"min": least} if most is None else {"min": least, "max": most}
    widget = forms.NumberInput(attrs={**attrs, "inputmode": "numeric"})
    return forms.IntegerField(help_text=help_text, widget=widget, **more)


def _percent(help_text: str) -> forms.FloatField:
    widget = forms.NumberInput(attrs={"min": 0, "max": 100, "step": "any"})
    return forms.FloatField(help_text=help_text, widget=widget)


class ConnectorForm(SettingsForm):
    """The connector's switches, schedule and guards."""

    create_prospects_from_records = _tick(
        "Not retroactive: records that are there already get a prospect when they next change.",
    )
    default_campaign = _text("The campaign of prospects that are created from records.")
    create_records_as = forms.ChoiceField(
        choices=_RECORDS,
        help_text="What an assigned prospect becomes in Salesforce when no record matches it.",
    )
    sync_person_accounts = _tick("Off: contacts that belong to a person account do not sync.")
    change_emails_from_salesforce = _tick(
        "Off: an email changed in Salesforce goes to the prospect with the new email, found or "
        "created; the old prospect stops syncing.",
    )
    delete_or_merge_prospects = _tick(
        "Prospects of deleted records go to the recycle bin; merged ones become one. Not "
        "retroactive.",
    )
    blank_salesforce_values_overwrite = _tick(
        'For fields with "Use Salesforce\'s value": a value that is blank in Salesforce is taken '
        "away here. Off: it is filled from here.",
    )
    sync_emails_as_tasks = _tick(
        "Of all prospect activities only emails become tasks. Each one costs an API call or a part "
        "of one.",
    )
    sync_opportunities = _tick(
        "Turning it on counts opportunities for the score, +50 for a created one and -100 for a "
        "lost one, and can set off automation and assignment rules.",
    )
    interval_seconds = _number("From 10 to 86400. Account Engagement's own is 120.", 10, 86_400)
    daily_api_budget = _number(
        "The most this unit may use in 24 hours. Empty: as many as the org allows.",
        1,
        None,
        required=False,
    )
    consent_reserve_percent = _percent("This part of the calls is kept for permission changes.")
    hold_remailable = _tick(
        "Each waits as a conflict until an administrator decides. Opt-outs are never held.",
    )
    max_remailable_percent = _percent(
        "Syncs that would lift more opt-outs are held. The smaller of both limits counts, and 10 "
        "are always let through.",
    )
    max_remailable_count = _number("The same limit as a number.", 0, None)

    groups = (
        (
            "Prospects and records",
            (
                "create_prospects_from_records",
                "change_emails_from_salesforce",
                "delete_or_merge_prospects",
                "sync_person_accounts",
                "create_records_as",
                "default_campaign",
            ),
        ),
        (
            "Values and activities",
            ("blank_salesforce_values_overwrite", "sync_emails_as_tasks", "sync_opportunities"),
        ),
        (
            "Schedule and API calls",
            ("interval_seconds", "daily_api_budget", "consent_reserve_percent"),
        ),
        (
            "Permission guards",
            ("hold_remailable", "max_remailable_percent", "max_remailable_count"),
        ),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, connector: Connector) -> None:
        super().__init__(data, values=flat(connector), version=connector.version)
        for name, field in self.fields.items():
            field.label = CONNECTOR.get(name, field.label)
        if connector.unit.allow_multiple_prospects_per_email:
            self._fixed(
                "change_emails_from_salesforce",
                "Not for units that allow multiple prospects with the same email address: the "
                "email is a normal field there.",
            )
            self._fixed(
                "delete_or_merge_prospects",
                "Always on for units that allow multiple prospects with the same email address.",
            )

    def _fixed(self, name: str, why: str) -> None:
        self.fields[name].disabled = True
        self.fields[name].help_text = why

    def wanted(self) -> dict[str, Any]:
        """What the person changed, as the configuration file has it."""
        given = self.given()
        if given.get("default_campaign") == "":
            given["default_campaign"] = None
        guards = {name: given.pop(name) for name in GUARDS if name in given}
        return given | ({"guards": guards} if guards else {})


def flat(connector: Connector) -> dict[str, Any]:
    """The connector's settings by name, those of its login and state aside."""
    section = connector_section(connector)
    section |= section.pop("guards")
    aside = ("version", "state", "login", "connector_user")
    return {name: value for name, value in section.items() if name not in aside}
