"""Prospects that changed here, against their records as they are now (product.md §3, §4)."""

import pytest

from syncapp.core.inbound import Known
from syncapp.core.matching import Candidate
from syncapp.core.outbound import Found, plan_pending
from syncapp.core.pair import Outcome
from syncapp.core.types import ConflictKind, LinkState, Rule, Side, Trigger
from tests.core.build import (
    CONTACT,
    LEAD,
    SOMEBODY,
    at,
    edited,
    known,
    linked,
    prospect,
    row,
    rules,
)

HOO = "HasOptedOutOfEmail"


def assigned(number=1, **values):
    someone = prospect(number, **values)
    someone.assigned_user = 1
    return someone


def page(*prospects, records=(), matches=(), gone=(), taken=(), unit=None, about=None):
    """The plan for the prospects; every one of them is counted exactly once."""
    by_email = {}
    for record in matches:
        sobject = LEAD if record["Id"].startswith("00Q") else CONTACT
        by_email.setdefault(record["Email"].lower(), []).append(Candidate(sobject, record))
    found = Found(
        records={r["Id"]: r for r in records},
        gone={r["Id"]: r for r in gone},
        by_email=by_email,
        taken=frozenset(taken),
    )
    plan = plan_pending(prospects, found, about or Known(), unit or rules())
    assert sum(plan.outcomes.values()) == len(prospects)
    return plan


def test_an_edit_here_is_merged_with_the_record_as_it_is_now():
    someone = linked(row(), base={"city": edited(None)}, city="Oslo")
    plan = page(someone, records=[row()])
    [pair] = plan.pairs
    assert pair.sf_fields == {"City": "Oslo"}
    assert plan.outcomes == {Outcome.APPLIED: 1}


def test_an_edit_that_came_to_nothing_is_counted_as_unchanged():
    plan = page(linked(row()), records=[row()])
    assert plan.outcomes == {Outcome.UNCHANGED: 1}


# §4: the record to link
def test_an_assigned_prospect_links_to_the_record_with_its_email_as_first_link():
    someone = assigned(opted_out=True, city="Oslo")
    someone.link.base = {"city": edited("x")}
    plan = page(someone, matches=[row(City="Turku", OwnerId=SOMEBODY)])
    [pair] = plan.pairs
    assert pair.decides_link.values["lead_id"] == row()["Id"]
    assert pair.sf_fields == {HOO: True}
    assert [(w.field, w.new) for w in pair.ae_writes] == [("city", "Turku")]
    assert pair.conflicts == []
    assert plan.outcomes == {Outcome.APPLIED: 1}


def test_linking_alone_counts_as_applied():
    plan = page(assigned(), matches=[row()])
    assert plan.pairs[0].writes == []
    assert plan.outcomes == {Outcome.APPLIED: 1}


def test_the_owner_of_a_linked_record_becomes_the_assigned_user():
    """§3 row 11: an unassigned prospect links by Sync with CRM."""
    someone = prospect()
    someone.link.pending = Trigger.MANUAL
    plan = page(someone, matches=[row(OwnerId=SOMEBODY)])
    assert [(w.field, w.new) for w in plan.pairs[0].writes] == [("assigned_user", 1)]


def test_several_matching_records_link_the_first_and_show_the_others():
    records = [row(LEAD, 1), row(LEAD, 2, created=at(-9000)), row(CONTACT, 3)]
    plan = page(assigned(), matches=records)
    [pair] = plan.pairs
    [note] = pair.conflicts
    assert pair.decides_link.values["contact_id"] == records[2]["Id"]
    assert note.kind is ConflictKind.DUPLICATE_RECORDS
    assert note.sf_value == note.decided == records[2]["Id"]
    assert note.others == (records[1]["Id"], records[0]["Id"])


def test_a_record_is_linked_to_one_prospect_only():
    first, second = assigned(1), assigned(2)
    plan = page(first, second, matches=[row()])
    assert [p.create for p in plan.pairs] == [False, True]
    plan = page(assigned(), matches=[row()], taken=[row()["Id"]])
    assert [p.create for p in plan.pairs] == [True]


def test_an_unassigned_prospect_waits_and_remembers_that_a_record_matches():
    someone = prospect()
    plan = page(someone, matches=[row()])
    assert [c.values for c in plan.links] == [{"known_match": True}]
    assert plan.settled == [someone]
    assert plan.outcomes == {Outcome.UNCHANGED: 1}
    someone.link.known_match = True
    assert page(someone, matches=[row()]).links == []
    assert [c.values for c in page(someone).links] == [{"known_match": False}]


# §3 rows 12 and 13: the record to create
def test_an_assigned_prospect_without_record_creates_a_lead_for_its_user():
    [pair] = page(assigned()).pairs
    assert pair.create
    assert pair.sf_fields["OwnerId"] == SOMEBODY
    assert not pair.assignment_rules


def test_an_unassigned_prospect_is_created_by_active_assignment_rules_only():
    plan = page(prospect())
    assert plan.pairs == []
    assert len(plan.settled) == 1
    [pair] = page(prospect(), unit=rules(use_assignment_rules=True)).pairs
    assert pair.assignment_rules
    assert "OwnerId" not in pair.sf_fields


def test_a_prospect_without_valid_email_matches_nothing():
    plan = page(assigned(email=None))
    assert (plan.pairs, len(plan.settled)) == ([], 1)


# records that are not found
def test_a_deleted_record_is_never_created_again():
    someone = linked(row())
    plan = page(someone, gone=[{"Id": row()["Id"], "IsDeleted": True}])
    assert [c.values["state"] for c in plan.links] == [LinkState.CRM_DELETED]
    assert plan.settled == [someone]
    assert plan.outcomes == {Outcome.APPLIED: 1}
    someone.link.state = LinkState.CRM_DELETED
    plan = page(someone, gone=[{"Id": row()["Id"], "IsDeleted": True}])
    assert (plan.links, plan.outcomes) == ([], {Outcome.UNCHANGED: 1})


@pytest.mark.parametrize("gone", [[], [{"Id": row()["Id"], "IsDeleted": False}]])
def test_a_record_that_is_hidden_is_neither_deleted_nor_created_again(gone):
    someone = linked(row())
    plan = page(someone, gone=gone)
    assert [c.values for c in plan.links] == [{"state": LinkState.NOT_VISIBLE}]
    assert [w.new for w in plan.links[0].writes] == ["not_visible"]
    someone.link.state = LinkState.NOT_VISIBLE
    assert page(someone, gone=gone).links == []


@pytest.mark.parametrize("state", [LinkState.CRM_DELETED, LinkState.NOT_VISIBLE])
def test_a_record_that_is_back_is_linked_again(state):
    someone = linked(row(), opted_out=True)
    someone.link.state = state
    plan = page(someone, records=[row()])
    assert [c.values["state"] for c in plan.links] == [LinkState.LINKED]
    assert plan.pairs[0].sf_fields == {HOO: True}
    assert plan.settled == []


def test_a_linked_prospect_that_does_not_sync_is_settled():
    someone = linked(row(), city="Oslo")
    someone.link.state = LinkState.DO_NOT_SYNC
    plan = page(someone, records=[row()])
    assert (plan.pairs, plan.settled, plan.outcomes) == ([], [someone], {Outcome.UNCHANGED: 1})


def test_an_email_that_salesforce_changed_meanwhile_moves_the_record():
    someone, other = linked(row(), opted_out=True), prospect(2, email="new@example.com")
    plan = page(someone, records=[row(Email="new@example.com")], about=known(other))
    assert plan.pairs[0].prospect is other
    assert plan.links[0].prospect is someone


def test_a_converted_lead_waits_for_the_page_that_tells_of_it():
    someone = linked(row(), city="Oslo")
    contact = row(CONTACT, 2)["Id"]
    record = row(IsConverted=True, ConvertedContactId=contact, ConvertedAccountId=None)
    plan = page(someone, records=[record])
    assert (plan.links, plan.pairs, plan.settled) == ([], [], [])
    assert plan.outcomes == {Outcome.UNCHANGED: 1}


def test_a_manual_sync_of_a_paused_connector_creates_and_an_edit_does_not():
    someone = assigned()
    assert page(someone, unit=rules(state="paused")).pairs == []
    someone.link.pending = Trigger.MANUAL
    [pair] = page(someone, unit=rules(state="paused")).pairs
    assert {(w.side, w.rule) for w in pair.writes} == {(Side.SF, Rule.CREATED)}
    someone.assigned_user = None
    assert page(someone, unit=rules(state="paused")).pairs == []


def test_duplicates_found_while_planning_linked_prospects_are_kept():
    first = linked(row(LEAD, 1))
    second = linked(row(LEAD, 2), 2)
    moved = row(LEAD, 1, Email="new@example.com")
    plan = page(first, second, records=[moved, row(LEAD, 2)])
    assert [m.email for m in plan.created] == ["new@example.com"]


def test_a_hidden_record_that_is_still_hidden_leaves_nothing_to_do():
    someone = linked()
    someone.link.state = LinkState.NOT_VISIBLE
    plan = plan_pending([someone], Found(), known(), rules())
    assert (plan.settled, plan.links) == ([someone], [])
