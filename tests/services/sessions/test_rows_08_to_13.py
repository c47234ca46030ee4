"""Does it sync? Rows 8 to 13 of product.md §3: the record to sync with.

8   has a CRM ID                            yes
9   no CRM ID and no valid email            no
10  a record matches by email, assigned     yes, links
11  same, unassigned                        yes by import or Sync with CRM, else no
12  no record matches, assigned             yes, creates a lead for the assigned user
13  no record matches, unassigned           by SF's active assignment rules, but not an import
"""

import pytest

from tests.services.sessions.conftest import WITH_AND_WITHOUT_AMPSEA, Console
from tests.services.world import Org

pytestmark = pytest.mark.django_db(transaction=True)

SHOW = "prospects show emea ada@example.com --json"


def test_row_8_a_prospect_with_a_crm_id_syncs_assigned_or_not(emea: Console, org: Org) -> None:
    lead = org.lead("ada@example.com", City="Oslo")
    emea("sync emea --wait")
    told = emea(SHOW)
    assert (told["crm"]["lead_id"], told["assigned_user"]) == (lead, None)
    assert (told["sync"]["eligible"], told["sync"]["reason"]) == (True, None)

    org.update(lead, City="Turku")
    emea("prospects set emea ada@example.com job_title=Countess")
    emea("sync emea --wait")
    assert emea(SHOW)["values"]["city"] == "Turku"
    assert org.get(lead)["Title"] == "Countess"


def test_row_9_without_crm_id_and_valid_email_nothing_can_be_matched(
    emea: Console, org: Org
) -> None:
    told = emea("prospects create emea ada@example.com last_name=Byron company=AE --json")
    number = told["id"]
    emea(f"prospects set emea {number} email= assigned_user=ann@example.com")
    run = emea("sync emea --wait --json")
    assert run["counts"]["created_records"] == 0

    told = emea(f"prospects show emea {number} --json")
    assert (told["email"], told["crm"]["state"]) == (None, "none")
    assert (told["sync"]["eligible"], told["sync"]["reason"]) == (False, "no_email")


@WITH_AND_WITHOUT_AMPSEA
def test_row_10_an_assigned_prospect_links_to_the_record_with_its_email(
    emea: Console, org: Org
) -> None:
    """Contacts come before leads, whichever is older (product.md §4)."""
    emea.file("no-new-prospects.yaml", NO_NEW_PROSPECTS)
    emea("config apply no-new-prospects.yaml --yes")
    lead = org.lead("ada@example.com")
    contact = org.contact("ada@example.com", MailingCity="Turku")
    emea.file(
        "people.csv",
        """
        Email,Last Name,Job Title,User
        ADA@example.com,Doe,Countess,ann@example.com
        """,
    )
    emea("prospects import emea people.csv")
    emea("sync emea --wait")

    told = emea(SHOW)
    assert (told["crm"]["contact_id"], told["crm"]["lead_id"]) == (contact, None)
    assert (told["sync"]["eligible"], told["sync"]["reason"]) == (True, None)
    assert told["values"]["city"] == "Turku"
    assert org.get(contact)["Title"] == "Countess"
    assert [row["kind"] for row in told["conflicts"]] == ["duplicate_records"]
    assert org.get(lead)["Title"] is None


NO_NEW_PROSPECTS = """
    business_unit: {slug: emea}
    connector: {create_prospects_from_records: false}
"""


@WITH_AND_WITHOUT_AMPSEA
def test_row_11_an_unassigned_prospect_waits_although_a_record_matches(
    emea: Console, org: Org
) -> None:
    """A change in Salesforce alone does not link it; Sync with CRM does, and brings the owner."""
    emea.file("no-new-prospects.yaml", NO_NEW_PROSPECTS)
    emea("config apply no-new-prospects.yaml --yes")
    emea("prospects create emea ada@example.com last_name=Byron")
    lead = org.lead("ada@example.com", OwnerId=org.user_id("ann@example.com"))
    for _ in range(2):
        emea("sync emea --wait")
        told = emea(SHOW)
        assert (told["crm"]["state"], told["assigned_user"]) == ("none", None)
        assert (told["sync"]["eligible"], told["sync"]["reason"]) == (False, "needs_assigned_user")
        org.update(lead, City="Turku")

    emea("sync emea --prospect ada@example.com --wait")
    told = emea(SHOW)
    assert (told["crm"]["lead_id"], told["sync"]["reason"]) == (lead, None)
    assert told["assigned_user"] == "ann@example.com"


@WITH_AND_WITHOUT_AMPSEA
def test_row_11_an_import_links_an_unassigned_prospect(emea: Console, org: Org) -> None:
    """Seed 001: "When you import prospects …, the records sync"."""
    emea.file("no-new-prospects.yaml", NO_NEW_PROSPECTS)
    emea("config apply no-new-prospects.yaml --yes")
    lead = org.lead("ada@example.com", OwnerId=org.user_id("ann@example.com"))
    emea.file("people.csv", "Email,Last Name\nada@example.com,Byron\n")
    emea("prospects import emea people.csv")
    emea("sync emea --wait")

    told = emea(SHOW)
    assert (told["crm"]["lead_id"], told["assigned_user"]) == (lead, "ann@example.com")
    assert told["sync"]["reason"] is None


@WITH_AND_WITHOUT_AMPSEA
def test_row_11_the_unit_may_do_without_an_assigned_user(emea: Console, org: Org) -> None:
    """The switch "Require an assigned user for email matches" is on by default."""
    emea.file(
        "link-all.yaml",
        """
        business_unit: {slug: emea, require_assigned_user_for_email_match: false}
        connector: {create_prospects_from_records: false}
        """,
    )
    emea("config apply link-all.yaml --yes")
    lead = org.lead("ada@example.com")
    emea("prospects create emea ada@example.com last_name=Byron")
    emea("sync emea --wait")

    told = emea(SHOW)
    assert (told["crm"]["lead_id"], told["assigned_user"]) == (lead, None)


@WITH_AND_WITHOUT_AMPSEA
def test_row_11_with_ampsea_the_record_gets_a_prospect_of_its_own_meanwhile(
    emea: Console, org: Org, ampsea: bool
) -> None:
    """Without AMPSEA no second prospect is made for the address (product.md §4)."""
    made = emea("prospects create emea ada@example.com last_name=Byron --json")
    org.lead("ada@example.com")
    run = emea("sync emea --wait --json")

    assert run["counts"]["created_prospects"] == (1 if ampsea else 0)
    told = emea(f"prospects show emea {made['id']} --json")
    assert told["crm"]["state"] == "none"
    if not ampsea:
        assert told["sync"]["reason"] == "needs_assigned_user"


@WITH_AND_WITHOUT_AMPSEA
def test_row_12_an_assigned_prospect_without_record_becomes_a_lead_of_its_user(
    emea: Console, org: Org
) -> None:
    """Seeds 001 and 003; an assigned user who is nobody in Salesforce: the connector user's."""
    emea.file("users.yaml", "{business_unit: {slug: emea}, users: [{email: zoe@example.com}]}")
    emea("config apply users.yaml --yes")
    emea.file(
        "people.csv",
        """
        Email,Last Name,Company,User
        ada@example.com,Byron,Analytical Engines,ann@example.com
        bob@example.com,Roe,Acme,zoe@example.com
        """,
    )
    emea("prospects import emea people.csv")
    run = emea("sync emea --wait --json")

    assert run["counts"]["created_records"] == 2
    told = emea(SHOW)
    assert (told["crm"]["state"], told["sync"]["reason"]) == ("linked", None)
    assert told["history"][-1]["rule"] == "created"
    for email, owner in (
        ("ada@example.com", "ann@example.com"),
        ("bob@example.com", "integration@syncline.example"),
    ):
        [lead] = org.leads(email)
        assert lead["OwnerId"] == org.user_id(owner)


def test_row_12_a_switch_creates_contacts_instead(emea: Console, org: Org) -> None:
    emea.file(
        "contacts.yaml", "{business_unit: {slug: emea}, connector: {create_records_as: contact}}"
    )
    emea("config apply contacts.yaml --yes")
    emea("prospects create emea ada@example.com last_name=Byron assigned_user=ann@example.com")
    emea("sync emea --wait")

    told = emea(SHOW)
    assert told["crm"]["contact_id"].startswith("003")
    assert told["crm"]["lead_id"] is None


@WITH_AND_WITHOUT_AMPSEA
def test_row_13_an_unassigned_prospect_without_record_creates_none(emea: Console, org: Org) -> None:
    """Seed 001: "Unassigned prospects sync, but records aren't created"."""
    emea.file("people.csv", "Email,Last Name,Company\nada@example.com,Byron,Acme\n")
    emea("prospects import emea people.csv")
    run = emea("sync emea --wait --json")

    assert run["counts"]["created_records"] == 0
    told = emea(SHOW)
    assert told["crm"]["state"] == "none"
    assert (told["sync"]["eligible"], told["sync"]["reason"]) == (
        False,
        "no_record_and_unassigned",
    )
    assert org.leads("ada@example.com") == []


@WITH_AND_WITHOUT_AMPSEA
def test_row_13_active_assignment_rules_create_it_and_its_owner_is_taken_back(
    emea: Console, org: Org
) -> None:
    """Seed 003: "Unless you're using Active Assignment Rules"; an import never creates (001)."""
    emea.file("rules.yaml", "{business_unit: {slug: emea, use_active_assignment_rules: true}}")
    emea("config apply rules.yaml --yes")
    org.control("rules", {"assignment": {"Lead": "ann@example.com"}}, method="PUT")
    emea.file("people.csv", "Email,Last Name,Company\nbob@example.com,Roe,Acme\n")
    emea("prospects import emea people.csv")
    emea("prospects create emea ada@example.com last_name=Byron company=Acme")
    run = emea("sync emea --wait --json")

    assert run["counts"]["created_records"] == 1
    assert org.leads("bob@example.com") == []
    org.pass_time(2)
    emea("sync emea --wait")
    told = emea(SHOW)
    assert (told["crm"]["state"], told["assigned_user"]) == ("linked", "ann@example.com")
