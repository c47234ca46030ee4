"""What a run reads of the configuration: fields to ask for, and the two clocks."""

from syncapp.core.values import stamp
from tests.core.build import CONTACT, LEAD, at, mapping, rules

COMMON = [
    "Id",
    "Email",
    "OwnerId",
    "CreatedDate",
    "CreatedById",
    "LastModifiedDate",
    "LastModifiedById",
    "SystemModstamp",
    "IsDeleted",
    "MasterRecordId",
]


def test_a_record_is_asked_for_what_identifies_it_and_what_is_mapped_each_once():
    unit = rules(mapping("x", sf="Nope__c"))
    lead = [*COMMON, "IsConverted", "ConvertedContactId", "ConvertedAccountId"]
    assert unit.select(LEAD) == (*lead, "LastName", "City", "Company", "HasOptedOutOfEmail")
    contact = [*COMMON, "AccountId", "LastName", "MailingCity", "Account.Name"]
    assert unit.select(CONTACT) == (*contact, "HasOptedOutOfEmail")


def test_times_go_to_the_orgs_clock_and_back():
    unit = rules(offset=90)
    assert unit.org_time(at(0)) == at(1.5)
    assert unit.our_time(at(1.5)) == at(0)
    assert unit.org_time(None) is None
    assert unit.our_time(None) is None
    assert rules().org_time(at(1 / 120)) == at(0)


def test_what_the_connector_user_or_a_former_one_in_their_time_wrote_is_ours():
    unit = rules()
    unit.former_users = {"005F": at(0)}
    assert unit.wrote(unit.connector_user_id, None)
    before, then, later = (stamp(at(minutes)) for minutes in (-1, 0, 1))
    assert [unit.wrote("005F", when) for when in (before, then, later)] == [True, True, False]
    assert not unit.wrote("005F", None)
    assert not unit.wrote("005S", before)
    assert not unit.wrote(None, before)
