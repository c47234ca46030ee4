"""convertLead and merge by SOAP, and what the partner API says to the rest."""

from __future__ import annotations

import re

import pytest
import requests

from .conftest import Client
from .logins import SALES, soap


class Soap:
    """A session of the partner API."""

    def __init__(self, org: Client) -> None:
        self.url = org.url
        token = org.control("POST", "token", {"username": SALES}).json()["access_token"]
        self.header = f"<p:SessionHeader><p:sessionId>{token}</p:sessionId></p:SessionHeader>"

    def call(self, body: str, version: str = "64.0") -> requests.Response:
        return soap(self.url, body, version, self.header)

    def convert(self, lead: str, **more: str) -> str:
        values = {"convertedStatus": "Qualified", "doNotCreateOpportunity": "true", **more}
        given = "".join(f"<p:{key}>{value}</p:{key}>" for key, value in values.items())
        body = f"<p:leadConverts>{given}<p:leadId>{lead}</p:leadId></p:leadConverts>"
        answer = self.call(f"<p:convertLead>{body}</p:convertLead>")
        assert answer.status_code == 200, answer.text
        return answer.text


@pytest.fixture
def partner(org: Client) -> Soap:
    return Soap(org)


def value(text: str, name: str) -> str:
    found = re.search(f"<{name}>(.*?)</{name}>", text)
    assert found, text
    return found[1]


def test_a_lead_is_converted_with_the_status_qualified(org: Client, partner: Soap) -> None:
    lead = org.create(Email="ada@example.com", HasOptedOutOfEmail=True)
    text = partner.convert(lead)
    assert value(text, "success") == "true"
    (row,) = org.rows(
        f"SELECT IsConverted, Status, ConvertedContactId, ConvertedAccountId, LastModifiedById "
        f"FROM Lead WHERE Id = '{lead}'"
    )
    assert (row["IsConverted"], row["Status"]) == (True, "Qualified")
    assert row["ConvertedContactId"] == value(text, "contactId")
    assert row["ConvertedAccountId"] == value(text, "accountId")
    assert '<opportunityId xsi:nil="true"/>' in text
    contact = org.read(value(text, "contactId"), "HasOptedOutOfEmail", sobject="Contact")
    assert contact["HasOptedOutOfEmail"] is True


def test_a_conversion_may_go_into_an_account_and_make_a_deal(org: Client, partner: Soap) -> None:
    account = org.create("Account", Name="Acme")
    lead = org.create(Company="Acme")
    text = partner.convert(lead, accountId=account, doNotCreateOpportunity="false")
    assert value(text, "accountId") == account
    assert org.rows("SELECT Name FROM Opportunity")[0]["Name"] == "Acme-"


@pytest.mark.parametrize(
    ("more", "code"),
    [({"convertedStatus": "Open - Not Contacted"}, "INVALID_STATUS"),
     ({"convertedStatus": ""}, "INVALID_STATUS")],
)  # fmt: skip
def test_only_a_converted_status_converts(
    org: Client, partner: Soap, more: dict[str, str], code: str
) -> None:
    lead = org.create()
    text = partner.convert(lead, **more)
    assert (value(text, "success"), value(text, "statusCode")) == ("false", code)
    assert org.read(lead, "IsConverted")["IsConverted"] is False


def test_a_converted_lead_is_not_converted_again(org: Client, partner: Soap) -> None:
    lead = org.create()
    partner.convert(lead)
    assert value(partner.convert(lead), "statusCode") == "CANNOT_UPDATE_CONVERTED_LEAD"


def test_a_merge_moves_what_hangs_on_the_losers(org: Client, partner: Soap) -> None:
    master, loser = (org.create("Contact", LastName=name) for name in ("Berg", "Burg"))
    task = org.create("Task", Subject="Call", WhoId=loser)
    answer = partner.call(
        "<p:merge><p:request><p:masterRecord><p:type>Contact</p:type>"
        f"<p:Id>{master}</p:Id><p:Title>Buyer</p:Title></p:masterRecord>"
        f"<p:recordToMergeIds>{loser}</p:recordToMergeIds></p:request></p:merge>"
    )
    assert value(answer.text, "mergedRecordIds") == loser
    assert value(answer.text, "updatedRelatedIds") == task
    (row,) = org.rows(f"SELECT MasterRecordId FROM Contact WHERE Id = '{loser}'", "/queryAll")
    assert row["MasterRecordId"] == master
    assert org.read(master, "Title", sobject="Contact")["Title"] == "Buyer"


def test_a_merge_that_fails_changes_nothing(org: Client, partner: Soap) -> None:
    master, other = org.create("Contact", LastName="Berg"), org.create()
    answer = partner.call(
        f"<p:merge><p:request><p:masterRecord><p:type>Contact</p:type><p:Id>{master}</p:Id>"
        f"</p:masterRecord><p:recordToMergeIds>{other}</p:recordToMergeIds></p:request></p:merge>"
    )
    assert value(answer.text, "success") == "false"
    assert org.read(other, "IsDeleted")["IsDeleted"] is False


def test_the_session_tells_who_it_is_and_ends(partner: Soap) -> None:
    assert value(partner.call("<p:getUserInfo/>").text, "userName") == SALES
    assert partner.call("<p:logout/>").status_code == 200
    assert "sf:INVALID_SESSION_ID" in partner.call("<p:getUserInfo/>").text


@pytest.mark.parametrize("body", ["<p:describeEverything/>", "", "<p:login"])
def test_what_is_not_understood_is_the_clients_fault(partner: Soap, body: str) -> None:
    answer = partner.call(body)
    assert (answer.status_code, "soapenv:Client" in answer.text) == (500, True)


def test_entities_are_refused(org: Client) -> None:
    text = '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'
    answer = requests.post(f"{org.url}/services/Soap/u/64.0", text, timeout=5)
    assert (answer.status_code, "document types" in answer.text) == (500, True)
