"""The suggested clean-ups in the browser: a review, whom it lists, one decision about them."""

import csv
import io
import re
from collections.abc import Callable

import pytest
from django.test import Client

from syncapp import wiring
from syncapp.models import BusinessUnit, Prospect, SyncRun
from syncapp.services import cleanup
from tests.screens.conftest import add_prospect, add_review, add_run, add_upgrade, linked

URL = "/u/emea/mailability/upgrade/"


@pytest.fixture
def upgraded(emea: BusinessUnit) -> BusinessUnit:
    """An upgraded unit with its report."""
    add_upgrade(emea, state="done", before={"unmailable": 3}, after={"undeliverable": 3})
    return emea


def people(unit: BusinessUnit) -> tuple[Prospect, Prospect, Prospect]:
    """Opted out, bounced, and opted out with a record that Do Not Email syncs with."""
    return (
        add_prospect(unit, "out@example.com", opted_out=True, do_not_email=True),
        add_prospect(unit, "bounced@example.com", hard_bounced=True, do_not_email=True),
        add_prospect(
            unit, "synced@example.com", opted_out=True, do_not_email=True, link=linked(1)
        ),
    )  # fmt: skip


def text(browser: Client, url: str = URL) -> str:
    return " ".join(browser.get(url).content.decode().split())


def test_the_report_makes_a_review_and_leads_to_it(admin: Client, upgraded: BusinessUnit) -> None:
    assert "Review the suggested updates" not in text(admin)  # nobody is concerned
    people(upgraded)
    assert "Review the suggested updates" in text(admin)
    answer = admin.post(URL + "cleanup/")
    run = SyncRun.objects.get(kind="cleanup")
    assert (run.state, run.options["groups"]) == ("queued", ["bounced", "opted_out"])
    assert answer.url == f"{URL}cleanup/{run.pk}/"
    assert "A worker makes the list" in text(admin, answer.url)
    assert "Clear Do Not Email</button>" not in text(admin, answer.url)
    assert f"{URL}cleanup/{run.pk}/" in text(admin)


def test_the_list_says_what_changes_for_each_who_is_spared_and_why(
    admin: Client, upgraded: BusinessUnit
) -> None:
    out, bounced, synced = people(upgraded)
    review = add_review(upgraded, out, bounced, spared=[synced])
    url = f"{URL}cleanup/{review.pk}/"
    page = text(admin, url)
    assert "Nobody's status changes" in page
    assert "No tick in Salesforce is taken away. 1 person is spared for that" in page
    rows = {
        row["Prospect"]: list(row.values())[1:]
        for row in csv.DictReader(
            io.StringIO(admin.get(url + "?export=csv").getvalue().decode("utf-8-sig"))
        )
    }
    assert rows["out@example.com"] == [
        "Opted out", "transactional_only", "Yes", "No", "Do Not Email is cleared.",
    ]  # fmt: skip
    assert rows["bounced@example.com"][:2] == ["Bounced", "undeliverable"]
    assert rows["synced@example.com"][2:] == [
        "Yes", "Yes", "Stays: clearing it would take the tick away in Salesforce too.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=b", {"bounced"}),
        ("?group=opted_out", {"out", "synced"}),
        ("?group=bounced", {"bounced"}),
        ("?outcome=goes", {"out", "bounced"}),
        ("?outcome=stays", {"synced"}),
    ],
)
def test_each_filter_finds_exactly_its_people(
    admin: Client, upgraded: BusinessUnit, query: str, found: set[str]
) -> None:
    out, bounced, synced = people(upgraded)
    review = add_review(upgraded, out, bounced, spared=[synced])
    page = text(admin, f"{URL}cleanup/{review.pk}/{query}")
    assert {one for one in ("out", "bounced", "synced") if f">{one}@example.com<" in page} == found


@pytest.mark.parametrize(
    ("query", "cleared"),
    [("", {"out", "bounced"}), ("?pick={out}", {"out"}), ("?group=bounced", {"bounced"})],
)
def test_all_or_the_picked_are_cleared_and_never_who_is_spared(
    admin: Client, upgraded: BusinessUnit, query: str, cleared: set[str]
) -> None:
    out, bounced, synced = people(upgraded)
    review = add_review(upgraded, out, bounced, spared=[synced])
    picks = {one.prospect: one.pk for one in review.undo_items.all()}
    url = f"{URL}cleanup/{review.pk}/apply/" + query.format(out=picks[out])
    count = "1 person" if len(cleared) == 1 else "2 people"
    assert f"Do Not Email is cleared for {count}" in text(admin, url)
    answer = admin.post(url)
    run = SyncRun.objects.get(kind="cleanup", options__of=review.pk)
    assert answer.url == f"/u/emea/runs/{run.pk}/"
    cleanup.work_run(run.pk, clock=wiring.clock(), gateways=wiring.gateway)
    left = Prospect.objects.filter(do_not_email=False).values_list("email", flat=True)
    assert set(left) == {f"{one}@example.com" for one in cleared}
    told = text(admin, f"{URL}cleanup/{review.pk}/")
    assert "This review was applied." in told
    assert f"cleared Do Not Email for {len(cleared)} and left 0" in told
    assert "Clear Do Not Email</button>" not in told
    assert "Preview an undo" in text(admin, answer.url)
    assert admin.post(url).status_code == 409


def test_who_is_spared_cannot_be_picked(admin: Client, upgraded: BusinessUnit) -> None:
    out, _, synced = people(upgraded)
    review = add_review(upgraded, out, spared=[synced])
    pick = review.undo_items.get(prospect=synced).pk
    ticks = re.findall(r'name="pick" value="(\d+)"', text(admin, f"{URL}cleanup/{review.pk}/"))
    assert ticks == [str(review.undo_items.get(reason="").pk)]
    answer = admin.post(f"{URL}cleanup/{review.pk}/apply/?pick={pick}")
    assert answer.status_code == 409
    assert "Nobody of those" in answer.content.decode()


def test_a_part_that_is_too_large_is_refused_in_words(
    admin: Client, upgraded: BusinessUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleanup, "MOST_PICKED", 1)
    review = add_review(upgraded, *people(upgraded))
    answer = admin.post(f"{URL}cleanup/{review.pk}/apply/?group=opted_out")
    assert answer.status_code == 409
    assert "1 people at most" in answer.content.decode()


def test_other_runs_and_other_units_are_no_reviews(
    reader: Callable[..., Client], admin: Client, upgraded: BusinessUnit
) -> None:
    assert admin.get(f"{URL}cleanup/{add_run(upgraded).pk}/").status_code == 404
    review = add_review(upgraded)
    assert "Nobody is concerned" in text(admin, f"{URL}cleanup/{review.pk}/")
    for tail in ("", "progress/", "apply/"):
        browser = reader("marketing", upgraded, name=f"mia{len(tail)}")
        assert browser.get(f"{URL}cleanup/{review.pk}/{tail}").status_code == 403


def test_a_longer_review_asks_the_database_no_more_often(
    admin: Client, upgraded: BusinessUnit, django_assert_max_num_queries
) -> None:
    many = [
        add_prospect(upgraded, f"p{n}@example.com", opted_out=True, do_not_email=True)
        for n in range(60)
    ]
    review = add_review(upgraded, *many)
    with django_assert_max_num_queries(14):
        admin.get(f"{URL}cleanup/{review.pk}/")
