"""Does it sync? Rows 1 to 3 of product.md §3: what people decided on the marketing side.

1  connector paused / unverified  no; a manual sync passes when paused, never when unverified
2  in the recycle bin             no
3  Do not sync with CRM           no; CRM IDs are kept
"""

import pytest

from tests.services.sessions.conftest import Console, Refused
from tests.services.world import Org

pytestmark = pytest.mark.django_db(transaction=True)

# Account Engagement's own export headers; User is the assigned user's email.
PEOPLE = """
    Email,First Name,Last Name,Company,User
    ada@example.com,Ada,Byron,Analytical Engines,ann@example.com
"""
SHOW = "prospects show emea ada@example.com --json"


def test_row_1_a_paused_connector_syncs_nobody_but_who_is_synced_by_hand(
    emea: Console, org: Org
) -> None:
    emea.file("pause.yaml", "{business_unit: {slug: emea}, connector: {state: paused}}")
    emea.file("people.csv", PEOPLE)
    emea("config apply pause.yaml --yes")
    emea("prospects import emea people.csv")

    with pytest.raises(Refused, match="connector is paused"):
        emea("sync emea --wait")
    told = emea(SHOW)
    assert told["sync"]["eligible"] is False
    assert told["sync"]["reason"] == "connector_paused"
    assert org.leads("ada@example.com") == []

    # Sync with CRM, the manual sync of one prospect, passes.
    run = emea("sync emea --prospect ada@example.com --wait --json")
    assert (run["state"], run["counts"]["created_records"]) == ("complete", 1)
    told = emea(SHOW)
    assert told["crm"]["state"] == "linked"
    assert told["sync"]["reason"] == "connector_paused"  # of the next scheduled sync


def test_row_1_an_unverified_connector_syncs_nobody_not_even_by_hand(
    console: Console, org: Org
) -> None:
    console.file(
        "emea.yaml",
        """
        business_unit: {slug: emea, name: EMEA}
        connector:
          version: 1
          state: unverified
          login: {method: client_credentials, url: "$ORG", client_id: syncline,
            client_secret_env: SYNCLINE_SF_SECRET}
        users: [{email: ann@example.com, salesforce_username: ann@example.com}]
        """,
    )
    console.file("people.csv", PEOPLE)
    console("config apply emea.yaml --yes")
    console("prospects import emea people.csv")

    for line in ("sync emea --wait", "sync emea --prospect ada@example.com --wait"):
        with pytest.raises(Refused, match="not verified"):
            console(line)
    assert console(SHOW)["sync"]["reason"] == "connector_unverified"
    assert org.leads("ada@example.com") == []

    console.file("verify.yaml", "{business_unit: {slug: emea}, connector: {state: verified}}")
    console("config apply verify.yaml --yes")
    console("sync emea --wait")
    assert console(SHOW)["crm"]["state"] == "linked"


def test_row_2_a_prospect_in_the_recycle_bin_does_not_sync(emea: Console, org: Org) -> None:
    emea.file("people.csv", PEOPLE)
    emea("prospects import emea people.csv")
    emea("sync emea --wait")

    emea("prospects set emea ada@example.com job_title=Countess archived=true")
    emea("sync emea --wait")
    told = emea(SHOW)
    assert told["state"] == "recycle_bin"
    assert (told["sync"]["eligible"], told["sync"]["reason"]) == (False, "in_recycle_bin")
    assert org.get(told["crm"]["lead_id"])["Title"] is None
    with pytest.raises(Refused, match="does not sync"):
        emea("sync emea --prospect ada@example.com --wait")

    # Taken out again, it goes on with the record that it had.
    emea("prospects set emea ada@example.com archived=false")
    emea("sync emea --wait")
    again = emea(SHOW)
    assert (again["crm"], again["sync"]["reason"]) == (told["crm"], None)
    assert org.get(told["crm"]["lead_id"])["Title"] == "Countess"


def test_row_3_do_not_sync_with_crm_keeps_the_crm_id(emea: Console, org: Org) -> None:
    emea.file("people.csv", PEOPLE)
    emea("prospects import emea people.csv")
    emea("sync emea --wait")
    lead = emea(SHOW)["crm"]["lead_id"]

    emea("prospects set emea ada@example.com do_not_sync=true")
    org.update(lead, Title="Countess")
    emea("sync emea --wait")
    told = emea(SHOW)
    assert (told["crm"]["state"], told["crm"]["lead_id"]) == ("do_not_sync", lead)
    assert (told["sync"]["eligible"], told["sync"]["reason"]) == (False, "do_not_sync")
    assert told["values"]["job_title"] is None
    with pytest.raises(Refused, match="does not sync"):
        emea("sync emea --prospect ada@example.com --wait")

    emea("prospects set emea ada@example.com do_not_sync=false")
    emea("sync emea --wait")
    told = emea(SHOW)
    assert (told["crm"]["state"], told["values"]["job_title"]) == ("linked", "Countess")


def test_the_first_row_that_applies_is_the_answer_and_all_are_listed(emea: Console) -> None:
    emea.file("people.csv", PEOPLE)
    emea.file("pause.yaml", "{business_unit: {slug: emea}, connector: {state: paused}}")
    emea("prospects import emea people.csv")
    emea("prospects set emea ada@example.com do_not_sync=true archived=true")
    emea("config apply pause.yaml --yes")

    told = emea(SHOW)["sync"]
    assert told["reason"] == "connector_paused"
    assert [(check["code"], check["ok"]) for check in told["checks"]] == [
        ("connector_unverified", True),
        ("connector_paused", False),
        ("in_recycle_bin", False),
        ("do_not_sync", False),
        ("crm_deleted", True),
        ("not_visible", True),
        ("not_shared", True),
        ("email_moved", True),
        ("no_email", True),
        ("no_record_and_unassigned", True),
    ]
