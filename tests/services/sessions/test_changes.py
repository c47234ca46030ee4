"""Proposals at the command line (F28): the approval is bound to the effect that was previewed."""

import pytest
from django.contrib.auth import get_user_model

from syncapp.models import AuditEntry, BusinessUnit, Membership
from tests.services.sessions.conftest import Console, Refused
from tests.services.world import Org

pytestmark = pytest.mark.django_db(transaction=True)

CITY = """
    business_unit: {slug: emea}
    fields: {city: {behavior: account_engagement}}
"""


@pytest.fixture
def office(emea: Console) -> Console:
    """Mary of marketing and two administrators, and a prospect that both sides know otherwise."""
    unit = BusinessUnit.objects.get()
    for name, role in (("mary", "marketing"), ("adam", "administrator"), ("eve", "administrator")):
        user = get_user_model().objects.create_user(name)
        Membership.objects.create(unit=unit, user=user, role=role)
    emea.org.lead("ada@example.com", City="Oslo")
    emea("sync emea --wait")
    emea.file("city.yaml", CITY)
    return emea


def propose(office: Console, by: str = "mary") -> int:
    told = office(f"changes propose emea city.yaml --as {by} --json")
    assert told["state"] == "proposed"
    return int(told["id"])


def behavior(office: Console) -> str:
    return str(office("config export emea --json")["fields"]["city"]["behavior"])


def test_marketing_proposes_an_administrator_approves_and_it_is_applied(office: Console) -> None:
    change = propose(office)
    assert behavior(office) == "salesforce"
    (listed,) = office("changes list emea --json")
    assert listed["differences"] == [
        {"path": "fields.city.behavior", "before": "salesforce", "after": "account_engagement"}
    ]
    told = office(f"changes approve {change} --as adam --json")
    assert (told["state"], told["decided_by"]) == ("applied", "adam")
    assert behavior(office) == "account_engagement"


def test_an_applied_proposal_can_be_undone(office: Console) -> None:
    run = office(f"changes approve {propose(office)} --as adam --json")["run"]
    office(f"undo {run}")
    assert behavior(office) == "salesforce"


def test_settings_that_changed_since_are_not_undone(office: Console) -> None:
    run = office(f"changes approve {propose(office)} --as adam --json")["run"]
    office.file("more.yaml", "business_unit: {slug: emea, name: Europe}")
    office("config apply more.yaml --yes")
    with pytest.raises(Refused, match="were changed after run"):
        office(f"undo {run}")
    assert behavior(office) == "account_engagement"


def test_nobody_approves_their_own_proposal(office: Console) -> None:
    change = propose(office, by="adam")
    with pytest.raises(Refused, match="may not approve it"):
        office(f"changes approve {change} --as adam")
    with pytest.raises(Refused, match="may not"):
        office(f"changes approve {change} --as mary")
    assert behavior(office) == "salesforce"


def test_a_single_administrator_may_where_the_unit_allows_it(office: Console) -> None:
    change = propose(office, by="adam")
    Membership.objects.filter(user__username="eve").delete()
    with pytest.raises(Refused, match="may not approve it"):
        office(f"changes approve {change} --as adam")
    BusinessUnit.objects.update(allow_self_approval_when_alone=True)
    with pytest.raises(Refused, match="settings were changed since"):
        office(f"changes approve {change} --as adam")  # the switch is a setting, too
    assert office(f"changes approve {change} --as adam --json")["state"] == "applied"


def test_an_approval_lapses_when_it_would_concern_others(office: Console, org: Org) -> None:
    change = propose(office)
    office("prospects set emea ada@example.com city=Espoo")
    with pytest.raises(Refused, match="others than in the preview"):
        office(f"changes approve {change} --as adam")
    (listed,) = office("changes list emea --json")
    assert listed["state"] == "lapsed"
    assert behavior(office) == "salesforce"
    assert office(f"changes approve {change} --as adam --json")["state"] == "applied"


def test_an_approval_lapses_when_somebody_new_would_become_mailable(
    office: Console, org: Org
) -> None:
    office.file("optin.yaml", "business_unit: {slug: emea}\n"
                "fields: {opted_out: {behavior: salesforce}}\n")  # fmt: skip
    change = int(office("changes propose emea optin.yaml --as mary --json")["id"])
    office("mailability event emea ada@example.com unsubscribe")
    (lead,) = org.leads("ada@example.com")
    office("sync emea --wait")
    org.update(lead["Id"], HasOptedOutOfEmail=False)
    with pytest.raises(Refused, match="somebody new would become mailable"):
        office(f"changes approve {change} --as adam")


def test_an_approval_releases_exactly_its_red_list(office: Console, org: Org) -> None:
    office("mailability event emea ada@example.com unsubscribe")
    office("sync emea --wait")
    (lead,) = org.leads("ada@example.com")
    org.update(lead["Id"], HasOptedOutOfEmail=False)
    office.file("optin.yaml", "business_unit: {slug: emea}\n"
                "connector: {guards: {hold_remailable: true}}\n"
                "fields: {opted_out: {behavior: salesforce}}\n")  # fmt: skip
    proposed = office("changes propose emea optin.yaml --as mary --json")
    change, seen = int(proposed["id"]), proposed["preview"]
    assert proposed["red_list"] == 1
    with pytest.raises(Refused, match="previewed anew"):
        office(f"changes approve {change} --as adam --seen {seen - 1}")
    told = office(f"changes approve {change} --as adam --seen {seen}")
    assert "become mailable again because of it: 1" in told
    approval = AuditEntry.objects.get(action="change.approved").after
    assert (approval["red_list"], approval["by_the_proposer"]) == (1, False)
    bob = org.lead("bob@example.com", HasOptedOutOfEmail=True)
    office("sync emea --full --wait")
    assert office("prospects show emea ada@example.com --json")["values"]["opted_out"] is False
    org.update(bob, HasOptedOutOfEmail=False)
    office("sync emea --wait")
    assert office("prospects show emea bob@example.com --json")["values"]["opted_out"] is True


def test_a_proposal_is_rejected_with_a_reason_or_withdrawn(office: Console) -> None:
    change = propose(office)
    with pytest.raises(Refused, match="Say why"):
        office(f"changes reject {change} --as adam")
    told = office(f"changes reject {change} --as adam --reason 'Not now' --json")
    assert (told["state"], told["reason"]) == ("rejected", "Not now")
    with pytest.raises(Refused, match="rejected"):
        office(f"changes approve {change} --as eve")
    again = propose(office)
    assert office(f"changes reject {again} --as mary --json")["state"] == "withdrawn"


def test_a_proposal_that_changes_nothing_or_is_wrong_is_refused_at_once(office: Console) -> None:
    office.file("same.yaml", "business_unit: {slug: emea, name: EMEA}")
    with pytest.raises(Refused, match="as the file says already"):
        office("changes propose emea same.yaml --as mary")
    office.file(
        "wrong.yaml",
        "business_unit: {slug: emea}\nfields: {opted_out: {behavior: most_recent_record}}\n",
    )
    with pytest.raises(Refused):
        office("changes propose emea wrong.yaml --as mary")
    assert office("changes list emea --json") == []
