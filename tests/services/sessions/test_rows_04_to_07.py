"""Does it sync? Rows 4 to 7 of product.md §3: what happened to the record in Salesforce.

4  its record was deleted in SF                        no; a manual sync says so
5  the connector user does not see it, not deleted     no; never re-created, never CRM-deleted
6  Marketing Data Sharing excludes it                  no
7  lost its record by an email change in SF            no, until somebody uses Sync with CRM
"""

import pytest

from tests.services.sessions.conftest import WITH_AND_WITHOUT_AMPSEA, Console, Refused
from tests.services.world import Org

pytestmark = pytest.mark.django_db(transaction=True)

SHOW = "prospects show emea ada@example.com --json"


@WITH_AND_WITHOUT_AMPSEA
def test_row_4_a_deleted_record_is_never_created_again(
    emea: Console, org: Org, ampsea: bool
) -> None:
    """With AMPSEA the prospect goes to the recycle bin too (product.md §5): row 2 comes first."""
    lead = org.lead("ada@example.com")
    emea("sync emea --wait")
    org.delete(lead)
    emea("sync emea --wait")

    told = emea(SHOW)
    assert (told["crm"]["state"], told["crm"]["lead_id"]) == ("crm_deleted", lead)
    assert told["sync"]["eligible"] is False
    assert {"code": "crm_deleted", "ok": False} in told["sync"]["checks"]
    assert told["state"] == ("recycle_bin" if ampsea else "active")
    assert told["sync"]["reason"] == ("in_recycle_bin" if ampsea else "crm_deleted")
    said = "does not sync" if ampsea else "Deleted from CRM: .* will not be resynced"
    with pytest.raises(Refused, match=said):
        emea("sync emea --prospect ada@example.com --wait")
    assert org.leads("ada@example.com") == []

    org.control("undelete", {"ids": [lead]})
    emea("sync emea --wait")
    told = emea(SHOW)
    assert (told["state"], told["crm"]["state"], told["sync"]["reason"]) == (
        "active",
        "linked",
        None,
    )


def test_row_5_a_record_that_the_connector_user_does_not_see_is_waited_for(
    emea: Console, org: Org
) -> None:
    lead = org.lead("ada@example.com")
    emea("sync emea --wait")
    hidden = {"integration@syncline.example": {"Lead": "Email != 'ada@example.com'"}}
    org.control("visibility", hidden, method="PUT")
    emea("prospects set emea ada@example.com job_title=Countess")
    emea("sync emea --wait")

    told = emea(SHOW)
    assert (told["crm"]["state"], told["crm"]["lead_id"]) == ("not_visible", lead)
    assert (told["sync"]["eligible"], told["sync"]["reason"]) == (False, "not_visible")
    assert told["state"] == "active"
    emea("sync emea --full --wait")
    assert [record["Id"] for record in org.leads("ada@example.com")] == [lead]

    org.control("visibility", {"integration@syncline.example": {"Lead": None}}, method="PUT")
    org.update(lead, City="Turku")
    emea("sync emea --wait")
    told = emea(SHOW)
    assert (told["crm"]["state"], told["values"]["city"]) == ("linked", "Turku")
    assert org.get(lead)["Title"] == "Countess"


def test_row_6_marketing_data_sharing_excludes_a_record(console: Console, org: Org) -> None:
    """Sharing is set while the connector is paused; the connector runs only after it."""
    console.file(
        "emea.yaml",
        """
        business_unit: {slug: emea, name: EMEA}
        connector:
          version: 2
          state: running
          login: {method: client_credentials, url: "$ORG", client_id: syncline,
            client_secret_env: SYNCLINE_SF_SECRET}
        sharing:
          - {object: lead, field: Region__c, values: [EMEA]}
          - {object: contact, field: Region__c, values: [EMEA]}
        """,
    )
    console("config apply emea.yaml --yes")
    lead = org.lead("ada@example.com", Region__c="EMEA")
    org.lead("bob@example.com", Region__c="Americas")
    run = console("sync emea --wait --json")
    assert run["counts"]["created_prospects"] == 1  # Bob is none of ours

    org.update(lead, Region__c="Americas")
    console("sync emea --wait")
    told = console(SHOW)
    assert (told["state"], told["crm"]["lead_id"]) == ("recycle_bin", lead)
    assert told["sync"]["reason"] == "in_recycle_bin"
    assert {"code": "not_shared", "ok": False} in told["sync"]["checks"]

    # Taken out of the bin by hand, it still does not sync: now row 6 is the answer.
    console("prospects set emea ada@example.com archived=false")
    assert console(SHOW)["sync"]["reason"] == "not_shared"

    org.update(lead, Region__c="EMEA", City="Turku")
    console("sync emea --wait")
    told = console(SHOW)
    assert (told["state"], told["sync"]["reason"]) == ("active", None)
    assert told["values"]["city"] == "Turku"


@WITH_AND_WITHOUT_AMPSEA
def test_row_7_the_old_prospect_of_a_changed_email_waits_for_sync_with_crm(
    emea: Console, org: Org, ampsea: bool
) -> None:
    """With AMPSEA the email is a normal field, which the prospect takes over (product.md §2)."""
    lead = org.lead("ada@example.com", OwnerId=org.user_id("ann@example.com"))
    emea("sync emea --wait")
    org.update(lead, Email="lovelace@example.com")
    emea("sync emea --wait")

    new = emea("prospects show emea lovelace@example.com --json")
    assert (new["crm"]["lead_id"], new["sync"]["reason"]) == (lead, None)
    if ampsea:
        with pytest.raises(Refused, match="has no prospect"):
            emea(SHOW)
        return
    old = emea(SHOW)
    assert (old["crm"]["state"], old["crm"]["lead_id"]) == ("none", None)
    assert (old["sync"]["eligible"], old["sync"]["reason"]) == (False, "email_moved")
    emea("prospects set emea ada@example.com job_title=Countess")
    emea("sync emea --wait")
    assert emea(SHOW)["sync"]["reason"] == "email_moved"

    # It is assigned to Ann, so Sync with CRM creates a lead of its own for it.
    emea("sync emea --prospect ada@example.com --wait")
    old = emea(SHOW)
    assert (old["crm"]["state"], old["sync"]["reason"]) == ("linked", None)
    assert old["crm"]["lead_id"] != lead
