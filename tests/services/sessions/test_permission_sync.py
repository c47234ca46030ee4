"""Email permission sync at the command line (F24, seed 004): opted out on either side, on both."""

import pytest

from tests.services.sessions.conftest import Console, Refused
from tests.services.world import Org

pytestmark = pytest.mark.django_db(transaction=True)
DIRECTIONS = pytest.mark.parametrize("direction", ["sf_to_ae", "ae_to_sf"])


@pytest.fixture
def apart(emea: Console, org: Org) -> Console:
    """Opted Out was mapped to nothing while both sides went their own ways."""
    emea.file("off.yaml", "business_unit: {slug: emea}\nfields: {opted_out: null}\n")
    emea("config apply off.yaml --yes")
    org.lead("there@example.com", HasOptedOutOfEmail=True)
    org.contact("here@example.com")
    org.lead("nobody@example.com")
    emea("sync emea --wait")
    emea("mailability event emea here@example.com unsubscribe")
    emea("sync emea --wait")
    emea.file(
        "on.yaml",
        "business_unit: {slug: emea}\n"
        "fields: {opted_out: {lead: HasOptedOutOfEmail, contact: HasOptedOutOfEmail}}\n",
    )
    emea("config apply on.yaml --yes")
    return emea


def both(console: Console, email: str) -> tuple[bool, bool]:
    told = console(f"prospects show emea {email} --json")
    record = told["crm"]["contact_id"] or told["crm"]["lead_id"]
    return told["values"]["opted_out"], console.org.get(record)["HasOptedOutOfEmail"]


@DIRECTIONS
def test_whatever_the_direction_an_opt_out_on_either_side_opts_out_both(
    apart: Console, direction: str
) -> None:
    told = apart(f"permission-sync emea opted_out --direction {direction} --wait --json")
    assert (told["state"], told["counts"]["updated_prospects"]) == ("complete", 1)
    assert told["counts"]["updated_records"] == 1
    assert both(apart, "there@example.com") == (True, True)
    assert both(apart, "here@example.com") == (True, True)
    assert both(apart, "nobody@example.com") == (False, False)
    again = apart(f"permission-sync emea opted_out --direction {direction} --wait --json")
    assert again["counts"]["unchanged"] == 3


def test_a_preview_says_so_first_and_changes_nothing(apart: Console) -> None:
    told = apart("permission-sync emea opted_out --direction sf_to_ae --preview --json")
    assert told["stops_being_mailable"] == ["there@example.com"]
    assert told["consent_to_salesforce"] == ["here@example.com"]
    assert told["becomes_mailable"] == []
    assert both(apart, "here@example.com") == (True, False)


def test_it_chooses_most_recently_updated_field_where_history_is_tracked(
    apart: Console, org: Org
) -> None:
    apart("permission-sync emea opted_out --direction sf_to_ae --wait")
    field = apart("config export emea --json")["fields"]["opted_out"]
    assert field["behavior"] == "account_engagement"
    tracked = {name: ["HasOptedOutOfEmail"] for name in ("Lead", "Contact")}
    org.control("history", tracked, method="PUT")
    apart("permission-sync emea opted_out --direction sf_to_ae --wait")
    field = apart("config export emea --json")["fields"]["opted_out"]
    assert field["behavior"] == "most_recent_field"


def test_a_field_that_is_mapped_to_nothing_is_refused(emea: Console) -> None:
    with pytest.raises(Refused, match="mapped to no Salesforce field"):
        emea("permission-sync emea do_not_email --direction sf_to_ae --wait")
