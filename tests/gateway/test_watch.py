"""One look at the emulated org: what changed of its schema, what is tracked, what is new."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from syncapp.core.ports import ChangeQuery, Cursor, SalesforceError
from syncapp.core.types import SObject
from tests.gateway.emulated import APP, EmulatedOrg

LEAD, CONTACT = SObject.LEAD, SObject.CONTACT
HOO = "HasOptedOutOfEmail"
EPOCH = Cursor("2000-01-01T00:00:00.000+0000")
LEADS = ChangeQuery("Lead", ("Email", HOO), EPOCH, EPOCH, "")
OTHERS = [ChangeQuery(name, ("Id",), EPOCH, EPOCH, "") for name in ("Contact", "Account", "User")]


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedOrg]:
    org = EmulatedOrg()
    yield org
    org.close()


@pytest.fixture
def org(process) -> EmulatedOrg:
    process.reset()
    return process


@pytest.fixture
def settings(settings):
    return replace(settings, **APP, read_timeout=5.0)


def look(gateway, queries=(), since=None, tracked=None):
    objects = [CONTACT, LEAD]
    return gateway.watch(queries, since=since, sobjects=objects, tracked=tracked or {})


def settled(gateway, org) -> datetime:
    """The time of a look that came well after the last change of the schema."""
    org.control("POST", "clock", {"advance_seconds": 60})
    return look(gateway).asked_at


def test_the_first_look_brings_every_schema_and_the_rows_in_one_call(gateway, org):
    lead = org.new("Lead", LastName="Doe", Company="Acme", Email="a@example.com")
    found = look(gateway, [LEADS])
    assert gateway.usage.calls == 1
    assert set(found.changed) == {CONTACT, LEAD}
    assert found.changed[LEAD] == gateway.describe("Lead")
    assert [row["Id"] for row in found.rows[0]] == [lead]


def test_a_look_that_finds_nothing_is_one_call_without_schema_and_rows(gateway, org):
    since = settled(gateway, org)
    org.control("DELETE", "calls")
    found = look(gateway, [LEADS, *OTHERS], since, {LEAD: [HOO], CONTACT: [HOO]})
    assert found.changed == {}
    assert [len(rows) for rows in found.rows[:3]] == [0, 0, 0]
    assert [call["resource"] for call in org.control("GET", "calls")] == ["/composite"]


def test_a_field_hidden_since_changes_the_schema_and_leaves_the_queries_unanswered(gateway, org):
    since = settled(gateway, org)
    org.control("PUT", "permissions", {f"Lead.{HOO}": "hidden"})
    found = look(gateway, [LEADS], since)
    assert HOO not in found.changed[LEAD].fields
    assert HOO in found.changed[CONTACT].fields
    assert found.rows is None


def test_a_changed_schema_does_not_spoil_rows_that_could_be_read(gateway, org):
    since = settled(gateway, org)
    org.control("PUT", "permissions", {"Lead.City": "hidden"})
    found = look(gateway, [LEADS], since)
    assert "City" not in found.changed[LEAD].fields
    assert found.rows == [[]]


def test_tracking_is_told_per_object_and_only_of_what_was_asked(gateway, org):
    org.control("PUT", "history", {"Lead": [HOO, "City"], "Contact": []})
    found = look(gateway, tracked={LEAD: [HOO, "Phone"], CONTACT: [HOO]})
    assert found.tracked == {(LEAD, HOO)}
    assert look(gateway).tracked == frozenset()


def test_a_hidden_field_is_not_tracked(gateway, org):
    org.control("PUT", "history", {"Lead": [HOO], "Contact": [HOO]})
    org.control("PUT", "permissions", {f"Lead.{HOO}": "hidden"})
    assert look(gateway, tracked={LEAD: [HOO], CONTACT: [HOO]}).tracked == {(CONTACT, HOO)}


def test_the_time_of_a_look_is_the_orgs_and_before_it(gateway, org):
    org.control("POST", "clock", {"advance_seconds": 7200})
    asked_at = look(gateway).asked_at
    ahead = (asked_at - datetime.now(UTC)).total_seconds()
    assert 7190 < ahead < 7200


def test_an_object_that_is_not_there_is_refused_by_name(gateway):
    with pytest.raises(SalesforceError, match="query of Nothing__c") as refusal:
        look(gateway, [ChangeQuery("Nothing__c", ("Id",), EPOCH, EPOCH, "")])
    assert refusal.value.code == "INVALID_TYPE"


def test_history_comes_for_the_records_and_the_field_asked_for(gateway, org):
    org.control("PUT", "history", {"Lead": [HOO, "City"], "Contact": [HOO]})
    leads = [org.new("Lead", LastName="Doe", Company="Acme", City="Oslo") for _ in range(2)]
    contact = org.new("Contact", LastName="Doe")
    for lead in leads:
        org.rest("PATCH", f"sobjects/Lead/{lead}", {HOO: True, "City": "Turku"})
    org.rest("PATCH", f"sobjects/Contact/{contact}", {HOO: True})
    org.control("DELETE", "calls")
    wanted = {LEAD: [leads[0]], CONTACT: [contact]}
    found = gateway.field_history(wanted, {LEAD: HOO, CONTACT: HOO})
    assert [(r["LeadId"], r["Field"]) for r in found[LEAD]] == [(leads[0], HOO)]
    assert [(r["ContactId"], r["Field"]) for r in found[CONTACT]] == [(contact, HOO)]
    assert {"CreatedDate", "CreatedById"} <= found[LEAD][0].keys()
    assert len(org.control("GET", "calls")) == 1


def test_history_of_thousands_of_records_is_few_calls(gateway, org):
    ids = [f"00Q{number:012d}AAA" for number in range(5000)]
    assert gateway.field_history({LEAD: ids}, {LEAD: HOO}) == {LEAD: []}
    assert gateway.usage.calls == 1
