"""The Overview: what needs a person, how the sync goes, who may be mailed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from syncapp.models import Conflict, Connector, MailabilityCount, ProspectField, SyncError
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
    for link, rows in (("conflicts/?kind=both_changed", 3), ("errors/?state=open", 2)):
        assert f'href="/u/emea/{link}"' in html
        assert f"{rows} results" in admin.get(f"/u/emea/{link}").content.decode()


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
    with django_assert_max_num_queries(16):
        admin.get(PAGE)


def test_a_held_consent_field_is_red_and_says_why(admin, emea) -> None:
    ProspectField.objects.filter(unit=emea, key="city").update(hold_reason="hidden Lead.City")
    assert b"City is on hold." not in admin.get(PAGE).content
    held = "hidden Lead.HasOptedOutOfEmail"
    ProspectField.objects.filter(unit=emea, key="opted_out").update(hold_reason=held)
    html = admin.get(PAGE).content.decode()
    assert "Opted Out is on hold." in html
    assert "does not see the field" in html
    assert html.index("Opted Out is on hold.") < html.index("What needs you")


@pytest.mark.parametrize(
    ("settings", "legacy", "banner"),
    [
        ({}, False, False),
        ({"mailability_model": "legacy"}, False, True),
        ({"mailability_model": "legacy", "legacy_sync_behavior": True}, True, True),
    ],
)
def test_units_before_the_upgrade_have_a_banner(reader, settings, legacy, banner) -> None:
    html = reader("support", make_unit("emea", **settings)).get(PAGE).content.decode()
    assert ("The mailability upgrade is not done yet." in html) is banner
    assert ("your business unit has legacy sync behavior" in html) is legacy


def test_the_trend_is_drawn_from_a_table_that_everybody_can_read(admin, emea) -> None:
    assert b"Who is mailable over time" not in admin.get(PAGE).content
    for days, mailable in ((3, 7), (2, 8), (1, 1234)):
        MailabilityCount.objects.create(
            unit=emea,
            at=timezone.now() - timedelta(days=days),
            model="upgraded",
            counts={"mailable": {"all": mailable}, "undeliverable": {"all": 5}},
        )
    html = admin.get(PAGE).content.decode()
    assert 'data-tone="green">Mailable</th>' in html
    assert ">Undeliverable</th>" in html
    assert '<td class="text-end" data-value="1234">1,234</td>' in html
    assert "Mailable prospects, day by day: 7, 8, 1,234" in html
    assert "uplot.min.js" in html


def test_the_throughput_is_what_runs_looked_at_and_changed(admin, emea) -> None:
    add_run(emea, counts={"seen": 40, "applied": 7, "failed": 1})
    assert b"Throughput" not in admin.get(PAGE).content
    add_run(emea, counts={"seen": 20, "applied": 2, "failed": 0})
    add_run(emea, state="running", ended_at=None)
    html = admin.get(PAGE).content.decode()
    assert "Throughput" in html
    assert html.count('data-value="40"') == 1
    assert "Records and prospects, run by run: 40, 20" in html
