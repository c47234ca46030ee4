"""Calls are counted as the org counts them, and stop before an allowance is overdrawn."""

from datetime import UTC, datetime, timedelta

import pytest

from syncapp.core.ports import BudgetExhausted, Write
from tests.gateway.stub import Reply, saved

ONE = [Write(1, "00Q000000000001AAA", {"City": "Turku"})]


def usage(used: int, allowed: int) -> dict[str, str]:
    return {"Sforce-Limit-Info": f"per-app-api-usage=1/2(appName=x), api-usage={used}/{allowed}"}


def test_the_orgs_own_count_is_read_from_every_answer(gateway, org):
    org.default = lambda seen: Reply(**vars(saved(seen)) | {"headers": usage(18, 5000)})
    gateway.update("Lead", ONE)
    assert (gateway.usage.used, gateway.usage.allowed) == (18, 5000)
    org.default = Reply(400, [], usage(19, 5000))
    gateway.update("Lead", ONE)
    assert gateway.usage.used == 19


def test_calls_are_counted_by_resource(gateway):
    gateway.update("Lead", ONE * 401)
    assert gateway.usage.calls == 3
    assert gateway.usage.by_resource == {"composite/sobjects": 3}


def test_the_daily_budget_stops_calls_before_they_are_made(connect, org):
    gateway = connect(daily_budget=3, consent_reserve_percent=0)
    for _ in range(3):
        gateway.update("Lead", ONE)
    with pytest.raises(BudgetExhausted, match="3 of 3 calls of the unit's daily API budget"):
        gateway.update("Lead", ONE)
    assert len(org.calls) == 3


def test_what_earlier_jobs_spent_counts(connect, org):
    gateway = connect(daily_budget=100, consent_reserve_percent=0, spent=99)
    gateway.update("Lead", ONE)
    with pytest.raises(BudgetExhausted):
        gateway.update("Lead", ONE)
    assert len(org.calls) == 1


def test_the_reserve_is_for_the_consent_lane_alone(connect, org):
    gateway = connect(daily_budget=10, consent_reserve_percent=20, spent=8)
    with pytest.raises(BudgetExhausted, match="2 are kept for consent changes"):
        gateway.update("Lead", ONE)
    with gateway.consent_lane():
        gateway.update("Lead", ONE)
        gateway.update("Lead", ONE)
        with pytest.raises(BudgetExhausted):
            gateway.update("Lead", ONE)
    with pytest.raises(BudgetExhausted):
        gateway.update("Lead", ONE)
    assert len(org.calls) == 2


def test_calls_in_parallel_stay_in_the_lane_of_their_caller(connect, org):
    gateway = connect(daily_budget=100, consent_reserve_percent=10, spent=90)
    with gateway.consent_lane():
        results = gateway.update("Lead", ONE * 1000)
    assert all(result.ok for result in results)
    assert len(org.calls) == 5


def test_the_orgs_allowance_keeps_the_reserve_too(gateway, org):
    org.script = [lambda seen: Reply(**vars(saved(seen)) | {"headers": usage(90, 100)})]
    gateway.update("Lead", ONE)
    with pytest.raises(BudgetExhausted, match="90 of 100 calls of the org's API allowance"):
        gateway.update("Lead", ONE)
    with gateway.consent_lane():
        assert gateway.update("Lead", ONE)[0].ok


def test_an_old_word_about_the_allowance_does_not_stop_calls_for_ever(gateway, org, clock):
    clock.fixed = datetime(2026, 11, 22, tzinfo=UTC)
    org.script = [lambda seen: Reply(**vars(saved(seen)) | {"headers": usage(100, 100)})]
    gateway.update("Lead", ONE)
    with pytest.raises(BudgetExhausted):
        gateway.update("Lead", ONE)
    clock.fixed += timedelta(minutes=15)
    assert gateway.update("Lead", ONE)[0].ok


def test_an_exhausted_org_is_not_asked_again_and_again(gateway, org, pauses):
    body = [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
    org.default = Reply(403, body)
    with pytest.raises(BudgetExhausted, match="TotalRequests"):
        gateway.describe("Lead")
    assert (len(org.calls), pauses) == (1, [])
