"""The list of prospects and the search box."""

import csv
import io

import pytest

from syncapp.models import BusinessUnit, Conflict, SyncError
from tests.screens.conftest import T0, add_prospect, linked, make_unit

pytestmark = pytest.mark.django_db
LIST = "/u/emea/prospects/"


def emails(answer) -> set[str]:
    """Who is on the page."""
    html = answer.content.decode()
    names = ("ada", "bob", "cat", "dan", "eve")
    return {name for name in names if f">{name}@example.com</a>" in html}


@pytest.fixture
def people(emea: BusinessUnit):
    """Five prospects that differ in everything one can filter by."""
    ann = emea.users.create(email="ann@example.com")
    times = {"created_at": T0, "updated_at": T0}
    ada = add_prospect(
        emea,
        "ada@example.com",
        link=linked(1),
        first_name="Ada",
        last_name="Lovelace",
        company="Analytical Engines",
        assigned_user=ann,
    )
    bob = add_prospect(emea, "bob@example.com", first_name="Bob", last_name="Adams", opted_out=True)
    cat = add_prospect(
        emea, "cat@example.com", link={"state": "crm_deleted"}, hard_bounced=True, last_name="Doe"
    )
    add_prospect(
        emea, "dan@example.com", link={"state": "do_not_sync"}, do_not_email=True, soft_bounces=4
    )
    add_prospect(emea, "eve@example.com", archived=True)
    Conflict.objects.create(unit=emea, prospect=ada, kind="both_changed", field="city", **times)
    Conflict.objects.create(
        unit=emea, prospect=cat, kind="both_changed", field="city", state="resolved", **times
    )
    SyncError.objects.create(unit=emea, prospect=bob, code="X", message="", **times)
    return emea


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"ada", "bob", "cat", "dan"}),
        ("status=mailable", {"ada"}),
        ("status=transactional_only", {"bob", "dan"}),
        ("status=undeliverable", {"cat"}),
        ("status=recycle_bin", {"eve"}),
        ("crm=linked", {"ada"}),
        ("crm=none", {"bob"}),
        ("crm=do_not_sync", {"dan"}),
        ("crm=crm_deleted", {"cat"}),
        ("crm=not_visible", set()),
        ("assigned=yes", {"ada"}),
        ("assigned=no", {"bob", "cat", "dan"}),
        ("opted_out=yes", {"bob"}),
        ("opted_out=no", {"ada", "cat", "dan"}),
        ("do_not_email=yes", {"dan"}),
        ("bounced=yes", {"cat"}),
        ("bounced=no", {"ada", "bob", "dan"}),
        ("problem=any", {"ada", "bob"}),
        ("problem=conflict", {"ada"}),
        ("problem=both_changed", {"ada"}),
        ("problem=held_by_guard", set()),
        ("problem=error", {"bob"}),
        ("q=AD", {"ada", "bob"}),
        ("q=ada%40exa", {"ada"}),
        ("q=lovelace", {"ada"}),
        ("q=Ada+Love", {"ada"}),
        ("q=Lovelace+A", {"ada"}),
        ("q=Analytical+E", {"ada"}),
        ("q=ovelace", set()),
        ("q=%25", set()),
        ("opted_out=yes&assigned=no&crm=none", {"bob"}),
        ("opted_out=yes&assigned=yes", set()),
    ],
)
def test_each_filter_finds_exactly_its_prospects(admin, people, query, found) -> None:
    assert emails(admin.get(f"{LIST}?{query}")) == found


def test_a_legacy_unit_is_filtered_by_its_own_statuses(reader) -> None:
    unit = make_unit("emea", mailability_model="legacy")
    add_prospect(unit, "ada@example.com", opted_out=True)
    add_prospect(unit, "bob@example.com")
    browser = reader("support", unit)
    page = browser.get(f"{LIST}?status=unmailable")
    assert emails(page) == {"ada"}
    assert b"Transactional Only" not in page.content


def test_rows_carry_badges_and_lead_to_the_prospect(admin, people) -> None:
    html = admin.get(LIST).content.decode()
    for word in ("Mailable", "Undeliverable", "Transactional Only", "Linked", "Deleted from CRM"):
        assert f"<span>{word}</span>" in html
    assert "ann@example.com" in html
    assert 'href="/u/emea/prospects/' in html


def test_prospects_of_other_units_are_never_listed(admin, people) -> None:
    add_prospect(make_unit("apac"), "eve@example.com")
    assert emails(admin.get(LIST)) == {"ada", "bob", "cat", "dan"}
    assert emails(admin.get(f"{LIST}?q=eve")) == set()


def test_the_file_has_the_chosen_columns_of_the_filtered_rows(admin, people) -> None:
    columns = "email,name,mailability,crm,crm_id,assigned_user,opted_out,number"
    answer = admin.get(f"{LIST}?export=csv&assigned=yes&columns={columns}")
    header, *rows = csv.reader(io.StringIO(b"".join(answer.streaming_content).decode()))
    assert header[:4] == ["Email", "Name", "Mailability", "Opted Out"]
    lead = linked(1)["lead_id"]
    start = ["ada@example.com", "Ada Lovelace", "mailable", "False", "linked"]
    assert [row[:7] for row in rows] == [[*start, lead, "ann@example.com"]]


def test_a_longer_list_asks_the_database_no_more_often(
    admin, emea, django_assert_max_num_queries
) -> None:
    ann = emea.users.create(email="ann@example.com")
    for number in range(55):
        add_prospect(emea, f"p{number:02}@example.com", link=linked(number), assigned_user=ann)
    with django_assert_max_num_queries(7):
        html = admin.get(LIST).content.decode()
    assert html.count("<tr>") == 51
    assert html.count("ann@example.com") == 50


def test_pages_follow_each_other_in_the_order_of_the_emails(admin, emea) -> None:
    for number in range(55):
        add_prospect(emea, f"P{number:02}@example.com")
    first = admin.get(f"{LIST}?sort=email").content.decode()
    assert "P00@example.com" in first
    assert "P54@example.com" not in first
    onward = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = admin.get(LIST + onward).content.decode()
    assert "P54@example.com" in second
    assert "P49@example.com" not in second


def test_an_empty_unit_says_where_prospects_come_from(admin, emea) -> None:
    html = admin.get(LIST).content.decode()
    assert "No prospects yet" in html
    assert "Look at the connector" in html
    assert "Nothing matches these filters" in admin.get(f"{LIST}?q=x").content.decode()


@pytest.mark.parametrize(
    "text",
    [
        "ada@example.com",
        " ADA@Example.com ",
        "Ada Lovelace",
        "ada  lovelace",
        linked(1)["lead_id"],
        linked(1)["lead_id"][:15],
        "{pk}",
    ],
)
def test_the_search_box_goes_straight_to_the_one_that_is_meant(admin, people, text) -> None:
    ada = people.prospects.get(email="ada@example.com")
    answer = admin.get("/u/emea/search/", {"q": text.format(pk=ada.pk)})
    assert answer.url == f"/u/emea/prospects/{ada.pk}/"


def test_the_search_box_finds_who_is_in_the_recycle_bin_when_nobody_else_has_the_address(
    admin, people
) -> None:
    eve = people.prospects.get(email="eve@example.com")
    assert admin.get("/u/emea/search/?q=eve@example.com").url == f"{LIST}{eve.pk}/"
    now = add_prospect(people, "eve@example.com")
    assert admin.get("/u/emea/search/?q=eve@example.com").url == f"{LIST}{now.pk}/"


@pytest.mark.parametrize(
    "text", ["ad", "nobody@example.com", "999999999", "00Q000000000009", "9" * 30]
)
def test_what_is_not_one_prospect_leads_to_the_list(admin, people, text) -> None:
    answer = admin.get("/u/emea/search/", {"q": text})
    assert answer.url == f"{LIST}?q={text.replace('@', '%40')}"


def test_two_prospects_with_one_address_are_listed(admin, reader) -> None:
    unit = make_unit("apac", allow_multiple_prospects_per_email=True)
    for _ in range(2):
        add_prospect(unit, "ada@example.com", email_shared=True)
    found = reader("support", unit).get("/u/apac/search/?q=ada@example.com")
    assert found.url == "/u/apac/prospects/?q=ada%40example.com"


def test_an_empty_search_is_the_list(admin, emea) -> None:
    assert admin.get("/u/emea/search/?q=").url == LIST
