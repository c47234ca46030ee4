"""Checks H1 and H2: following changes."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
import requests

from ..conftest import Client, error_of

STAMP = "%Y-%m-%dT%H:%M:%S.000+0000"


def now(org: Client) -> datetime:
    told = org.control("GET", "clock").json()["now"]
    return datetime.strptime(told, STAMP).replace(tzinfo=UTC)


def ask(org: Client, what: str, start: datetime, end: datetime) -> requests.Response:
    params = {"start": start.isoformat(), "end": end.isoformat()}
    return org.get(f"/sobjects/Lead/{what}/", params=params)


def moment(stamp: str) -> datetime:
    return datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)


def test_h1_updated_lists_each_live_record_once(org: Client) -> None:
    begun = now(org)
    one, two, gone = (org.create() for _ in range(3))
    org.patch(f"/sobjects/Lead/{one}", {"City": "Turku"})
    org.delete(f"/sobjects/Lead/{gone}")
    end = begun + timedelta(minutes=2)
    body = ask(org, "updated", begun, end).json()
    assert sorted(body["ids"]) == sorted([one, two])
    assert moment(body["latestDateCovered"]) <= end


def test_h1_deleted_lists_what_went_and_when(org: Client) -> None:
    begun = now(org)
    gone, master, loser = (org.create() for _ in range(3))
    org.delete(f"/sobjects/Lead/{gone}")
    org.control("POST", "merge", {"master": master, "losers": [loser]})
    body = ask(org, "deleted", begun, begun + timedelta(minutes=5)).json()
    assert {row["id"] for row in body["deletedRecords"]} == {gone, loser}
    assert moment(body["deletedRecords"][0]["deletedDate"]) >= begun
    assert moment(body["earliestDateAvailable"]) <= begun
    assert moment(body["latestDateCovered"]) <= begun + timedelta(minutes=5)


def test_h1_seconds_are_ignored(org: Client) -> None:
    minute = now(org).replace(second=0)
    lead = org.create()
    late = minute + timedelta(seconds=59)
    assert ask(org, "updated", late, late + timedelta(minutes=2)).json()["ids"] == [lead]
    assert error_of(ask(org, "updated", minute, late)) == (400, "INVALID_REPLICATION_DATE")


@pytest.mark.parametrize("what", ["updated", "deleted"])
def test_h1_start_must_precede_end(org: Client, what: str) -> None:
    moment = now(org)
    for end in (moment, moment - timedelta(hours=1)):
        answer = ask(org, what, moment, end)
        assert error_of(answer) == (400, "INVALID_REPLICATION_DATE")


def test_h1_deleted_wants_more_than_a_minute(org: Client) -> None:
    moment = now(org)
    answer = ask(org, "deleted", moment, moment + timedelta(minutes=1))
    assert error_of(answer) == (400, "INVALID_REPLICATION_DATE")


@pytest.mark.parametrize(("what", "days"), [("updated", 30), ("deleted", 15)])
def test_h1_there_is_an_end_to_how_far_back(org: Client, what: str, days: int) -> None:
    end = now(org)
    assert ask(org, what, end - timedelta(days=days), end).status_code == 200
    answer = ask(org, what, end - timedelta(days=days, hours=1), end)
    assert error_of(answer) == (400, "INVALID_REPLICATION_DATE")


def test_h1_an_emptied_bin_shortens_what_is_known_of_deletes(org: Client) -> None:
    begun = now(org)
    org.delete(f"/sobjects/Lead/{org.create()}")
    org.control("POST", "clock", {"advance_seconds": 600})
    org.control("POST", "empty_bin", {})
    end = now(org) + timedelta(minutes=5)
    answer = ask(org, "deleted", begun, end)
    assert error_of(answer) == (400, "INVALID_REPLICATION_DATE")
    assert ask(org, "deleted", end - timedelta(minutes=5), end).json()["deletedRecords"] == []


@pytest.mark.parametrize("params", [{}, {"start": "yesterday", "end": "2026-01-01T00:00:00Z"}])
def test_h1_dates_must_be_there_and_be_dates(org: Client, params: dict[str, str]) -> None:
    assert org.get("/sobjects/Lead/updated", params=params).status_code == 400


def test_h1_an_offset_whose_plus_became_a_space_is_understood(org: Client) -> None:
    text = (now(org) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    end = (now(org) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    assert org.get(f"/sobjects/Lead/updated/?start={text}&end={end}").status_code == 200


def test_h2_what_commits_late_appears_late_with_its_old_stamp(org: Client) -> None:
    lead = org.create(City="Turku")
    lag = {"kind": "commit_lag", "seconds": 3, "when": {"method": "PATCH"}}
    assert org.control("POST", "faults", [lag]).status_code == 200
    saved = now(org)
    assert org.patch(f"/sobjects/Lead/{lead}", {"City": "Oslo"}).status_code == 204
    org.control("POST", "clock", {"advance_seconds": 1})
    query = f"SELECT City, SystemModstamp FROM Lead WHERE Id = '{lead}'"
    assert org.rows(query)[0]["City"] == "Turku"
    org.control("POST", "clock", {"advance_seconds": 2})
    time.sleep(0.1)
    (row,) = org.rows(query)
    assert (row["City"], moment(row["SystemModstamp"]) <= saved + timedelta(seconds=1)) == (
        "Oslo", True,
    )  # fmt: skip
    later = (now(org) - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert org.rows(f"SELECT Id FROM Lead WHERE SystemModstamp >= {later}") == []


def test_h2_what_is_not_committed_is_not_covered(org: Client) -> None:
    lead = org.create()
    lag = {"kind": "commit_lag", "seconds": 600, "when": {"method": "PATCH"}}
    org.control("POST", "faults", [lag])
    saved = now(org)
    org.patch(f"/sobjects/Lead/{lead}", {"City": "Oslo"})
    org.control("POST", "clock", {"advance_seconds": 300})
    body = ask(org, "updated", saved - timedelta(minutes=2), now(org)).json()
    assert moment(body["latestDateCovered"]) <= saved + timedelta(seconds=1)
