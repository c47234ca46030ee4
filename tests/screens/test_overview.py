"""The Overview: what needs a person, how the sync goes, who may be mailed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from syncapp.models import Conflict, Connector, ProspectField, SyncError
from tests.screens.conftest import T0, add_prospect, add_run, make_unit

pytestmark = pytest.mark.django_db
PAGE = "/u/emea/"


def test_a_new_unit_says_that_nothing_needs_anybody_and_what_comes_next(reader) -> None:
    unit = make_unit("emea", state="paused")
    Connector.objects.update(last_cycle_at=None, api_used=None, api_allowed=None)
    html = reader("administrator", unit).get(PAGE).content.decode()
    assert "Nothing: no open conflicts, no sync errors, no field on hold." in html
    assert "No prospects yet." in html
    assert "No run yet. The first one starts when the connector is going." in html
    assert "The connector is paused:" in html
    assert "Sync now" not in html


def test_what_needs_somebody_is_counted_by_kind_and_leads_to_the_rows(admin, emea) -> None:
    times = {"created_at": T0, "updated_at": T0}
    for number in range(3):
        who = add_prospect(emea, f"p{number}@example.com")
        Conflict.objects.create(unit=emea, prospect=who, kind="both_changed", **times)
        state = "open" if number else "resolved"
        SyncError.objects.create(
            unit=emea, prospect=who, code="STRING_TOO_LONG", message="", state=state, **times
        )
    ProspectField.objects.filter(unit=emea, key="city").update(hold_reason="hidden:Lead:City")
    html = admin.get(PAGE).content.decode()
    assert '<strong class="num">3</strong>' in html
    assert '<strong class="num">2</strong>' in html
    assert "On hold" in html
    for noun in ("sync errors", "field"):
        assert f'<span class="text-secondary">{noun}</span>' in html
    rows = admin.get("/u/emea/prospects/?problem=both_changed").content.decode()
    assert 'href="/u/emea/prospects/?problem=both_changed"' in html
    assert "3 results" in rows
    assert "2 results" in admin.get("/u/emea/prospects/?problem=error").content.decode()


def test_the_share_of_each_status_leads_to_its_prospects(admin, emea) -> None:
    add_prospect(emea, "ada@example.com")
    add_prospect(emea, "bob@example.com", opted_out=True)
    add_prospect(emea, "cat@example.com", hard_bounced=True)
    add_prospect(emea, "dan@example.com", archived=True)
    html = admin.get(PAGE).content.decode()
    assert '<span class="stat-value num">4</span> prospects' in html
    for status in ("mailable", "transactional_only", "undeliverable", "recycle_bin"):
        link = f"/u/emea/prospects/?status={status}"
        assert f'href="{link}"' in html
        assert "1 result<" in admin.get(link).content.decode()


def test_a_failed_connection_is_a_bar_that_names_the_cause(admin, emea) -> None:
    Connector.objects.update(warning="The login was refused: invalid_client.")
    html = admin.get(PAGE).content.decode()
    assert "The login was refused: invalid_client." in html
    assert html.index("invalid_client") < html.index("What needs you")


def test_the_lag_is_told_against_the_interval(admin, emea) -> None:
    Connector.objects.update(last_cycle_at=timezone.now() - timedelta(seconds=95))
    html = admin.get(PAGE).content.decode()
    assert "On time" in html
    assert "1 min 35 s since the last sync; it syncs every 2 min." in html
    Connector.objects.update(last_cycle_at=timezone.now() - timedelta(hours=3))
    assert b"Falling behind" in admin.get(PAGE).content


def test_an_unverified_connector_says_that_nothing_syncs(reader) -> None:
    unit = make_unit("emea", kind=1, state="unverified")
    html = reader("support", unit).get(PAGE).content.decode()
    assert "nothing syncs, not even by hand" in html


def test_the_last_runs_are_listed_and_drawn(admin, emea) -> None:
    for number in range(10):
        add_run(emea, counts={"seen": number, "applied": 0})
    html = admin.get(PAGE).content.decode()
    assert html.count('data-label="Run"') == 8
    assert "run by run: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9" in html


def test_the_page_costs_the_same_however_much_there_is(
    admin, emea, django_assert_max_num_queries
) -> None:
    for number in range(40):
        add_prospect(emea, f"p{number}@example.com", opted_out=number % 2 == 0)
        add_run(emea)
    with django_assert_max_num_queries(10):
        admin.get(PAGE)
