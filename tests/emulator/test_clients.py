"""Unmodified simple-salesforce against the org: only the scheme is changed, in the adapter."""

from __future__ import annotations

import pytest
from simple_salesforce import Salesforce, format_soql
from simple_salesforce.exceptions import (
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
)

from .conftest import Client
from .logins import loopback


@pytest.fixture
def salesforce(org: Client) -> Salesforce:
    return Salesforce(
        consumer_key="syncline",
        consumer_secret="syncline-secret",
        domain="syncline.my",
        session=loopback(org.url),
        version="64.0",
    )


def test_records_are_saved_read_and_deleted(salesforce: Salesforce) -> None:
    made = salesforce.Lead.create({"LastName": "Berg", "Company": "Example"})
    assert salesforce.Lead.update(made["id"], {"City": "Turku"}) == 204
    assert salesforce.Lead.get(made["id"])["City"] == "Turku"
    assert salesforce.Lead.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound):
        salesforce.Lead.get(made["id"])


def test_queries_with_awkward_text_round_trip(salesforce: Salesforce) -> None:
    awkward = 'O\'Brien \\ "100%" _x Zoë\n'
    salesforce.Account.create({"Name": awkward})
    found = salesforce.query(
        format_soql("SELECT Name FROM Account WHERE Name = {}", awkward.strip())
    )
    assert [record["Name"] for record in found["records"]] == [awkward.strip()]


def test_query_all_follows_the_locators(org: Client, salesforce: Salesforce) -> None:
    org.control("POST", "reset", {"seed": "4001"})
    assert sum(1 for _ in salesforce.query_all_iter("SELECT Id FROM Lead")) == 4001
    assert salesforce.query("SELECT COUNT() FROM Lead")["totalSize"] == 4001
    assert salesforce.query_all("SELECT Id FROM Lead", include_deleted=True)["totalSize"] == 4001


def test_upsert_collections_and_tooling(org: Client, salesforce: Salesforce) -> None:
    org.control("PUT", "schema", {"Lead": {"Ext__c": {"type": "text", "externalId": True}}})
    values = {"LastName": "Berg", "Company": "Example"}
    assert salesforce.Lead.upsert("Ext__c/1", values) == 201
    assert salesforce.Lead.upsert("Ext__c/1", values) == 200
    record = {"attributes": {"type": "Lead"}, **values}
    items = salesforce.restful("composite/sobjects", method="POST", json={"records": [record]})
    assert items[0]["success"] is True
    rows = salesforce.toolingexecute(
        "query/?q=SELECT+QualifiedApiName+FROM+FieldDefinition"
        "+WHERE+EntityDefinition.QualifiedApiName='Lead'"
    )
    assert "Ext__c" in {row["QualifiedApiName"] for row in rows["records"]}


def test_describe_limits_and_sandbox(salesforce: Salesforce) -> None:
    assert salesforce.describe()["maxBatchSize"] == 200
    assert salesforce.Lead.describe()["name"] == "Lead"
    assert salesforce.limits()["DailyApiRequests"]["Max"] == 150_000
    assert salesforce.is_sandbox() is True
    assert salesforce.oauth2("userinfo")["preferred_username"] == "integration@syncline.example"
    assert salesforce.api_usage["api-usage"].total == 150_000


def test_an_unchanged_describe_raises_a_general_error_with_304(salesforce: Salesforce) -> None:
    later = {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}
    with pytest.raises(SalesforceGeneralError) as caught:
        salesforce.Lead.describe(headers=later)
    assert caught.value.status == 304


def test_refusals_carry_the_code(salesforce: Salesforce) -> None:
    with pytest.raises(SalesforceMalformedRequest) as caught:
        salesforce.query("SELECT Nope FROM Lead")
    assert caught.value.content[0]["errorCode"] == "INVALID_FIELD"
