"""Account Settings and Users: facts, switches, the mapping of users by email and by hand."""

import pytest
from django.contrib.auth import get_user_model

from syncapp.models import AuditEntry, BusinessUnit, Membership, SalesforceUser, UnitUser
from tests.screens.conftest import add_prospect, make_unit
from tests.screens.matrix import filled
from tests.screens.test_prospect_page import text_of

pytestmark = pytest.mark.django_db
ACCOUNT, USERS = "/u/emea/settings/account/", "/u/emea/settings/users/"


def send(browser, url, **values):
    return browser.post(url, filled(browser, url, values), follow=True)


def theirs(unit, name: str, *, active: bool = True, email: str = "") -> SalesforceUser:
    return SalesforceUser.objects.create(
        connector=unit.connector,
        user_id=f"005{name}",
        username=f"{name}@org.example",
        email=email or f"{name}@example.com",
        name=name.title(),
        is_active=active,
    )


def test_the_account_tells_what_is_fixed(reader, django_assert_max_num_queries) -> None:
    unit = make_unit("old", kind=1, state="verified", mailability_model="legacy")
    BusinessUnit.objects.update(legacy_sync_behavior=True)
    browser = reader("administrator", unit)
    with django_assert_max_num_queries(7):
        shown = text_of(browser.get("/u/old/settings/account/"))
    for words in ("v1", "Before the upgrade", "suppression on either side always wins", "/u/old/"):
        assert words in shown
    assert "Legacy sync behavior Yes" in shown


def test_the_switches_are_saved_and_audited_and_not_over_a_newer_save(admin, emea) -> None:
    old = filled(admin, ACCOUNT, {"name": "Mine"})
    done = send(admin, ACCOUNT, name="Europe", four_eyes="on", why="Audit asks for it")
    assert "Saved: Name, Four eyes." in text_of(done)
    unit = BusinessUnit.objects.get()
    assert (unit.name, unit.four_eyes, unit.version) == ("Europe", True, 1)
    entry = AuditEntry.objects.get(action="business_unit.changed")
    assert (entry.before, entry.after) == (
        {"name": "EMEA", "four_eyes": False},
        {"name": "Europe", "four_eyes": True},
    )
    assert (entry.actor, entry.why) == ("administrator-emea", "Audit asks for it")
    late = admin.post(ACCOUNT, old)
    assert late.status_code == 409
    assert "Name: it is Europe now, you entered Mine." in text_of(late)


def test_four_eyes_are_not_switched_off_alone(reader, admin, emea) -> None:
    BusinessUnit.objects.update(four_eyes=True)
    assert "needs the approval" not in text_of(admin.get(ACCOUNT))
    user = get_user_model().objects.create_user("beth")
    Membership.objects.create(unit=emea, user=user, role="administrator")
    assert "switching four eyes off" in text_of(admin.get(ACCOUNT))
    assert "Say why" in text_of(send(admin, ACCOUNT, four_eyes=""))
    done = send(admin, ACCOUNT, four_eyes="", why="It slows us")
    assert "Proposed as change" in text_of(done)
    assert "Account Settings Four eyes" in text_of(done)
    assert "Saved: Name." in text_of(send(admin, ACCOUNT, name="Europe"))
    assert BusinessUnit.objects.get().four_eyes
    assert "needs the approval" not in text_of(reader("marketing", emea).get(ACCOUNT))


def test_marketing_reads_account_and_users(reader, emea) -> None:
    user = UnitUser.objects.create(unit=emea, email="ann@example.com")
    marketing = reader("marketing", emea)
    for url in (ACCOUNT, f"{USERS}{user.pk}/"):
        assert ">Save<" not in marketing.get(url).content.decode()
        assert marketing.post(url, {"name": "Mine"}).status_code == 403
    assert "Add a user" not in text_of(marketing.get(USERS))


def test_the_list_tells_state_mapping_and_how_many_prospects_it_concerns(
    admin, emea, django_assert_max_num_queries
) -> None:
    theirs(emea, "ann")
    theirs(emea, "ben", active=False)
    theirs(emea, "cleo", email="other@example.com")
    for name, mapped in (("ann", "ann"), ("ben", "ben"), ("cleo", "cleo"), ("dan", "dan")):
        UnitUser.objects.create(
            unit=emea, email=f"{name}@example.com", salesforce_username=f"{mapped}@org.example"
        )
    eve = UnitUser.objects.create(unit=emea, email="eve@example.com")
    for number in range(2):
        add_prospect(emea, f"p{number}@example.com", assigned_user=eve)
    with django_assert_max_num_queries(6):
        table = admin.get(USERS).context["table"]
    rows = {row.record.email.partition("@")[0]: row.record for row in table.rows}
    assert {name: (row.state, row.how, row.prospects) for name, row in rows.items()} == {
        "ann": ("mapped", "email", 0),
        "ben": ("inactive", "email", 0),
        "cleo": ("mapped", "hand", 0),
        "dan": ("unknown", "hand", 0),
        "eve": ("unmapped", "", 2),
    }
    only = admin.get(f"{USERS}?state=unmapped").context["table"]
    assert [row.record.email for row in only.rows] == ["eve@example.com"]
    csv = b"".join(admin.get(f"{USERS}?export=csv").streaming_content).decode()
    assert "eve@example.com" in csv


def test_a_unit_without_users_says_what_to_do(admin, emea) -> None:
    assert "Add the people that prospects are assigned to." in text_of(admin.get(USERS))


def test_a_user_is_mapped_by_hand_and_back_to_automatic(admin, emea) -> None:
    theirs(emea, "ann")
    theirs(emea, "boss")
    row = UnitUser.objects.create(
        unit=emea, email="ann@example.com", salesforce_username="ann@org.example"
    )
    url = f"{USERS}{row.pk}/"
    done = send(admin, url, salesforce_username="boss@org.example", why="Sells for her")
    assert "Saved: Salesforce user." in text_of(done)
    row.refresh_from_db()
    assert (row.salesforce_username, row.version) == ("boss@org.example", 1)
    entry = AuditEntry.objects.get(action="user.changed")
    assert (entry.target, entry.why) == ("ann@example.com", "Sells for her")
    send(admin, url, salesforce_username="")
    row.refresh_from_db()
    assert row.salesforce_username == "ann@org.example"


def test_one_salesforce_user_is_one_user_here(admin, emea) -> None:
    theirs(emea, "boss")
    UnitUser.objects.create(
        unit=emea, email="ann@example.com", salesforce_username="boss@org.example"
    )
    row = UnitUser.objects.create(unit=emea, email="ben@example.com")
    refused = send(admin, f"{USERS}{row.pk}/", salesforce_username="boss@org.example")
    assert refused.status_code == 409
    assert "is mapped twice: to ann@example.com and ben@example.com" in text_of(refused)


def test_a_new_user_is_mapped_by_email(admin, emea) -> None:
    theirs(emea, "ann")
    theirs(emea, "old", active=False)
    done = send(admin, f"{USERS}new/", email="Ann@example.com", name="Ann")
    assert "Ann@example.com is a user now." in text_of(done)
    send(admin, f"{USERS}new/", email="old@example.com")
    mapped = dict(UnitUser.objects.values_list("email", "salesforce_username"))
    assert mapped == {"Ann@example.com": "ann@org.example", "old@example.com": None}
    again = send(admin, f"{USERS}new/", email="ann@EXAMPLE.com")
    assert "is a user of EMEA already." in text_of(again)


def test_a_user_of_another_unit_is_not_found(admin, emea) -> None:
    row = UnitUser.objects.create(unit=make_unit("apac"), email="ann@example.com")
    assert admin.get(f"{USERS}{row.pk}/").status_code == 404
