"""Injected trouble (checks B6, E6, H2)."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from .conftest import Client, error_of, running


def faults(org: Client, *given: dict[str, object]) -> None:
    assert org.control("POST", "faults", list(given)).status_code == 200


def test_the_kth_call_fails_and_only_that_one(org: Client) -> None:
    faults(org, {"kind": "http_503", "after": 1, "times": 1})
    assert org.get("/limits").status_code == 200
    answer = org.get("/limits")
    assert error_of(answer) == (503, "SERVER_UNAVAILABLE")
    assert org.get("/limits").status_code == 200


def test_an_outage_may_be_a_web_page(org: Client) -> None:
    faults(org, {"kind": "html_503"})
    answer = org.get("/limits")
    assert (answer.status_code, answer.text.startswith("<html>")) == (503, True)


def test_an_outage_leaves_nothing_half_written(org: Client) -> None:
    lead = org.create(City="Turku")
    faults(org, {"kind": "http_503", "when": {"method": "PATCH", "path": "sobjects/Lead/"}})
    assert org.patch(f"/sobjects/Lead/{lead}", {"City": "Oslo"}).status_code == 503
    assert org.read(lead, "City")["City"] == "Turku"


@pytest.mark.parametrize(("after_work", "saved"), [(False, 0), (True, 1)])
def test_a_cut_connection_may_come_before_or_after_the_work(
    org: Client, after_work: bool, saved: int
) -> None:
    faults(org, {"kind": "cut", "when": {"method": "POST"}, "after_work": after_work})
    with pytest.raises(requests.ConnectionError):
        org.post("/sobjects/Account", {"Name": "Acme"})
    assert len(org.rows("SELECT Id FROM Account")) == saved
    assert org.control("GET", "calls").json()[0]["status"] == 0


def test_a_hanging_call_does_not_hold_up_others(org: Client) -> None:
    faults(org, {"kind": "hang", "seconds": 5, "when": {"path": "limits"}})
    with pytest.raises(requests.ReadTimeout):
        org.get("/limits", timeout=0.3)
    begun = time.monotonic()
    assert org.rows("SELECT Id FROM Lead") == []
    assert time.monotonic() - begun < 2


def test_an_expired_session_works_again_after_a_login(org: Client) -> None:
    faults(org, {"kind": "expire_session"})
    assert error_of(org.get("/limits")) == (401, "INVALID_SESSION_ID")
    assert error_of(org.get("/limits")) == (401, "INVALID_SESSION_ID")
    org.login("integration@syncline.example")
    assert org.get("/limits").status_code == 200


def test_the_limit_can_be_struck(org: Client) -> None:
    faults(org, {"kind": "limit"})
    assert error_of(org.get("/limits")) == (403, "REQUEST_LIMIT_EXCEEDED")


def test_a_fault_may_wait_for_a_person(org: Client) -> None:
    one, two = org.create(Email="a@example.com"), org.create(Email="b@example.com")
    faults(org, {"kind": "http_503", "when": {"record": "^b@"}, "times": None})
    assert org.patch(f"/sobjects/Lead/{one}", {"City": "Oslo"}).status_code == 204
    assert org.patch(f"/sobjects/Lead/{two}", {"City": "Oslo"}).status_code == 503
    records = [
        {"attributes": {"type": "Lead"}, "id": one},
        {"attributes": {"type": "Lead"}, "id": two},
    ]
    assert org.patch("/composite/sobjects", {"records": records}).status_code == 503


def test_logins_are_only_struck_when_named(org: Client) -> None:
    form = {"grant_type": "client_credentials"}
    url, app = org.url + "/services/oauth2/token", ("syncline", "syncline-secret")
    faults(org, {"kind": "html_503", "times": None})
    assert requests.post(url, data=form, auth=app, timeout=5).status_code == 200
    faults(org, {"kind": "html_503", "when": {"path": "oauth2"}})
    assert requests.post(url, data=form, auth=app, timeout=5).status_code == 503


def test_a_late_commit_is_invisible_and_then_carries_its_old_stamp(org: Client) -> None:
    lead = org.create(City="Turku")
    faults(org, {"kind": "commit_lag", "seconds": 60, "when": {"method": "PATCH"}})
    assert org.patch(f"/sobjects/Lead/{lead}", {"City": "Oslo"}).status_code == 204
    saved_at = org.control("GET", "clock").json()["now"]
    org.control("POST", "clock", {"advance_seconds": 30})
    assert org.read(lead, "City")["City"] == "Turku"
    org.control("POST", "clock", {"advance_seconds": 31})
    time.sleep(0.1)
    after = org.read(lead, "City", "SystemModstamp")
    assert after["City"] == "Oslo"
    assert after["SystemModstamp"] <= saved_at


def test_writers_wait_for_a_late_commit(org: Client) -> None:
    lead = org.create(City="Turku")
    faults(org, {"kind": "commit_lag", "seconds": 1, "when": {"method": "PATCH"}})
    org.patch(f"/sobjects/Lead/{lead}", {"City": "Oslo"})
    assert org.patch(f"/sobjects/Lead/{lead}", {"Title": "Buyer"}).status_code == 204
    after = org.read(lead, "City", "Title")
    assert (after["City"], after["Title"]) == ("Oslo", "Buyer")


def test_a_hanging_call_does_not_hold_up_the_end() -> None:
    with running() as url, ThreadPoolExecutor() as pool:
        org = Client(url)
        faults(org, {"kind": "hang", "seconds": 60})
        hanging = pool.submit(org.get, "/limits")
        time.sleep(0.3)
        begun = time.monotonic()
        os.kill(org.control("GET", "health").json()["pid"], signal.SIGTERM)
        with pytest.raises(requests.ConnectionError):
            hanging.result(timeout=10)
        assert time.monotonic() - begun < 5


def test_many_writers_at_once_lose_nothing(org: Client) -> None:
    def save(number: int) -> int:
        records = [
            {"attributes": {"type": "Lead"}, "LastName": f"{number}-{n}", "Company": "Example"}
            for n in range(50)
        ]
        return Client(org.url).post("/composite/sobjects", {"records": records}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(save, range(24))) == {200}
    rows = org.rows("SELECT Id, LastName FROM Lead")
    assert len({row["Id"] for row in rows}) == len({row["LastName"] for row in rows}) == 1200


def test_an_unknown_fault_is_refused(org: Client) -> None:
    assert org.control("POST", "faults", [{"kind": "earthquake"}]).status_code == 400


def test_an_empty_list_ends_all_faults(org: Client) -> None:
    faults(org, {"kind": "http_503", "times": None})
    assert org.get("/limits").status_code == 503
    faults(org)
    assert org.get("/limits").status_code == 200
