"""The schema the connector user sees, kept until Salesforce says that it changed."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest

from syncapp.core.ports import SalesforceError
from syncapp.core.types import SalesforceField
from tests.gateway.stub import Reply

FIELDS = [
    {
        "name": "Status",
        "type": "picklist",
        "label": "Lead Status",
        "length": 255,
        "updateable": True,
        "createable": False,
        "restrictedPicklist": True,
        "picklistValues": [
            {"value": "Open", "active": True},
            {"value": "Old", "active": False},
        ],
    },
    {"name": "Score__c", "type": "double", "precision": 18, "scale": 2, "label": None},
    {"name": "Employees", "type": "int", "digits": 8, "precision": 0, "scale": 0},
]


def described(fields=FIELDS) -> Reply:
    return Reply(200, {"name": "Lead", "fields": fields})


def test_fields_are_read_as_rules_need_them(gateway, org):
    org.default = described()
    schema = gateway.describe("Lead")
    assert schema.name == "Lead"
    assert schema.fields["Status"] == SalesforceField(
        "Status", "picklist", "Lead Status", 255, True, False, True, frozenset({"Open"}), 0
    )
    assert schema.fields["Score__c"].digits == 16
    assert schema.fields["Employees"].digits == 8
    assert org.calls[0].path == "/services/data/v64.0/sobjects/Lead/describe"


def test_a_describe_is_asked_for_once(gateway, org):
    org.default = described()
    assert gateway.describe("Lead") is gateway.describe("Lead")
    assert len(org.calls) == 1
    gateway.describe("Contact")
    assert len(org.calls) == 2


def test_an_unchanged_schema_is_kept_when_salesforce_answers_304(gateway, org):
    org.script = [described(), Reply(304)]
    first = gateway.describe("Lead")
    assert gateway.describe("Lead", fresh=True) is first
    assert "If-Modified-Since" not in org.calls[0].headers
    asked = parsedate_to_datetime(org.calls[1].headers["If-Modified-Since"])
    assert 0 <= (datetime.now(UTC) - asked).total_seconds() < 10


def test_a_changed_schema_replaces_the_known_one(gateway, org):
    org.script = [described(), described(FIELDS[:1])]
    gateway.describe("Lead")
    assert set(gateway.describe("Lead", fresh=True).fields) == {"Status"}
    assert set(gateway.describe("Lead").fields) == {"Status"}


def test_the_time_asked_for_is_the_orgs_and_not_ours(gateway, org):
    reply = described()
    reply.headers["Date"] = "Fri, 02 Jan 2026 03:04:05 GMT"
    org.script = [reply, Reply(304)]
    gateway.describe("Lead")
    gateway.describe("Lead", fresh=True)
    since = parsedate_to_datetime(org.calls[1].headers["If-Modified-Since"])
    behind = (parsedate_to_datetime("Fri, 02 Jan 2026 03:04:05 GMT") - since).total_seconds()
    assert 1 <= behind <= 4


def test_an_object_that_does_not_exist_is_named(gateway, org):
    body = [{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}]
    org.default = Reply(404, body)
    with pytest.raises(SalesforceError, match=r"describe.*does not exist") as refusal:
        gateway.describe("Nothing__c")
    assert refusal.value.code == "NOT_FOUND"
