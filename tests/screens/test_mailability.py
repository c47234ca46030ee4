"""The mailability board: counts that lead to their prospects, and what changed of late."""

from datetime import timedelta

import pytest
from django.utils import timezone

from syncapp.core.mailability import Event
from syncapp.models import MailabilityCount
from syncapp.services import mailability
from tests.screens.conftest import add_prospect, add_run, change, make_unit, tell

pytestmark = pytest.mark.django_db
PAGE = "/u/emea/mailability/"


def test_an_empty_unit_says_where_prospects_come_from(admin) -> None:
    html = admin.get(PAGE).content.decode()
    assert "No prospects yet." in html
    assert "it is drawn from the second count on" in html
    assert "Neither a sync nor a person changed" in html
    assert "No email provider reported anything" in html


def test_each_status_and_each_of_its_reasons_leads_to_as_many_prospects(admin, emea) -> None:
    add_prospect(emea, "ada@example.com")
    add_prospect(emea, "bob@example.com", opted_out=True)
    add_prospect(emea, "cat@example.com", opted_out=True, do_not_email=True)
    add_prospect(emea, "dan@example.com", hard_bounced=True, opted_out=True)
    add_prospect(emea, "eve@example.com", archived=True, soft_bounces=5)
    html = admin.get(PAGE).content.decode()
    wanted = {
        "status=mailable": 1,
        "status=transactional_only": 2,
        "status=transactional_only&view=opted_out": 2,
        "status=transactional_only&view=do_not_email": 1,
        "status=undeliverable&view=hard_bounced": 1,
        "status=undeliverable&view=opted_out": 1,
        "status=recycle_bin&view=soft_bounced": 1,
    }
    for query, count in wanted.items():
        url = f"/u/emea/prospects/?{query}"
        assert f'href="{url.replace("&", "&amp;")}"' in html
        found = admin.get(url).content.decode()
        assert f"{count} result{'' if count == 1 else 's'}<" in found, query


def test_the_prospect_views_of_account_engagement_find_their_prospects(admin, emea) -> None:
    add_prospect(emea, "ada@example.com")
    add_prospect(emea, "bob@example.com", opted_out=True, complained=True)
    add_prospect(emea, "cat@example.com", do_not_email=True)
    add_prospect(emea, "dan@example.com", soft_bounces=5)
    add_prospect(emea, "eve@example.com", hard_bounced=True)
    add_prospect(emea, "fay@example.com", held_opt_out=True)
    add_prospect(emea, "gus@example.com", opted_out=True, archived=True)
    wanted = {
        "unmailable": "bob cat dan eve fay",
        "undeliverable": "dan eve",
        "opted_out": "bob",
        "do_not_email": "cat",
        "complained": "bob",
        "hard_bounced": "eve",
        "soft_bounced": "dan",
        "held_opt_out": "fay",
    }
    html = admin.get(PAGE).content.decode()
    for view, names in wanted.items():
        url = f"/u/emea/prospects/?view={view}"
        assert f'href="{url}"' in html
        file = b"".join(admin.get(f"{url}&export=csv&columns=email").streaming_content).decode()
        found = sorted(line.partition("@")[0] for line in file.split() if "@" in line)
        assert " ".join(found) == names, view


def test_permission_that_changed_today_is_told_with_rule_and_run_and_nothing_else_is(
    admin, emea
) -> None:
    ada, bob = add_prospect(emea, "ada@example.com"), add_prospect(emea, "bob@example.com")
    run = add_run(emea)
    now = timezone.now()
    out = change("opted_out", old=False, new=True, rule="most_recent_field")
    there = change("do_not_email", old=False, new=True, rule="salesforce", side="sf")
    tell(bob, out, now=now - timedelta(hours=30))
    tell(ada, change("city", "Oslo", "Turku", "salesforce"), out, there, run=run, now=now)
    tell(bob, change("city", "Oslo", "Turku", "salesforce"), run=run, now=now)
    html = admin.get(PAGE).content.decode()
    assert html.count('data-label="Prospect"') == 1
    assert "ada@example.com" in html
    assert "bob@example.com" not in html
    assert f'href="/u/emea/runs/{run.pk}/">Run {run.pk}' in html
    page = admin.get(f"{PAGE}changes/").content.decode()
    assert "Opted Out" in page
    assert "Turku" not in page
    file = b"".join(admin.get(f"{PAGE}changes/?export=csv").streaming_content).decode()
    assert len(file.strip().splitlines()) == 2


def test_a_bounce_is_told_with_who_reported_it(admin, emea) -> None:
    add_prospect(emea, "ada@example.com")
    mailability.event(
        unit=emea,
        email="ada@example.com",
        event=Event.HARD_BOUNCE,
        actor="console",
        now=timezone.now(),
    )
    html = admin.get(PAGE).content.decode()
    assert "Hard bounce recorded" in html
    assert '<td data-label="Address">ada@example.com</td>' in html


def test_a_unit_before_the_upgrade_has_the_banner_here_too(reader) -> None:
    unit = make_unit("emea", mailability_model="legacy", legacy_sync_behavior=True)
    html = reader("support", unit).get(PAGE).content.decode()
    assert "The mailability upgrade is not done yet." in html
    assert "your business unit has legacy sync behavior" in html


def test_the_board_draws_the_trend_and_costs_the_same_however_much_there_is(
    admin, emea, django_assert_max_num_queries
) -> None:
    now = timezone.now()
    for number in range(40):
        ada = add_prospect(emea, f"p{number}@example.com", opted_out=True)
        tell(ada, change("opted_out", old=False, new=True, rule="salesforce"), now=now)
    for days in (3, 2, 1):
        at = now - timedelta(days=days)
        counts = {"mailable": {"all": 100 + days}}
        MailabilityCount.objects.create(unit=emea, at=at, model="upgraded", counts=counts)
    with django_assert_max_num_queries(18):
        html = admin.get(PAGE).content.decode()
    assert "Mailable prospects, day by day: 103, 102, 101" in html
    assert "Look at the others" in html
    assert html.count('data-label="Prospect"') == 8
