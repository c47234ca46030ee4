"""Checks B3 to B6: what every answer says about the limit, and outages."""

from __future__ import annotations

import pytest
import requests

from ..bulk import Bulk
from ..conftest import Client, error_of
from ..logins import APP, SALES, TOKEN, soap, soap_login


def used(answer: requests.Response) -> int:
    name, _, numbers = answer.headers["Sforce-Limit-Info"].partition("=")
    assert name == "api-usage"
    return int(numbers.split("/")[0])


def test_b3_a_call_is_one_a_collection_and_a_composite_too(org: Client) -> None:
    start = used(org.get("/limits"))
    records = [
        {"attributes": {"type": "Lead"}, "LastName": f"Berg {n}", "Company": "Example"}
        for n in range(200)
    ]
    assert used(org.post("/composite/sobjects", {"records": records})) == start + 1
    steps = [
        {"method": "GET", "url": f"{org.root}/limits", "referenceId": f"r{n}"} for n in range(5)
    ]
    assert used(org.post("/composite", {"compositeRequest": steps})) == start + 2
    batch = [{"method": "GET", "url": "v64.0/limits"}] * 7
    assert used(org.post("/composite/batch", {"batchRequests": batch})) == start + 9
    assert used(org.get("/sobjects/Nope/describe")) == start + 10


def test_b3_logins_are_free(org: Client) -> None:
    start = used(org.get("/limits"))
    form = {"grant_type": "client_credentials"}
    assert requests.post(org.url + TOKEN, data=form, auth=APP, timeout=5).status_code == 200
    assert soap_login(org.url, SALES, "passwordtoken").status_code == 200
    assert used(org.get("/limits")) == start + 1


def test_b4_limits_have_a_maximum_and_what_is_left(org: Client) -> None:
    limits = org.get("/limits").json()
    for name in (
        "DailyApiRequests", "DailyBulkApiBatches", "DailyBulkV2QueryJobs",
        "DailyBulkV2QueryFileStorageMB",
    ):  # fmt: skip
        assert set(limits[name]) == {"Max", "Remaining"}
        assert 0 < limits[name]["Remaining"] <= limits[name]["Max"]
    assert org.get("/limits").json()["DailyApiRequests"]["Remaining"] == (
        limits["DailyApiRequests"]["Remaining"] - 1
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/query?q=SELECT+Id+FROM+Lead"), ("GET", "/sobjects"), ("GET", "/limits"),
     ("POST", "/sobjects/Lead"), ("POST", "/composite"), ("POST", "/jobs/ingest")],
)  # fmt: skip
def test_b5_the_call_over_the_limit_is_refused_on_every_resource(
    org: Client, method: str, path: str
) -> None:
    org.control("PUT", "limits", {"max": 1})
    assert org.get("/limits").status_code == 200
    answer = org.call(method, path, json={})
    assert error_of(answer) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert answer.json()[0]["message"] == "TotalRequests Limit exceeded."


def test_b5_soap_is_refused_too_but_a_login_is_not(org: Client) -> None:
    token = org.session.headers["Authorization"].split()[1]
    org.control("PUT", "limits", {"max": 0})
    header = f"<p:SessionHeader><p:sessionId>{token}</p:sessionId></p:SessionHeader>"
    answer = soap(org.url, "<p:getUserInfo/>", header=header)
    assert (answer.status_code, "sf:REQUEST_LIMIT_EXCEEDED" in answer.text) == (500, True)
    assert soap_login(org.url, SALES, "passwordtoken").status_code == 200


def test_b5_the_window_rolls(org: Client) -> None:
    org.control("PUT", "limits", {"max": 2})
    org.get("/limits")
    org.control("POST", "clock", {"advance_seconds": 12 * 3600})
    org.get("/limits")
    assert org.get("/limits").status_code == 403
    org.control("POST", "clock", {"advance_seconds": 12 * 3600})
    assert [org.get("/limits").status_code for _ in range(2)] == [200, 403]


def test_b6_call_k_fails_and_nothing_of_it_is_written(org: Client) -> None:
    fault = {"kind": "http_503", "after": 2, "when": {"method": "POST"}}
    org.control("POST", "faults", [fault])
    values = {"LastName": "Berg", "Company": "Example"}
    answers = [org.post("/sobjects/Lead", values) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [201, 201, 503, 201]
    assert error_of(answers[2]) == (503, "SERVER_UNAVAILABLE")
    assert len(org.rows("SELECT Id FROM Lead")) == 3


def test_b6_an_outage_may_be_a_page(org: Client) -> None:
    org.control("POST", "faults", [{"kind": "html_503", "when": {"method": "POST"}}])
    answer = org.post("/sobjects/Lead", {"LastName": "Berg", "Company": "Example"})
    assert (answer.status_code, answer.headers["Content-Type"][:9]) == (503, "text/html")
    assert org.rows("SELECT Id FROM Lead") == []


def test_b6_the_connection_may_be_cut_before_the_work_or_after_it(org: Client) -> None:
    for after_work, saved in ((False, 0), (True, 1)):
        cut = {"kind": "cut", "when": {"method": "POST"}, "after_work": after_work}
        org.control("POST", "faults", [cut])
        with pytest.raises(requests.ConnectionError):
            org.post("/sobjects/Lead", {"LastName": "Berg", "Company": "Example"})
        assert len(org.rows("SELECT Id FROM Lead")) == saved


def test_b6_an_outage_during_an_upload_leaves_the_job_open(org: Client) -> None:
    bulk = Bulk(org)
    job = bulk.make("insert")
    org.control("POST", "faults", [{"kind": "http_503", "when": {"method": "PUT"}}])
    text = "LastName,Company\nBerg,Example\n"
    assert bulk.upload(job, text).status_code == 503
    assert bulk.upload(job, text).status_code == 201
    bulk.close(job)
    assert bulk.wait(job)["numberRecordsProcessed"] == 1
