"""A list screen: filters, sort, pages, columns, CSV, partials, the empty state."""

import csv
import io
import itertools
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from dashboard.ui import paging
from dashboard.ui.export import safe_cell
from dashboard.ui.navigation import Entry, _current
from syncapp.models import BusinessUnit, Prospect, ProspectLink
from tests.screens import kit_site

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.screens.kit_site")]
URL = "/u/emea/prospects/"
T0 = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture
def unit():
    return BusinessUnit.objects.create(slug="emea", name="EMEA")


@pytest.fixture
def browser(client, django_user_model):
    client.force_login(django_user_model.objects.create_superuser("ada"))
    return client


def add(unit, count, **fields):
    return [
        Prospect.objects.create(
            unit=unit,
            email=f"p{i:03}@example.com",
            record_changed_at=T0 + timedelta(seconds=i),
            created_at=T0,
            updated_at=T0,
            **fields,
        )
        for i in range(count)
    ]


def link(prospects, state="linked"):
    for one in prospects:
        ProspectLink.objects.create(prospect=one, unit=one.unit, state=state)


def walk(queryset, size, start="after"):
    """All pages in one direction, as lists of ids."""
    params, pages = QueryDict(mutable=True), []
    for _ in range(50):
        page = paging.keyset_page(queryset, params, size)
        pages.append([row.pk for row in page.rows])
        onward = page.next if start == "after" else page.previous
        if onward is None:
            return pages, page
        params = QueryDict(mutable=True)
        params.update(onward)
    raise AssertionError("the pages never end")


@pytest.mark.parametrize(
    "order", ["last_name", "-last_name", "score", "-score", "-pk", "id", "-link__synced_at"]
)
def test_keyset_pages_hold_every_row_once_in_order_through_ties_and_blanks(unit, order):
    everybody = add(unit, 23)
    for one, name in zip(
        everybody, itertools.cycle(["Abe", None, "Bea", "Abe", None]), strict=False
    ):
        Prospect.objects.filter(pk=one.pk).update(last_name=name, score=one.pk % 3 or None)
    link(everybody)
    ProspectLink.objects.filter(prospect__in=everybody[:9]).update(synced_at=T0)
    queryset = Prospect.objects.select_related("link").order_by(order)
    column, falling = order.removeprefix("-"), order.startswith("-")
    expected = list(queryset.order_by(*paging._by(column, falling)).values_list("pk", flat=True))
    pages, last = walk(queryset, 5)
    assert [pk for page in pages for pk in page] == expected
    params = QueryDict(mutable=True)
    params.update(last.previous)
    back = paging.keyset_page(queryset, params, 5)
    assert [row.pk for row in back.rows] == pages[-2]
    assert back.next is not None


def test_walking_back_ends_on_the_first_page_without_a_way_further_back(unit):
    add(unit, 12)
    pages, last = walk(Prospect.objects.order_by("-pk"), 5)
    params = QueryDict(mutable=True)
    params.update(last.previous)
    middle = paging.keyset_page(Prospect.objects.order_by("-pk"), params, 5)
    params = QueryDict(mutable=True)
    params.update(middle.previous)
    first = paging.keyset_page(Prospect.objects.order_by("-pk"), params, 5)
    assert [row.pk for row in first.rows] == pages[0]
    assert (first.previous, first.first) == (None, None)


@pytest.mark.parametrize("cursor", ["nonsense", "e30", "%%%", "WyJzY29yZSIsMSwxXQ"])
def test_a_cursor_that_is_broken_or_of_another_order_is_the_first_page(unit, cursor):
    newest = add(unit, 3)[-1]
    page = paging.keyset_page(Prospect.objects.order_by("-pk"), QueryDict(f"after={cursor}"), 2)
    assert page.rows[0] == newest


def test_counting_stops_where_it_would_get_slow(unit, monkeypatch):
    monkeypatch.setattr(paging, "COUNT_LIMIT", 5)
    add(unit, 7)
    page = paging.keyset_page(Prospect.objects.all(), QueryDict(), 2)
    assert page.count_words == "5+ results"


def test_a_longer_page_asks_the_database_no_more_often(browser, unit):
    link(add(unit, 30))
    browser.get(URL)
    with CaptureQueriesContext(
        connection,
    ) as few:
        browser.get(URL, {"size": 5})
    with CaptureQueriesContext(connection) as many:
        browser.get(URL, {"size": 30})
    assert len(few) == len(many)


def test_sort_headers_are_links_with_aria_sort_and_start_at_the_first_page(browser, unit):
    add(unit, 3)
    html = browser.get(URL, {"sort": "-score", "q": "p0", "after": "x"}).content.decode()
    assert 'aria-sort="descending"' in html
    assert '<a href="?sort=score&amp;q=p0"' in html
    assert html.count("aria-sort") == 1


def test_filters_narrow_the_list_and_are_chips_that_can_be_taken_away(browser, unit):
    add(unit, 3)
    Prospect.objects.filter(email="p001@example.com").update(opted_out=True)
    html = browser.get(
        URL, {"q": "p0", "opted_out": "True", "sort": "email", "before": "x"}
    ).content.decode()
    assert "1 result<" in html
    assert "p001@example.com" in html
    assert "p002@example.com" not in html
    assert "Opted Out: Opted out" in html
    assert 'href="?q=p0&amp;sort=email"' in html


def test_columns_are_chosen_in_the_url_and_defaults_hold_without(browser, unit):
    add(unit, 1, last_name="Lovelace")
    assert "Lovelace" not in browser.get(URL).content.decode()
    html = browser.get(f"{URL}?columns=email,last_name").content.decode()
    assert "Lovelace" in html
    assert 'scope="col"' in html
    assert html.count('scope="col"') == 2
    assert "Lovelace" not in browser.get(f"{URL}?columns=no_such_column").content.decode()


def test_the_csv_file_has_the_shown_columns_of_all_rows_and_runs_no_formula(browser, unit):
    link(add(unit, 60, last_name="=HYPERLINK(1)", score=1200), state="crm_deleted")
    answer = browser.get(
        f"{URL}?export=csv&columns=email,last_name,crm,score,changed&sort=email&size=5"
    )
    assert answer["Content-Disposition"] == 'attachment; filename="prospects.csv"'
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert rows[0] == ["Email", "Last name", "CRM", "Score", "Changed"]
    assert len(rows) == 61
    assert rows[1] == ["p000@example.com", "'=HYPERLINK(1)", "crm_deleted", "1200", T0.isoformat()]


@pytest.mark.parametrize("cell", ["=1+1", "+358401", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_that_a_spreadsheet_would_run_is_made_text(cell):
    assert safe_cell(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", [-5, 1.5, True, "plain", "a=b"])
def test_other_cells_stay_as_they_are(cell):
    assert safe_cell(cell) == cell


def test_htmx_gets_the_list_alone_and_others_the_page(browser, unit):
    add(unit, 2)
    partial = browser.get(URL, headers={"HX-Request": "true"})
    assert b"<html" not in partial.content
    assert b'id="announcer" hx-swap-oob="innerHTML">2 results<' in partial.content
    assert "HX-Request" in partial["Vary"]
    boosted = {"HX-Request": "true", "HX-Boosted": "true"}
    restored = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    for headers in ({}, boosted, restored):
        page = browser.get(URL, headers=headers).content.decode()
        assert page.count('id="announcer"') == 1
        assert "<html" in page


def test_an_empty_list_says_what_to_do_and_an_empty_search_how_to_widen_it(browser, unit):
    empty = browser.get(URL).content.decode()
    assert "No prospects yet" in empty
    assert 'href="/import/"' in empty
    nothing = browser.get(URL, {"q": "nobody"}).content.decode()
    assert "Nothing matches these filters" in nothing
    assert "Clear all filters" in nothing


def test_numbered_pages_name_the_current_one_and_forgive_a_number_too_high(browser, unit):
    add(unit, 12)
    html = browser.get(URL, {"numbered": "1", "size": 5, "page": 99}).content.decode()
    assert "12 results" in html
    assert 'aria-current="page" href="?numbered=1&amp;size=5&amp;page=3"' in html
    assert 'rel="prev"' in html
    assert 'rel="next"' not in html


def test_a_question_names_its_consequences_and_acts_only_on_a_valid_post(browser, unit):
    asked = browser.get("/u/emea/pause/").content.decode()
    assert "No prospect syncs until you resume." in asked
    assert "data-close" in asked
    assert b"This field is required" in browser.post("/u/emea/pause/").content
    done = browser.post("/u/emea/pause/", {"sure": "on"}, follow=True)
    assert done.redirect_chain == [(URL, 302)]
    assert b"Paused." in done.content


def test_a_refusal_is_shown_on_the_question_itself(browser, unit):
    refused = browser.post("/u/emea/pause/?refuse=1", {"sure": "on"})
    assert refused.status_code == 409
    assert b"The connector is not verified; verify it first." in refused.content


def test_the_menu_shows_what_exists_and_marks_one_entry(browser, unit):
    BusinessUnit.objects.create(slug="apac", name="Asia Pacific")
    html = browser.get(URL).content.decode()
    assert 'href="/u/emea/prospects/" aria-current="page"' in html
    assert html.count('aria-current="page"') == 1
    assert "Audit trail" not in html
    assert '<a class="menu-item" href="/u/apac/prospects/">' in html


def test_the_current_entry_is_the_one_with_the_longest_url():
    runs, queues = Entry("Runs", "refresh", "a"), Entry("Queues", "stack-2", "b")
    entries = [(runs, "/u/emea/runs/"), (queues, "/u/emea/runs/queues/")]
    assert _current("/u/emea/runs/queues/7/", entries) is queues
    assert _current("/u/emea/runs/7/", entries) is runs
    assert _current("/u/emea/", entries) is None


def test_the_poll_of_a_finished_run_is_told_to_stop(browser, unit):
    kit_site.polled.clear()
    assert browser.get("/u/emea/progress/").status_code == 200
    last = browser.get("/u/emea/progress/")
    assert last.status_code == 286
    assert b"hx-trigger" not in last.content
