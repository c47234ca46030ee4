"""Every setting that rules read reaches them."""

from dataclasses import fields

import pytest

from syncapp.core.types import MailabilityModel, Switches
from syncapp.models import BusinessUnit, Connector
from syncapp.services.rules import switches

SETTINGS = {
    "ampsea": ("allow_multiple_prospects_per_email", True),
    "model": ("mailability_model", MailabilityModel.LEGACY),
    "legacy_sync_behavior": ("legacy_sync_behavior", True),
    "require_assigned_user": ("require_assigned_user_for_email_match", False),
    "use_assignment_rules": ("use_active_assignment_rules", True),
    "create_prospects": ("create_prospects_from_records", False),
    "change_emails": ("change_emails_from_salesforce", True),
    "delete_or_merge": ("delete_or_merge_prospects", True),
    "blank_overwrites": ("blank_salesforce_values_overwrite", True),
    "create_as": ("create_records_as", "contact"),
    "sync_person_accounts": ("sync_person_accounts", True),
}


def test_the_table_names_every_switch() -> None:
    assert set(SETTINGS) == {field.name for field in fields(Switches)}


@pytest.mark.parametrize("switch", SETTINGS)
def test_a_setting_of_unit_or_connector_is_the_switch_of_the_rules(switch: str) -> None:
    column, value = SETTINGS[switch]
    connector = Connector(unit=BusinessUnit())
    assert getattr(switches(connector), switch) != value
    owner = connector if hasattr(connector, column) else connector.unit
    setattr(owner, column, value)
    assert getattr(switches(connector), switch) == value
