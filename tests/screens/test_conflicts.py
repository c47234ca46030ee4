"""The list of conflicts, one of them, and resolving it."""

import csv
import io
import re

import pytest

from syncapp.models import AuditEntry, Conflict
from tests.screens.conftest import (
    T0,
    add_conflict,
    add_error,
    add_held,
    add_prospect,
    add_run,
    knows_its_org,
    linked,
    make_unit,
)

pytestmark = pytest.mark.django_db
LIST = "/u/emea/conflicts/"
LEAD = linked(9)["lead_id"]


@pytest.fixture
def five(emea) -> dict[str, Conflict]:
    """An open conflict of each kind, each of a prospect of its own, and a resolved one."""
    names = ("ada", "bob", "cat", "dan", "eve", "fay")
    ada, bob, cat, dan, eve, fay = (
        add_prospect(emea, f"{name}@example.com", link=linked(number), city="Turku")
        for number, name in enumerate(names, 1)
    )
    knows_its_org(emea)
    add_conflict(fay, state="resolved", resolution="sf", resolved_by="ann", resolved_at=T0)
    return {
        "ada": add_conflict(ada),
        "bob": add_held(bob),
        "cat": add_conflict(cat, "duplicate_records", field="email", decided="", others=[LEAD]),
        "dan": add_conflict(
            dan,
            "email_in_use",
            field="email",
            decided="",
            rule="",
            ae_value="dan@example.com",
            sf_value="eve@example.com",
        ),
        "eve": add_conflict(
            eve, "unstorable_value", ae_value="x" * 300, sf_value="Oslo", decided="ae"
        ),
    }


def listed(answer) -> set[str]:
    """Whose conflicts are on the page."""
    html = answer.content.decode()
    return {
        n for n in ("ada", "bob", "cat", "dan", "eve", "fay") if f">{n}@example.com</a>" in html
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"ada", "bob", "cat", "dan", "eve"}),
        ("state=resolved", {"fay"}),
        ("state=all", {"ada", "bob", "cat", "dan", "eve", "fay"}),
        ("kind=both_changed", {"ada"}),
        ("kind=held_by_guard", {"bob"}),
        ("kind=duplicate_records", {"cat"}),
        ("kind=email_in_use", {"dan"}),
        ("kind=unstorable_value", {"eve"}),
        ("field=opted_out", {"bob"}),
        ("field=city&state=all", {"ada", "eve", "fay"}),
        ("q=AD", {"ada"}),
        ("q=example", set()),
        ("q=ada&kind=held_by_guard", set()),
    ],
)
def test_each_filter_finds_exactly_its_conflicts(admin, five, query, found) -> None:
    assert listed(admin.get(f"{LIST}?{query}")) == found


def test_conflicts_of_other_units_are_never_listed(admin, five) -> None:
    add_conflict(add_prospect(make_unit("apac"), "fay@example.com"))
    assert "fay" not in listed(admin.get(LIST))


def test_the_file_has_the_filtered_rows_with_their_codes(admin, five) -> None:
    answer = admin.get(
        f"{LIST}?export=csv&kind=both_changed&columns=kind,prospect,decided,ae_value"
    )
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert rows == [
        ["Kind", "Prospect", "Account Engagement", "Decided"],
        ["both_changed", "ada@example.com", "Espoo", "sf"],
    ]


def test_an_empty_list_says_what_would_be_here(admin, emea) -> None:
    html = admin.get(LIST).content.decode()
    assert "No open conflicts" in html
    assert "Look at the last syncs" in html
    assert "Nothing matches these filters" in admin.get(f"{LIST}?state=all").content.decode()


def test_pages_follow_each_other_and_a_longer_list_asks_no_more_often(
    admin, emea, django_assert_max_num_queries
) -> None:
    for number in range(55):
        add_conflict(add_prospect(emea, f"p{number:02}@example.com"))
    with django_assert_max_num_queries(9):
        first = admin.get(f"{LIST}?sort=found").content.decode()
    assert ("p00@" in first, "p54@" in first) == (True, False)
    onward = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = admin.get(LIST + onward).content.decode()
    assert ("p54@" in second, "p49@" in second) == (True, False)


def test_the_menu_counts_what_waits_behind_it(admin, five) -> None:
    html = admin.get("/u/emea/settings/connectors/").content.decode()
    assert re.search(r'Conflicts</span><span class="side-count num">5<', html)
    assert not re.search(r'Sync errors</span><span class="side-count', html)


def test_one_conflict_tells_both_values_the_agreement_the_decision_and_the_reason(
    admin, five, emea, django_assert_max_num_queries
) -> None:
    run = add_run(emea)
    Conflict.objects.update(run_id=run.pk, sf_at=T0)
    with django_assert_max_num_queries(8):
        html = admin.get(f"{LIST}{five['ada'].pk}/").content.decode()
    for words in (
        "City of ada@example.com",
        "Espoo",
        "Turku",
        "both sides had agreed on <strong>Oslo</strong>",
        "Salesforce&#x27;s value won and goes to both sides.",
        "Use Salesforce&#x27;s value: the two sides differed.",
        f"run {run.pk}",
    ):
        assert words in html
    won = html.partition('versus-won" aria-label="')[2]
    assert won.startswith("Salesforce")


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("bob", ("Release the change", "Refuse the change", "The guard stopped it")),
        ("cat", ("Keep the link", "Link to another record", f"Lead {LEAD}")),
        ("dan", ("Re-link the record", 'belongs to <a href="/u/emea/prospects/')),
        ("eve", ("Use Salesforce&#x27;s value", "Enter another value", "cannot store it")),
    ],
)
def test_each_kind_offers_what_can_be_decided(admin, five, who, words) -> None:
    html = admin.get(f"{LIST}{five[who].pk}/").content.decode()
    assert [word for word in words if word not in html] == []


def test_support_reads_and_marketing_leaves_held_changes_to_administrators(
    reader, five, emea
) -> None:
    support, marketing = reader("support", emea), reader("marketing", emea)
    url = f"{LIST}{five['bob'].pk}/"
    assert b"your role reads them" in support.get(url).content
    assert b"/resolve/" not in support.get(url).content
    html = marketing.get(url).content.decode()
    assert html.count("An administrator may decide this.") == 2
    assert "/resolve/" not in html
    assert marketing.get(url + "resolve/sf/").status_code == 403
    assert b"releasing held changes" in marketing.get(url + "resolve/sf/").content


def test_an_unstorable_value_is_not_offered_until_it_is_edited(admin, five) -> None:
    eve = five["eve"]
    add_error(eve.prospect)
    eve.prospect.city = eve.ae_value
    eve.prospect.save()
    url = f"{LIST}{eve.pk}/"
    html = admin.get(url).content.decode()
    assert "City: data value too large" in html
    assert "Salesforce cannot store City as it is. Edit it here first." in html
    assert f"{url}resolve/ae/" not in html
    eve.prospect.city = "Espoo"
    eve.prospect.save()
    html = admin.get(url).content.decode()
    assert f"{url}resolve/ae/" in html
    assert "Both sides get Espoo as City." in html


def ask(browser, url: str) -> dict[str, str]:
    """The hidden values of a question."""
    html = browser.get(url).content.decode()
    return {"seen": re.search(r'name="seen" value="(\w+)"', html)[1]}


def test_marketing_uses_a_sides_value_and_the_reason_is_kept(reader, five, emea) -> None:
    browser, url = reader("marketing", emea), f"{LIST}{five['ada'].pk}/resolve/ae/"
    question = browser.get(url).content.decode()
    assert "Both sides get Espoo as City." in question
    answer = browser.post(url, {**ask(browser, url), "why": "She moved"}, follow=True)
    assert "is resolved" in answer.content.decode()
    assert "Account Engagement&#x27;s value was used." in answer.content.decode()
    ada = five["ada"].prospect
    ada.refresh_from_db()
    assert ada.city == "Espoo"
    assert AuditEntry.objects.get(action="conflict.resolved").why == "She moved"


def test_releasing_needs_the_tick(admin, five) -> None:
    bob = five["bob"]
    bob.prospect.opted_out = True
    bob.prospect.save()
    url = f"{LIST}{bob.pk}/resolve/sf/"
    seen = ask(admin, url)
    assert "becomes mailable again" in admin.get(url).content.decode()
    assert b"This field is required" in admin.post(url, seen).content
    bob.prospect.refresh_from_db()
    assert bob.prospect.opted_out is True
    admin.post(url, {**seen, "sure": "on"})
    bob.prospect.refresh_from_db()
    assert bob.prospect.opted_out is False
    assert b"The change was released" in admin.get(f"{LIST}{bob.pk}/").content


def test_a_third_value_is_entered_in_the_fields_own_input(admin, five, emea) -> None:
    emea.fields.filter(key="city").update(type="dropdown", values=["Espoo", "Turku", "Vantaa"])
    url = f"{LIST}{five['ada'].pk}/edit/"
    assert "<select" in admin.get(url).content.decode()
    answer = admin.post(url, {**ask(admin, url), "value": "Vantaa"}, follow=True)
    assert "Another value was entered." in answer.content.decode()
    five["ada"].prospect.refresh_from_db()
    assert five["ada"].prospect.city == "Vantaa"


def test_a_record_is_chosen_among_those_that_match(admin, five) -> None:
    url = f"{LIST}{five['cat'].pk}/resolve/sf/"
    assert f"Lead {LEAD}" in admin.get(url).content.decode()
    admin.post(url, {**ask(admin, url), "record": LEAD})
    five["cat"].prospect.link.refresh_from_db()
    assert five["cat"].prospect.link.lead_id == LEAD


def test_what_a_sync_changed_meanwhile_is_said_and_not_decided(admin, five) -> None:
    url = f"{LIST}{five['ada'].pk}/resolve/sf/"
    seen = ask(admin, url)
    Conflict.objects.filter(pk=five["ada"].pk).update(sf_value="Tampere")
    answer = admin.post(url, seen)
    assert answer.status_code == 409
    assert b"A sync has found other values since you opened this." in answer.content
    assert Conflict.objects.get(pk=five["ada"].pk).state == "open"


def test_a_conflict_that_somebody_else_resolved_says_so(admin, five) -> None:
    url = f"{LIST}{five['ada'].pk}/resolve/sf/"
    seen = ask(admin, url)
    Conflict.objects.filter(pk=five["ada"].pk).update(state="resolved", resolution="ae")
    answer = admin.post(url, seen)
    assert answer.status_code == 409
    assert b"was resolved already" in answer.content


def test_choices_that_a_conflict_does_not_have_are_not_found(admin, five) -> None:
    for path in (f"{five['ada'].pk}/resolve/both/", f"{five['bob'].pk}/edit/", "999999/"):
        assert admin.get(LIST + path).status_code == 404


def test_the_prospects_own_tab_leads_to_the_single_conflict(admin, five) -> None:
    conflict = five["ada"]
    html = admin.get(f"/u/emea/prospects/{conflict.prospect_id}/problems/").content.decode()
    assert f'href="{LIST}{conflict.pk}/"' in html
    assert "Use Salesforce&#x27;s value: the two sides differed." in html


@pytest.fixture
def many(emea) -> list[Conflict]:
    """Three held opt-ins and one held Do Not Email."""
    knows_its_org(emea)
    found = []
    for number, field in enumerate(("opted_out", "opted_out", "opted_out", "do_not_email")):
        who = add_prospect(emea, f"p{number}@example.com", link=linked(number), **{field: True})
        found.append(add_held(who, field))
    return found


HELD = f"{LIST}?kind=held_by_guard"


def waiting() -> int:
    return Conflict.objects.filter(state="open").count()


def decide(browser, url: str, **data: str):
    """Ask, then answer with the question's own hidden values."""
    html = browser.get(url).content.decode()
    hidden = dict(re.findall(r'name="(seen|upto)" value="(\w+)"', html))
    return html, browser.post(url, {**hidden, **data})


def test_held_changes_are_released_together_after_a_question_with_counts(admin, many) -> None:
    assert b'name="pick"' in admin.get(HELD).content
    assert b'name="pick"' not in admin.get(LIST).content
    html, answer = decide(admin, f"{LIST}decide/release/?kind=held_by_guard", sure="on")
    assert "Opted Out is cleared on both sides of 3 prospects." in html
    assert "Do Not Email is cleared on both sides of 1 prospect." in html
    assert "4 people become mailable again" in html
    assert (answer.status_code, waiting()) == (302, 0)


def test_ticks_and_filters_limit_what_is_decided(admin, many) -> None:
    decide(admin, f"{LIST}decide/refuse/?pick={many[0].pk}&pick=x")
    assert waiting() == 3
    decide(admin, f"{LIST}decide/release/?field=do_not_email", sure="on")
    assert waiting() == 2


def test_releasing_many_needs_the_tick_too(admin, many) -> None:
    _, answer = decide(admin, f"{LIST}decide/release/")
    assert (answer.status_code, waiting()) == (200, 4)


def test_what_is_held_after_the_question_is_not_decided(admin, many, emea) -> None:
    url = f"{LIST}decide/refuse/"
    html = admin.get(url).content.decode()
    hidden = dict(re.findall(r'name="(seen|upto)" value="(\w+)"', html))
    add_held(add_prospect(emea, "late@example.com", link=linked(9), opted_out=True))
    admin.post(url, hidden)
    assert waiting() == 1


def test_marketing_refuses_held_do_not_email_and_nothing_else(reader, many, emea) -> None:
    browser = reader("marketing", emea)
    assert b'id="bulk"' not in browser.get(HELD).content
    assert browser.get(f"{LIST}decide/refuse/").status_code == 403
    only = f"{LIST}decide/refuse/?field=do_not_email"
    assert b"decide/refuse" in browser.get(f"{HELD}&field=do_not_email").content
    assert b"decide/release" not in browser.get(f"{HELD}&field=do_not_email").content
    decide(browser, only)
    assert waiting() == 3
