"""Versions, login, limits, log of calls, clock (checks A6-A8, B1-B6)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
import requests

from .conftest import Client, error_of

APP = ("syncline", "syncline-secret")
TOKEN = "/services/oauth2/token"


def test_versions_need_no_login_and_ascend(emulator_url: str) -> None:
    versions = requests.get(f"{emulator_url}/services/data", timeout=5).json()
    assert versions[0] == {
        "label": "Winter '18", "url": "/services/data/v41.0", "version": "41.0",
    }  # fmt: skip
    assert versions[-1]["label"] == "Winter '27"
    numbers = [float(one["version"]) for one in versions]
    assert numbers == sorted(numbers)


def test_a_version_maps_its_resources_and_the_identity(org: Client) -> None:
    body = org.get("").json()
    assert body["sobjects"] == "/services/data/v64.0/sobjects"
    assert "/id/00D" in body["identity"]


def test_a_retired_version_is_gone(org: Client) -> None:
    answer = org.session.get(f"{org.url}/services/data/v30.0/limits")
    assert answer.status_code == 410


@pytest.mark.parametrize("by", ["basic", "form"])
def test_client_credentials_log_in_by_header_and_by_form(org: Client, by: str) -> None:
    form = {"grant_type": "client_credentials"}
    if by == "form":
        form |= {"client_id": APP[0], "client_secret": APP[1]}
    answer = requests.post(
        org.url + TOKEN, data=form, auth=APP if by == "basic" else None, timeout=5
    )
    body = answer.json()
    assert answer.status_code == 200
    assert body["instance_url"] == org.url
    headers = {"Authorization": f"Bearer {body['access_token']}"}
    who = requests.get(org.url + "/services/oauth2/userinfo", headers=headers, timeout=5).json()
    assert who["preferred_username"] == "integration@syncline.example"


def test_the_second_app_acts_as_its_own_connector_user(org: Client) -> None:
    auth = ("syncline-emea", "syncline-emea-secret")
    form = {"grant_type": "client_credentials"}
    token = requests.post(org.url + TOKEN, data=form, auth=auth, timeout=5).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    who = requests.get(org.url + "/services/oauth2/userinfo", headers=headers, timeout=5).json()
    assert who["preferred_username"] == "emea-connector@syncline.example"


def test_the_token_answer_is_signed_with_the_client_secret(org: Client) -> None:
    form = {"grant_type": "client_credentials"}
    body = requests.post(org.url + TOKEN, data=form, auth=APP, timeout=5).json()
    text = (body["id"] + body["issued_at"]).encode()
    signed = hmac.new(APP[1].encode(), text, hashlib.sha256).digest()
    assert base64.b64decode(body["signature"]) == signed


def test_a_wrong_secret_is_an_invalid_client(org: Client) -> None:
    form = {"grant_type": "client_credentials"}
    answer = requests.post(org.url + TOKEN, data=form, auth=("syncline", "nope"), timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_client"


def test_client_credentials_are_refused_on_the_login_host(org: Client) -> None:
    form = {"grant_type": "client_credentials"}
    headers = {"Host": "login.salesforce.com"}
    answer = requests.post(org.url + TOKEN, data=form, auth=APP, headers=headers, timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_dead_token_is_a_list_with_invalid_session_id(org: Client) -> None:
    headers = {"Authorization": "Bearer nonsense"}
    answer = org.get("/limits", headers=headers)
    assert error_of(answer) == (401, "INVALID_SESSION_ID")
    assert answer.json()[0]["message"] == "Session expired or invalid"


def test_tokens_survive_a_reset_and_the_organization_id_does_not(org: Client) -> None:
    before = org.rows("SELECT Id, IsSandbox FROM Organization")[0]["Id"]
    org.control("POST", "reset", {"seed": "empty"})
    after = org.rows("SELECT Id, IsSandbox FROM Organization")[0]["Id"]
    assert before.startswith("00D")
    assert before != after


def test_every_call_is_counted_once_and_told_in_the_header(org: Client) -> None:
    used = [org.get("/limits").headers["Sforce-Limit-Info"] for _ in range(2)]
    assert used == ["api-usage=1/150000", "api-usage=2/150000"]
    steps = [
        {"method": "GET", "url": f"{org.root}/limits", "referenceId": f"r{n}"} for n in range(3)
    ]
    assert org.post("/composite", {"compositeRequest": steps}).status_code == 200
    batch = [{"method": "GET", "url": "v64.0/limits"}] * 4
    assert org.post("/composite/batch", {"batchRequests": batch}).status_code == 200
    assert org.get("/limits").headers["Sforce-Limit-Info"] == "api-usage=8/150000"


def test_the_call_over_the_limit_is_refused_until_the_window_frees(org: Client) -> None:
    org.control("PUT", "limits", {"max": 2})
    assert [org.get("/limits").status_code for _ in range(2)] == [200, 200]
    answer = org.get("/limits")
    assert error_of(answer) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert answer.json()[0]["message"] == "TotalRequests Limit exceeded."
    org.control("POST", "clock", {"advance_seconds": 86_400 + 60})
    assert org.get("/limits").status_code == 200


def test_only_so_many_long_requests_run_at_once(org: Client) -> None:
    org.control("PUT", "limits", {"LongRequests": {"max": 2, "seconds": 0.2}})
    fault = {"kind": "slow", "seconds": 2, "times": 2, "when": {"path": "/limits"}}
    org.control("POST", "faults", [fault])
    with ThreadPoolExecutor(2) as pool:
        slow = [pool.submit(Client(org.url).get, "/limits") for _ in range(2)]
        time.sleep(0.8)
        refused = org.get("/limits")
        assert error_of(refused) == (403, "REQUEST_LIMIT_EXCEEDED")
        assert refused.json()[0]["message"] == "ConcurrentPerOrgLongTxn Limit exceeded."
        assert [one.result().status_code for one in slow] == [200, 200]
    assert org.get("/limits").status_code == 200


@pytest.mark.parametrize(
    ("version", "status"), [("20.0", 410), ("30.0", 410), ("41.0", 200), ("68.0", 200),
                            ("69.0", 404), ("100.0", 404)],
)  # fmt: skip
def test_versions_come_and_go(org: Client, version: str, status: int) -> None:
    answer = org.session.get(f"{org.url}/services/data/v{version}/limits", timeout=5)
    assert answer.status_code == status


def test_limits_tell_what_remains(org: Client) -> None:
    body = org.get("/limits/").json()
    assert body["DailyApiRequests"] == {"Max": 150_000, "Remaining": 149_999}
    assert {"DailyBulkApiBatches", "DailyBulkV2QueryJobs"} <= set(body)


def test_the_log_has_every_api_call_but_no_login_and_no_control_request(org: Client) -> None:
    lead = org.create(Email="a@example.com")
    org.soql("SELECT Id FROM Lead")
    org.patch(f"/sobjects/Lead/{lead}", {"Nope": 1})
    calls = org.control("GET", "calls").json()
    assert [(c["method"], c["resource"], c["records"], c["status"]) for c in calls] == [
        ("POST", "/sobjects/Lead", 1, 201),
        ("GET", "/query", 1, 200),
        ("PATCH", f"/sobjects/Lead/{lead}", 0, 400),
    ]


def test_the_clock_moves_stamps_and_the_date_header(org: Client) -> None:
    org.control("POST", "clock", {"advance_seconds": 3600})
    stamp = org.read(org.create(), "SystemModstamp")["SystemModstamp"]
    header = parsedate_to_datetime(org.get("/limits").headers["Date"])
    moment = datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S.000%z")
    expected = datetime.now(UTC) + timedelta(hours=1)
    assert abs(moment - expected) < timedelta(seconds=5)
    assert abs(header - expected) < timedelta(seconds=5)


def test_too_long_a_uri_and_too_long_a_head_are_refused(org: Client) -> None:
    query = "SELECT Id FROM Lead WHERE " + " OR ".join(["Email = 'somebody@example.com'"] * 600)
    assert org.soql(query).status_code == 414
    assert org.get("/limits", headers={"X-Long": "x" * 16_400}).status_code == 431
    step = {"method": "GET", "url": f"{org.root}/query?q={query}", "referenceId": "q"}
    body = org.post("/composite", {"compositeRequest": [step]}).json()
    assert body["compositeResponse"][0]["httpStatusCode"] == 200


@pytest.mark.parametrize("path", ["/nothing", "/sobjects/Nothing/describe", "/query/01gX-2000"])
def test_what_is_not_there_is_a_list_of_errors(org: Client, path: str) -> None:
    assert error_of(org.get(path))[0] in (400, 404)


def test_a_body_that_is_no_json_is_a_parser_error(org: Client) -> None:
    answer = org.call("POST", "/sobjects/Lead", data="{")
    assert error_of(answer) == (400, "JSON_PARSER_ERROR")


def test_a_wrong_method_names_the_right_ones(org: Client) -> None:
    assert error_of(org.call("PUT", "/sobjects/Lead")) == (405, "METHOD_NOT_ALLOWED")


def test_the_clock_runs(org: Client) -> None:
    first = org.control("GET", "clock").json()["now"]
    time.sleep(1.1)
    assert org.control("GET", "clock").json()["now"] > first


def test_records_are_counted_by_object_without_the_deleted(org: Client) -> None:
    org.create()
    org.delete(f"/sobjects/Lead/{org.create()}")
    path = "/limits/recordCount"
    found = org.get(path, params={"sObjects": "lead,Contact,Nope__c"}).json()["sObjects"]
    assert found == [{"count": 1, "name": "Lead"}, {"count": 0, "name": "Contact"}]
    assert len(org.get(path).json()["sObjects"]) > 5
