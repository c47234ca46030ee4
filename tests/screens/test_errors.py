"""Sync errors: by cause, one by one, and retrying them."""

import csv
import io
import re

import pytest

from syncapp.models import Connector, ProspectLink, SyncError
from tests.screens.conftest import T0, add_conflict, add_error, add_prospect, linked, make_unit

pytestmark = pytest.mark.django_db
LIST = "/u/emea/errors/"
PICKLIST = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


@pytest.fixture
def some(emea) -> dict[str, SyncError]:
    """Three with one cause (one in quarantine), one with another, one that is over."""
    names = ("ada", "bob", "cat", "dan", "eve")
    ada, bob, cat, dan, eve = (
        add_prospect(emea, f"{name}@example.com", link=linked(number), city="x" * 300)
        for number, name in enumerate(names, 1)
    )
    return {
        "ada": add_error(ada),
        "bob": add_error(bob, state="retrying"),
        "cat": add_error(cat, state="quarantined", failed_retries=3),
        "dan": add_error(dan, PICKLIST, field="industry", message="bad value: Rockets"),
        "eve": add_error(eve, state="resolved"),
    }


def listed(answer) -> set[str]:
    """Whose errors are in the list below the groups."""
    rows = answer.content.decode().partition('id="results"')[2]
    return {n for n in ("ada", "bob", "cat", "dan", "eve") if f">{n}@example.com</a>" in rows}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"ada", "bob", "cat", "dan"}),
        ("state=open", {"ada", "dan"}),
        ("state=retrying", {"bob"}),
        ("state=quarantined", {"cat"}),
        ("state=resolved", {"eve"}),
        ("state=all", {"ada", "bob", "cat", "dan", "eve"}),
        ("code=STRING_TOO_LONG", {"ada", "bob", "cat"}),
        (f"code={PICKLIST}", {"dan"}),
        ("field=industry", {"dan"}),
        ("q=Bo", {"bob"}),
        ("q=bo&state=open", set()),
    ],
)
def test_each_filter_finds_exactly_its_errors(admin, some, query, found) -> None:
    assert listed(admin.get(f"{LIST}?{query}")) == found


def test_errors_of_other_units_are_never_listed(admin, some) -> None:
    add_error(add_prospect(make_unit("apac"), "eve@example.com"))
    assert "eve" not in listed(admin.get(LIST))


def test_each_cause_is_told_with_its_fix_its_counts_and_its_newest_example(admin, some) -> None:
    html = admin.get(LIST).content.decode().partition('id="results"')[0]
    groups = re.findall(r'<p class="cause-count num">(\d+)</p>', html)
    assert groups == ["3", "1"]
    assert "The value is longer than the Salesforce field." in html
    assert "Shorten the value." in html
    assert "bad value: Rockets" in html
    assert html.count('class="badge-status badge-violet"') == 1
    first = html.partition("cause-count")[2]
    assert f"{LIST}{some['cat'].pk}/" in first.partition("Newest")[2]


def test_the_file_has_the_filtered_rows_with_their_codes(admin, some) -> None:
    answer = admin.get(f"{LIST}?export=csv&state=open&columns=prospect,cause,field,attempts")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert rows == [
        ["Prospect", "Field", "Cause", "Attempts"],
        ["dan@example.com", "Industry", PICKLIST, "1"],
        ["ada@example.com", "City", "STRING_TOO_LONG", "1"],
    ]


def test_an_empty_list_says_what_would_be_here(admin, emea) -> None:
    html = admin.get(LIST).content.decode()
    assert "No sync errors" in html
    assert "Look at the last syncs" in html
    assert "Retry all" not in html


def test_a_longer_list_asks_the_database_no_more_often(
    admin, emea, django_assert_max_num_queries
) -> None:
    for number in range(55):
        add_error(add_prospect(emea, f"p{number:02}@example.com"), f"CODE_{number % 7}")
    with django_assert_max_num_queries(12):
        html = admin.get(LIST).content.decode()
    assert html.count('name="pick"') == 50


def test_one_error_tells_what_happened_what_to_do_and_the_value_of_now(
    admin, some, django_assert_max_num_queries
) -> None:
    conflict = add_conflict(some["ada"].prospect, "unstorable_value")
    with django_assert_max_num_queries(8):
        html = admin.get(f"{LIST}{some['ada'].pk}/").content.decode()
    for words in (
        "City of ada@example.com",
        "The value is longer than the Salesforce field.",
        "Shorten the value.",
        "City: data value too large",
        "x" * 300,
        f"/u/emea/conflicts/{conflict.pk}/",
        f"/u/emea/prospects/{some['ada'].prospect_id}/edit/#id_city",
    ):
        assert words in html


def test_quarantine_is_told_in_words(admin, some) -> None:
    html = admin.get(f"{LIST}{some['cat'].pk}/").content.decode()
    assert "It was retried 3 times in vain: as it is, it can never work." in html


def retrying() -> set[str]:
    """Whose prospects wait because of a retry."""
    waiting = ProspectLink.objects.filter(pending="retry")
    return {email.partition("@")[0] for email in waiting.values_list("prospect__email", flat=True)}


def test_one_error_is_retried_at_once(reader, some, emea) -> None:
    browser = reader("marketing", emea)
    answer = browser.post(f"{LIST}{some['cat'].pk}/retry/", follow=True)
    assert "It is tried again at the next sync." in answer.content.decode()
    assert retrying() == {"cat"}


@pytest.mark.parametrize(
    ("query", "count", "who"),
    [
        ("", "3 errors are tried again", {"ada", "bob", "dan"}),
        ("code=STRING_TOO_LONG", "2 errors are tried again", {"ada", "bob"}),
        ("state=quarantined", "1 error is tried again", {"cat"}),
        ("q=dan", "1 error is tried again", {"dan"}),
        ("pick={ada}&pick={cat}&code=STRING_TOO_LONG", "2 errors are tried again", {"ada", "cat"}),
    ],
)
def test_a_group_all_or_what_was_ticked_is_retried_after_the_question(
    admin, some, query, count, who
) -> None:
    url = f"{LIST}retry/?" + query.format(**{name: error.pk for name, error in some.items()})
    assert f"<li>{count} at the next sync" in admin.get(url).content.decode()
    answer = admin.post(url, follow=True)
    assert count in answer.content.decode()
    assert retrying() == who


def test_ticks_of_another_unit_are_left_alone(admin, some) -> None:
    stranger = add_error(add_prospect(make_unit("apac"), "eve@example.com", link=linked(8)))
    answer = admin.post(f"{LIST}retry/?pick={stranger.pk}&pick=x")
    assert answer.status_code == 409
    assert retrying() == set()


def test_a_paused_connector_is_told_of(admin, some) -> None:
    Connector.objects.update(state="paused")
    assert b"as soon as the connector goes on" in admin.get(f"{LIST}retry/").content


def test_support_reads_but_is_offered_no_retry(reader, some, emea) -> None:
    browser = reader("support", emea)
    for url in (LIST, f"{LIST}{some['ada'].pk}/"):
        html = browser.get(url).content.decode()
        assert "retry/" not in html
        assert 'name="pick"' not in html


def test_an_error_of_a_record_without_a_prospect_is_told_too(admin, emea) -> None:
    error = SyncError.objects.create(
        unit=emea,
        record_id=linked(3)["lead_id"],
        code="NEW_CODE",
        message="?",
        created_at=T0,
        updated_at=T0,
    )
    assert f"Record {error.record_id}" in admin.get(f"{LIST}{error.pk}/").content.decode()
    assert error.record_id in admin.get(LIST).content.decode()
