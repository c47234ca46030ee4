"""simple-salesforce, the product's own client: every way to log in, and everything it offers."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
)

from tests.emulator.conftest import Client
from tests.emulator.logins import (
    APP,
    INTEGRATION,
    SALES,
    loopback,
    new_key,
    private_pem,
    public_pem,
)

SECRET = {"consumer_key": APP[0], "consumer_secret": APP[1]}
PEOPLE = {"username": SALES, "password": "password"}


def lead(name: str, **more: Any) -> dict[str, Any]:
    return {"LastName": name, "Company": "Example", **more}


@pytest.fixture
def salesforce(org: Client) -> Salesforce:
    return Salesforce(**SECRET, domain="syncline.my", session=loopback(org.url), version="64.0")


def user_of(org: Client, **login: Any) -> str:
    """Whom a login acts as."""
    made = Salesforce(session=loopback(org.url), **{"version": "64.0", **login})
    return made.oauth2("userinfo")["preferred_username"]


def test_every_way_to_log_in_works(org: Client) -> None:
    key = new_key()
    org.control("PUT", "apps", {APP[0]: {"public_key": public_pem(key)}})
    assert user_of(org, **SECRET, domain="syncline.my") == INTEGRATION
    assert user_of(org, **PEOPLE, security_token="token") == SALES
    assert user_of(org, **{**PEOPLE, "password": "passwordtoken"}, **SECRET) == SALES
    assert user_of(org, username=SALES, password="passwordtoken", organizationId="00D") == SALES
    assert user_of(org, username=SALES, consumer_key=APP[0], privatekey=private_pem(key)) == SALES


def test_refused_logins_say_why(org: Client) -> None:
    key = new_key()
    org.control("PUT", "apps", {APP[0]: {"public_key": public_pem(new_key())}})
    wrong = [
        ({**PEOPLE, "security_token": "nope"}, "INVALID_LOGIN"),
        ({**PEOPLE, "security_token": "token", "version": "65.0"}, "UNSUPPORTED_API_VERSION"),
        ({**SECRET, "consumer_secret": "x", "domain": "syncline.my"}, "invalid_client"),
        (
            {"username": SALES, "consumer_key": APP[0], "privatekey": private_pem(key)},
            "invalid_grant",
        ),
    ]
    for login, code in wrong:
        with pytest.raises(SalesforceAuthenticationFailed) as caught:
            user_of(org, **login)
        assert caught.value.code == code


def test_describe_and_queries_over_several_pages(salesforce: Salesforce) -> None:
    fields = {field["name"] for field in salesforce.Lead.describe()["fields"]}
    assert {"Email", "Ext__c"} <= fields
    first = salesforce.query("SELECT Id FROM Lead")
    second = salesforce.query_more(first["nextRecordsUrl"], identifier_is_url=True)
    assert (len(first["records"]), len(second["records"]), second["done"]) == (2000, 2000, True)
    everything = salesforce.query_all("SELECT Id, IsDeleted FROM Lead", include_deleted=True)
    assert everything["totalSize"] == 4001
    assert sum(row["IsDeleted"] for row in everything["records"]) == 1


def test_collections_save_what_is_good(salesforce: Salesforce) -> None:
    def send(method: str, path: str, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        typed = [{"attributes": {"type": "Lead"}, **record} for record in records]
        return salesforce.restful(f"composite/{path}", method=method, json={"records": typed})

    made = send("POST", "sobjects", [lead("Berg"), lead("Dahl"), lead("")])
    assert [one["success"] for one in made] == [True, True, False]
    assert made[2]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    ids = [one["id"] for one in made[:2]]
    updated = send("PATCH", "sobjects", [{"id": one, "City": "Turku"} for one in ids])
    assert all(one["success"] for one in updated)
    for created in (True, False):
        (one,) = send("PATCH", "sobjects/Lead/Ext__c", [lead("Eng", Ext__c="a")])
        assert one["created"] is created
    gone = salesforce.restful("composite/sobjects", method="DELETE", params={"ids": ",".join(ids)})
    assert all(one["success"] for one in gone)
    assert salesforce.query(f"SELECT Id FROM Lead WHERE Id = '{ids[0]}'")["totalSize"] == 0


def test_both_bulk_apis_save_and_read(salesforce: Salesforce) -> None:
    rows = [lead("Bulk 1"), lead("Bulk 2"), lead("")]
    first = salesforce.bulk.Lead.insert(rows, batch_size=10_000)
    assert [one["success"] for one in first] == [True, True, False]
    assert first[2]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    second = salesforce.bulk2.Lead
    (told,) = second.insert(records=rows, wait=0.1)
    assert (told["numberRecordsProcessed"], told["numberRecordsFailed"]) == (3, 1)
    assert "REQUIRED_FIELD_MISSING" in second.get_failed_records(told["job_id"])
    soql = "SELECT Id FROM Lead WHERE LastName LIKE 'Bulk%'"
    assert len(salesforce.bulk.Lead.query(soql)) == 4
    pages = list(second.query(soql, max_records=3, wait=0.1))
    assert [len(list(csv.DictReader(io.StringIO(page)))) for page in pages] == [3, 1]


def test_updated_and_deleted_are_lists_of_ids(org: Client, salesforce: Salesforce) -> None:
    now = datetime.now(UTC)
    span = (now - timedelta(minutes=2), now + timedelta(minutes=2))
    assert len(salesforce.Lead.deleted(*span)["deletedRecords"]) == 1
    made = salesforce.Lead.create(lead("Berg"))["id"]
    assert made in salesforce.Lead.updated(*span)["ids"]


def test_its_errors_are_of_the_right_kind(org: Client, salesforce: Salesforce) -> None:
    with pytest.raises(SalesforceMalformedRequest) as malformed:
        salesforce.query("SELECT Nope FROM Lead")
    assert malformed.value.content[0]["errorCode"] == "INVALID_FIELD"
    session = Salesforce(
        instance_url=org.url, session_id="dead", session=loopback(org.url), version="64.0"
    )
    with pytest.raises(SalesforceExpiredSession):
        session.query("SELECT Id FROM Lead")
