"""Who was mailable over time: counted by runs that changed something, and once a day."""

from datetime import UTC, datetime, timedelta

import pytest

from syncapp import schedule
from syncapp.models import BusinessUnit, MailabilityCount, Prospect
from syncapp.services import trend
from tests.services.world import World

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def unit() -> BusinessUnit:
    return BusinessUnit.objects.create(slug="emea", name="EMEA")


def add(unit: BusinessUnit, number: int, **facts: object) -> None:
    Prospect.objects.create(
        unit=unit, email=f"p{number}@example.com", created_at=NOON, updated_at=NOON, **facts
    )


def count(unit: BusinessUnit, at: datetime, mailable: int = 1, run: int | None = None) -> None:
    MailabilityCount.objects.create(
        unit=unit, at=at, run_id=run, model="upgraded", counts={"mailable": {"all": mailable}}
    )


def test_a_count_tells_statuses_and_the_reasons_of_each(unit) -> None:
    add(unit, 1)
    add(unit, 2, opted_out=True)
    add(unit, 3, opted_out=True, do_not_email=True)
    add(unit, 4, hard_bounced=True, opted_out=True)
    add(unit, 5, archived=True, soft_bounces=5)
    trend.remember(unit=unit, now=NOON)
    assert MailabilityCount.objects.get().counts == {
        "mailable": {"all": 1},
        "transactional_only": {"all": 2, "opted_out": 2, "do_not_email": 1},
        "undeliverable": {"all": 1, "hard_bounced": 1, "opted_out": 1},
        "recycle_bin": {"all": 1, "recycle_bin": 1, "soft_bounced": 1},
    }


def test_the_day_is_counted_once_for_each_unit(unit, django_assert_num_queries) -> None:
    BusinessUnit.objects.create(slug="apac", name="APAC")
    assert trend.remember_day(now=NOON) == 2
    with django_assert_num_queries(1):
        assert trend.remember_day(now=NOON + timedelta(hours=11)) == 0
    assert trend.remember_day(now=NOON + timedelta(hours=13)) == 2
    assert MailabilityCount.objects.filter(unit=unit, run_id=None).count() == 2


def test_a_run_that_found_the_numbers_unchanged_adds_no_count(unit) -> None:
    trend.remember(unit=unit, now=NOON, run_id=1)
    trend.remember(unit=unit, now=NOON + timedelta(minutes=2), run_id=2)
    assert [one.run_id for one in MailabilityCount.objects.all()] == [1]
    add(unit, 1)
    trend.remember(unit=unit, now=NOON + timedelta(minutes=4), run_id=3)
    BusinessUnit.objects.update(mailability_model="legacy")
    unit.refresh_from_db()
    trend.remember(unit=unit, now=NOON + timedelta(minutes=6), run_id=4)
    assert [one.run_id for one in MailabilityCount.objects.order_by("at")] == [1, 3, 4]


def test_counting_costs_two_queries_and_one_to_keep_it(unit, django_assert_num_queries) -> None:
    for number in range(20):
        add(unit, number, opted_out=number % 2 == 0)
    with django_assert_num_queries(3):
        trend.remember(unit=unit, now=NOON)


def test_of_days_long_ago_the_last_count_stays_and_newer_days_keep_all(unit) -> None:
    old = NOON - 40 * DAY
    for hour in (0, 3, 11):
        count(unit, old + timedelta(hours=hour), mailable=hour)
    for hour in (0, 3):
        count(unit, NOON - 10 * DAY + timedelta(hours=hour))
    assert trend.remember_day(now=NOON) == 1
    left = MailabilityCount.objects.filter(at__lt=NOON - 35 * DAY)
    assert [one.counts["mailable"]["all"] for one in left] == [11]
    assert MailabilityCount.objects.count() == 4


def test_the_trend_is_the_last_count_of_each_of_thirty_days(unit) -> None:
    for day in range(40):
        count(unit, NOON - day * DAY - timedelta(hours=1), mailable=0)
        count(unit, NOON - day * DAY, mailable=day)
    found = trend.trend(unit=unit, now=NOON)
    assert found.daily
    assert [point.statuses["mailable"] for point in found.points] == list(range(29, -1, -1))
    assert found.points[0].at == NOON - 29 * DAY


def test_in_its_first_days_the_trend_is_told_by_run(unit) -> None:
    for hours in (60, 20, 5, 2):
        count(unit, NOON - timedelta(hours=hours), mailable=hours, run=hours)
    later = NOON - timedelta(hours=1)
    assert trend.trend(unit=unit, now=later).daily
    MailabilityCount.objects.filter(run_id=20).delete()
    found = trend.trend(unit=unit, now=later)
    assert not found.daily
    assert [point.statuses["mailable"] for point in found.points] == [5, 2]


def test_other_units_do_not_count(unit) -> None:
    other = BusinessUnit.objects.create(slug="apac", name="APAC")
    for day in range(5):
        count(other, NOON - day * DAY)
    assert trend.trend(unit=unit, now=NOON).points == []


@pytest.mark.django_db(transaction=True)
def test_a_run_that_changed_something_counts_and_an_idle_one_does_not(world: World) -> None:
    world.org.lead("ada@example.com")
    world.org.lead("bob@example.com", HasOptedOutOfEmail=True)
    run = world.sync()
    world.sync()
    kept = MailabilityCount.objects.get()
    assert (kept.run_id, kept.at >= run.started_at) == (run.pk, True)
    assert kept.counts["mailable"] == {"all": 1}
    assert kept.counts["transactional_only"]["opted_out"] == 1


def test_the_scheduler_counts_the_day(unit) -> None:
    schedule.tick()
    schedule.tick()
    assert [one.unit for one in MailabilityCount.objects.all()] == [unit]
