"""A page of changed records: arrivals (product.md §4) and the life of a link (§5)."""

import pytest

from syncapp.core.creation import AddressFacts
from syncapp.core.inbound import plan_rows
from syncapp.core.pair import Outcome
from syncapp.core.types import ConflictKind, ConflictNote, LinkState, Rule, Side, Trigger
from tests.core.build import (
    CONTACT,
    LEAD,
    known,
    linked,
    mapping,
    prospect,
    row,
    rules,
)

HOO = "HasOptedOutOfEmail"


def page(*records, about=(), unit=None, **more):
    """The plan for the records; every row of it is counted exactly once."""
    rows = [(LEAD if r["Id"].startswith("00Q") else CONTACT, r) for r in records]
    plan = plan_rows(rows, known(*about, **more), unit or rules())
    assert sum(plan.outcomes.values()) == len({r["Id"] for r in records})
    return plan


# §4: a new record
def test_a_new_record_creates_a_prospect_when_the_setting_says_so():
    plan = page(row())
    assert [m.email for m in plan.created] == ["ada@example.com"]
    assert plan.outcomes == {Outcome.APPLIED: 1}
    off = page(row(), unit=rules(create_prospects=False))
    assert (off.created, off.outcomes) == ([], {Outcome.UNCHANGED: 1})


@pytest.mark.parametrize(
    "fields", [{"Email": None}, {"Email": "ada"}, {"IsDeleted": True}, {"IsConverted": True}]
)
def test_a_record_that_cannot_be_mailed_or_is_gone_creates_nothing(fields):
    plan = page(row(**fields))
    assert (plan.created, plan.outcomes) == ([], {Outcome.UNCHANGED: 1})


def test_a_created_prospect_with_an_unreadable_value_counts_as_failed():
    unit = rules(mapping("city", values=("Oslo",)))
    plan = page(row(City="Turku"), unit=unit)
    assert len(plan.created) == 1
    assert plan.outcomes == {Outcome.FAILED: 1}


def test_a_new_prospect_takes_over_what_its_address_is_known_for():
    address = AddressFacts(opted_out=True, hard_bounced=True)
    plan = page(row(Email="ADA@example.com"), addresses={"ada@example.com": address})
    [made] = plan.created
    assert made.address is address
    assert made.sf_fields == {HOO: True}


def test_a_record_first_links_to_an_unlinked_prospect_that_may_link():
    someone = prospect()
    someone.assigned_user = 1
    plan = page(row(), about=[someone])
    assert plan.pending == [(someone, Trigger.RECORD)]
    assert (plan.created, plan.outcomes) == ([], {Outcome.UNCHANGED: 1})


def test_with_ampsea_a_record_that_a_prospect_waits_for_makes_no_second_one():
    someone = prospect()
    someone.assigned_user = 1
    plan = page(row(), about=[someone], unit=rules(ampsea=True))
    assert (plan.pending, plan.created) == ([(someone, Trigger.RECORD)], [])


def test_a_pending_trigger_that_may_link_is_kept():
    someone = prospect()
    someone.link.pending = Trigger.IMPORT
    assert page(row(), about=[someone]).pending == [(someone, Trigger.IMPORT)]


@pytest.mark.parametrize("ampsea", [False, True])
def test_a_prospect_that_may_not_link_yet_stays_and_gets_no_twin_without_ampsea(ampsea):
    someone = prospect()
    plan = page(row(), about=[someone], unit=rules(ampsea=ampsea))
    assert plan.pending == []
    assert [change.values for change in plan.links] == [{"known_match": True}]
    assert len(plan.created) == (1 if ampsea else 0)
    assert plan.conflicts == []


def test_that_a_record_matches_is_noted_once():
    someone = prospect()
    someone.link.known_match = True
    assert page(row(), about=[someone]).links == []
    someone = prospect()
    assert len(page(row(), row(LEAD, 2), about=[someone]).links) == 1


def test_a_waiting_prospect_is_asked_for_once_a_page():
    someone = prospect()
    someone.assigned_user = 1
    assert len(page(row(), row(LEAD, 2), about=[someone]).pending) == 1


def test_prospects_in_the_recycle_bin_do_not_count_as_having_the_email():
    someone = prospect()
    someone.archived = True
    assert len(page(row(), about=[someone]).created) == 1


def test_a_second_record_with_the_email_is_shown_as_duplicate():
    someone = linked(row(LEAD, 9))
    plan = page(row(), about=[someone])
    note = ConflictNote(
        ConflictKind.DUPLICATE_RECORDS,
        "email",
        "ada@example.com",
        row(LEAD, 9)["Id"],
        decided=row(LEAD, 9)["Id"],
        others=(row()["Id"],),
    )
    assert plan.conflicts == [(someone, note)]
    assert plan.created == []


def test_with_ampsea_every_record_has_a_prospect_of_its_own():
    plan = page(row(), row(LEAD, 2), about=[linked(row(LEAD, 9))], unit=rules(ampsea=True))
    assert len(plan.created) == 2
    assert plan.conflicts == []


def test_two_new_records_with_one_email_make_one_prospect_contact_first():
    plan = page(row(), row(CONTACT, 2))
    [made] = plan.created
    assert made.row["Id"] == row(CONTACT, 2)["Id"]
    assert made.others == [row()["Id"]]
    assert plan.outcomes == {Outcome.APPLIED: 1, Outcome.UNCHANGED: 1}


# linked records
def test_a_linked_record_is_merged_and_the_last_row_of_a_page_counts():
    someone = linked()
    plan = page(row(City="Oslo"), row(City="Turku"), about=[someone])
    [pair] = plan.pairs
    assert [w.new for w in pair.writes] == ["Turku"]
    assert plan.outcomes == {Outcome.APPLIED: 1}


@pytest.mark.parametrize(
    "stop",
    [
        lambda p: setattr(p, "archived", True),
        lambda p: setattr(p.link, "state", LinkState.DO_NOT_SYNC),
    ],
)
def test_a_linked_prospect_that_does_not_sync_is_left_alone(stop):
    someone = linked()
    stop(someone)
    plan = page(row(City="Turku"), about=[someone])
    assert (plan.pairs, plan.links, plan.outcomes) == ([], [], {Outcome.UNCHANGED: 1})


@pytest.mark.parametrize(
    ("state", "merged"),
    [("running", 1), ("verified", 1), ("paused", 0), ("unverified", 0)],
)
def test_the_connectors_state_decides_whether_linked_records_merge(state, merged):
    plan = page(row(City="Turku"), about=[linked()], unit=rules(state=state))
    assert len(plan.pairs) == merged


def test_a_manual_sync_merges_while_the_connector_is_paused():
    someone = linked()
    someone.link.pending = Trigger.MANUAL
    assert len(page(row(), about=[someone], unit=rules(state="paused")).pairs) == 1


# §5: deleted, undeleted, hidden
@pytest.mark.parametrize(
    ("switches", "archived"),
    [({}, None), ({"delete_or_merge": True}, True), ({"ampsea": True}, True)],
)
def test_a_deleted_record_flags_its_prospect_and_by_the_setting_bins_it(switches, archived):
    someone = linked()
    plan = page(row(IsDeleted=True), about=[someone], unit=rules(**switches))
    [change] = plan.links
    assert change.values == {"state": LinkState.CRM_DELETED}
    assert change.archived is archived
    [write] = change.writes
    assert (write.field, write.side, write.old, write.new) == (
        "crm_state",
        Side.AE,
        "linked",
        "crm_deleted",
    )
    assert plan.outcomes == {Outcome.APPLIED: 1}


def test_a_record_that_was_hidden_can_still_be_found_deleted():
    someone = linked()
    someone.link.state = LinkState.NOT_VISIBLE
    [change] = page(row(IsDeleted=True), about=[someone]).links
    assert change.values == {"state": LinkState.CRM_DELETED}


@pytest.mark.parametrize("state", [LinkState.CRM_DELETED, LinkState.DO_NOT_SYNC])
def test_a_deletion_known_already_or_of_no_interest_changes_nothing(state):
    someone = linked()
    someone.link.state = state
    plan = page(row(IsDeleted=True), about=[someone], unit=rules(delete_or_merge=True))
    assert (plan.links, plan.outcomes) == ([], {Outcome.UNCHANGED: 1})


def test_an_undeleted_record_lifts_flag_and_bin_and_is_a_first_link():
    someone = linked(opted_out=True)
    someone.link.state, someone.archived = LinkState.CRM_DELETED, True
    plan = page(row(), about=[someone])
    [change] = plan.links
    assert change.values == {"state": LinkState.LINKED, "consent_epoch": -1}
    assert change.archived is False
    [pair] = plan.pairs
    assert [w.rule for w in pair.writes] == [Rule.FIRST_SYNC]
    assert pair.sf_fields == {HOO: True}


@pytest.mark.parametrize(("ampsea", "archived"), [(False, None), (True, False)])
def test_the_bin_stays_while_somebody_else_has_the_address(ampsea, archived):
    someone, other = linked(), prospect(2)
    someone.link.state, someone.archived = LinkState.CRM_DELETED, True
    plan = page(row(), about=[someone, other], unit=rules(ampsea=ampsea))
    assert plan.links[0].archived is archived
    assert plan.outcomes[Outcome.APPLIED if ampsea is False else Outcome.UNCHANGED] == 1


def test_a_record_seen_again_is_a_first_link():
    someone = linked(opted_out=True)
    someone.link.state = LinkState.NOT_VISIBLE
    plan = page(row(), about=[someone])
    assert plan.links[0].values == {"state": LinkState.LINKED, "consent_epoch": -1}
    assert plan.links[0].archived is None
    assert plan.pairs[0].sf_fields == {HOO: True}


# §5: lead converted
def converted_lead(**more):
    return row(IsConverted=True, ConvertedContactId=CONTACT_ID, ConvertedAccountId="001", **more)


CONTACT_ID = row(CONTACT, 2)["Id"]


def test_a_converted_leads_prospect_follows_to_contact_and_account_as_first_link():
    someone = linked(opted_out=True)
    record = row(CONTACT, 2, MailingCity="Turku")
    plan = page(converted_lead(), record, about=[someone])
    [change] = plan.links
    assert change.values == {
        "contact_id": CONTACT_ID,
        "account_id": "001",
        "consent_epoch": -1,
    }
    assert [(w.field, w.new) for w in change.writes] == [("crm_contact_id", CONTACT_ID)]
    [pair] = plan.pairs
    assert pair.sobject is CONTACT
    assert pair.sf_fields == {HOO: True}
    assert plan.outcomes == {Outcome.APPLIED: 2}


def test_a_converted_lead_whose_contact_is_on_another_page_asks_for_a_sync():
    someone = linked()
    assert page(converted_lead(), about=[someone]).pending == [(someone, Trigger.RECORD)]


def test_a_lead_converted_before_changes_nothing():
    someone = linked()
    someone.link.contact_id = CONTACT_ID
    plan = page(converted_lead(City="Turku"), about=[someone])
    assert (plan.links, plan.pairs, plan.outcomes) == ([], [], {Outcome.UNCHANGED: 1})


def test_a_converted_lead_whose_contact_is_gone_is_not_written_to():
    record = row(IsConverted=True, ConvertedContactId=None, City="Turku")
    plan = page(record, about=[linked()])
    assert (plan.pairs, plan.links, plan.outcomes) == ([], [], {Outcome.UNCHANGED: 1})


def test_a_converted_lead_without_prospect_changes_nothing():
    assert page(converted_lead()).outcomes == {Outcome.UNCHANGED: 1}
