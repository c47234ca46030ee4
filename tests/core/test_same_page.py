"""One page, several people: what an earlier row decided counts for the later ones (§4 to §6)."""

import pytest

from syncapp.core.addresses import AddressFacts
from syncapp.core.inbound import plan_rows
from syncapp.core.matching import Candidate
from syncapp.core.outbound import Found, plan_pending
from syncapp.core.pair import Outcome
from syncapp.core.sharing import SharingRule
from syncapp.core.types import (
    Agreed,
    Behavior,
    ConflictKind,
    FieldWrite,
    LinkState,
    MailabilityModel,
    Rule,
    Side,
    Trigger,
)
from tests.core.build import CONTACT, LEAD, at, known, linked, mapping, prospect, row, rules

HOO = "HasOptedOutOfEmail"
OUT = AddressFacts(opted_out=True)
AMPSEA = {"ampsea": True}
FOLLOWS = {"change_emails": True}


def page(*records, about=(), unit=None, **more):
    """The plan for the records; every row of it is counted exactly once."""
    rows = [(LEAD if r["Id"].startswith("00Q") else CONTACT, r) for r in records]
    plan = plan_rows(rows, known(*about, **more), unit or rules())
    assert sum(plan.outcomes.values()) == len({r["Id"] for r in records})
    return plan


def lead(number, email="ada@example.com", **fields):
    return row(LEAD, number, Email=email, **fields)


# every row and every prospect is counted
def test_two_of_everything_are_counted_twice():
    gone = [linked(lead(n), n, email=f"{n}@example.com") for n in (1, 2)]
    stays = [linked(lead(n), n, email=f"{n}@example.com") for n in (3, 4)]
    sleeps = [linked(lead(n), n, email=f"{n}@example.com") for n in (5, 6)]
    former = [linked(row(CONTACT, n), n, email=f"{n}@example.com") for n in (7, 8)]
    for someone in sleeps:
        someone.link.state = LinkState.DO_NOT_SYNC
    for someone, number in zip(former, (7, 8), strict=True):
        someone.link.lead_id = lead(number)["Id"]
    records = [lead(n, f"{n}@example.com", IsDeleted=n < 3) for n in range(1, 9)]
    plan = page(*records, about=[*gone, *stays, *sleeps, *former])
    assert plan.outcomes == {Outcome.APPLIED: 2, Outcome.UNCHANGED: 6}


def test_two_records_that_change_hands_without_a_sync_are_counted_twice():
    leave = [linked(lead(n), n, email=f"{n}@example.com") for n in (1, 2)]
    take = [prospect(n, email=f"{n}@example.com") for n in (3, 4)]
    for someone in take:
        someone.link.state = LinkState.DO_NOT_SYNC
    records = [lead(1, "3@example.com"), lead(2, "4@example.com")]
    assert page(*records, about=[*leave, *take]).outcomes == {Outcome.APPLIED: 2}


def test_two_prospects_of_everything_are_counted_twice():
    idle = [prospect(n, email=f"{n}@example.com") for n in (1, 2)]
    deleted = [linked(lead(n), n, email=f"{n}@example.com") for n in (3, 4)]
    converted = [linked(lead(n), n, email=f"{n}@example.com") for n in (5, 6)]
    gone = {lead(n)["Id"]: {"Id": lead(n)["Id"], "IsDeleted": True} for n in (3, 4)}
    records = {lead(n)["Id"]: lead(n, IsConverted=True) for n in (5, 6)}
    found = Found(gone=gone, records=records)
    plan = plan_pending([*idle, *deleted, *converted], found, known(), rules())
    assert plan.outcomes == {Outcome.UNCHANGED: 4, Outcome.APPLIED: 2}
    assert plan.settled == [*idle, *deleted]


# who has the email now: without AMPSEA an email belongs to one prospect
def test_a_deletion_that_bins_a_prospect_frees_its_email_for_a_new_record():
    someone = linked(lead(1))
    records = [lead(2), lead(1, IsDeleted=True)]  # deletions come first, whatever the order
    plan = page(*records, about=[someone], unit=rules(delete_or_merge=True))
    assert [made.email for made in plan.created] == ["ada@example.com"]
    plan = page(*records, about=[linked(lead(1))])  # only CRM-deleted: the email is still taken
    assert plan.created == []


def test_a_merge_frees_the_losers_email_for_a_new_record():
    loser, winner = linked(lead(1), 1), linked(lead(2), 2, email="winner@example.com")
    merged = lead(1, IsDeleted=True, MasterRecordId=lead(2)["Id"])
    unit = rules(delete_or_merge=True)
    plan = page(merged, lead(3), about=[loser, winner], unit=unit)
    assert [made.email for made in plan.created] == ["ada@example.com"]


def test_a_record_that_stops_matching_frees_its_email_for_a_new_one():
    shared = {"sharing": {LEAD: SharingRule("lead", "Region__c", ("EMEA",))}}
    records = [lead(1, Region__c="US"), lead(2, Region__c="EMEA")]
    plan = page(*records, about=[linked(lead(1))], unit=rules(extra=shared))
    assert [made.row["Id"] for made in plan.created] == [lead(2)["Id"]]
    assert [change.prospect.id for change in plan.links] == [1]


def test_an_email_that_leaves_with_its_prospect_is_free_for_a_new_record():
    leaves = linked(lead(1))
    records = [lead(1, "New@example.com"), lead(2, "ADA@example.com")]
    plan = page(*records, about=[leaves], unit=rules(**FOLLOWS))
    assert [made.email for made in plan.created] == ["ADA@example.com"]


def test_an_email_that_leaves_is_free_for_a_new_record_that_was_read_before():
    binned = linked(row(CONTACT, 3), 3, email="new@example.com")
    binned.archived = True
    records = [lead(2), lead(1, "new@example.com"), row(CONTACT, 3, Email="other@example.com")]
    plan = page(*records, about=[linked(lead(1)), binned], unit=rules(**FOLLOWS))
    assert not plan.conflicts
    assert [made.row["Id"] for made in plan.created] == [lead(2)["Id"]]


def test_an_email_that_a_prospect_is_about_to_get_is_taken():
    follows = linked(lead(1))
    records = [lead(1, "New@example.com"), lead(2, "new@EXAMPLE.com")]
    plan = page(*records, about=[follows], unit=rules(**FOLLOWS))
    assert plan.created == []
    assert [(p, c.others) for p, c in plan.conflicts] == [(follows, (lead(2)["Id"],))]


def test_a_second_prospect_cannot_follow_to_the_same_email():
    first, second = linked(lead(1), 1), linked(lead(2), 2, email="bob@example.com")
    records = [lead(1, "new@example.com"), lead(2, "NEW@example.com")]
    plan = page(*records, about=[first, second], unit=rules(**FOLLOWS))
    assert [c.kind for c in plan.pairs[1].conflicts] == [ConflictKind.EMAIL_IN_USE]
    assert plan.pairs[1].held == ["email"]
    assert [w.new for w in plan.pairs[0].writes] == ["new@example.com"]


@pytest.mark.parametrize("switches", [{}, FOLLOWS])
def test_an_email_that_this_page_creates_a_prospect_with_is_taken_too(switches):
    someone = linked(lead(2), email="bob@example.com")
    records = [row(CONTACT, 1, Email="New@example.com"), lead(2, "new@example.com")]
    plan = page(*records, about=[someone], unit=rules(**switches))
    assert [made.email for made in plan.created] == ["New@example.com"]
    assert [c.kind for c in plan.pairs[0].conflicts] == [ConflictKind.EMAIL_IN_USE]


def test_the_bin_stays_while_this_page_gives_the_address_to_somebody_else():
    someone = linked(lead(2))
    someone.link.state, someone.archived = LinkState.CRM_DELETED, True
    plan = page(row(CONTACT, 1), lead(2), about=[someone])
    assert len(plan.created) == 1
    assert plan.links[0].archived is None
    assert someone.archived


def test_a_waiting_prospect_takes_one_record_and_the_next_makes_a_prospect_with_ampsea():
    someone = prospect()
    someone.assigned_user = 1
    plan = page(lead(1), lead(2), about=[someone], unit=rules(**AMPSEA))
    assert plan.pending == [(someone, Trigger.RECORD)]
    assert [made.row["Id"] for made in plan.created] == [lead(2)["Id"]]


@pytest.mark.parametrize("reason", ["email_moved", "not_shared"])
def test_a_prospect_that_lost_its_record_is_not_handed_the_next_one(reason):
    someone = prospect()
    someone.assigned_user, someone.link.reason = 1, reason
    plan = page(lead(1), about=[someone])
    assert (plan.pending, plan.created) == ([], [])
    [change] = plan.links
    assert (change.prospect, change.values) == (someone, {"known_match": True})


# consent belongs to the address
def test_a_prospect_made_before_an_opt_out_of_its_address_is_opted_out_too():
    first = linked(lead(9))
    unit = rules(mapping("opted_out", Behavior.SF), **AMPSEA)
    records = [row(CONTACT, 1, Email="ADA@example.com"), lead(9, HasOptedOutOfEmail=True)]
    [made] = page(*records, about=[first], unit=unit).created
    assert made.values["opted_out"] is True
    assert made.address.opted_out
    assert made.sf_fields == {HOO: True}


def test_a_prospect_made_after_an_opt_out_of_its_address_is_opted_out_too():
    first = linked(row(CONTACT, 1))
    unit = rules(mapping("opted_out", Behavior.SF), **AMPSEA)
    records = [row(CONTACT, 1, HasOptedOutOfEmail=True), lead(9, "ADA@example.com")]
    facts = {"ada@example.com": AddressFacts(soft_bounces=2)}
    [made] = page(*records, about=[first], unit=unit, addresses=facts).created
    assert made.values["opted_out"] is True
    assert made.address == AddressFacts(opted_out=True, soft_bounces=2)
    assert made.sf_fields == {HOO: True}


@pytest.mark.parametrize("behavior", [Behavior.AE, Behavior.SF])
def test_an_opt_in_before_an_opt_out_of_its_address_is_never_begun(behavior):
    by_hand = behavior is Behavior.AE
    first = linked(lead(1), 1, {"opted_out": Agreed(by_hand)}, opted_out=not by_hand)
    unit = rules(mapping("opted_out", behavior), **AMPSEA)
    records = [lead(1, **{HOO: by_hand}), lead(2, **{HOO: True})]
    plan = page(*records, about=[first], unit=unit)
    [pair] = plan.pairs
    assert pair.loosenings == []
    assert pair.sf_fields == ({} if by_hand else {HOO: True})
    assert [(w.side, w.new) for w in pair.writes if w.field == "opted_out"] == (
        [(Side.AE, True)] if by_hand else [(Side.SF, True)]
    )


def test_somebody_elses_address_is_left_alone():
    first = linked(lead(9))
    unit = rules(mapping("opted_out", Behavior.SF), **AMPSEA)
    records = [row(CONTACT, 1, Email="bob@example.com"), lead(9, HasOptedOutOfEmail=True)]
    [made] = page(*records, about=[first], unit=unit).created
    assert made.values["opted_out"] is False
    assert made.address == AddressFacts()


@pytest.mark.parametrize("other", [True, False])
def test_an_opt_in_is_held_while_this_page_makes_an_opted_out_sibling(other):
    someone = linked(lead(9), opted_out=True)
    unit = rules(mapping("opted_out", Behavior.SF), **AMPSEA)
    records = [
        row(CONTACT, 1, HasOptedOutOfEmail=other),
        row(CONTACT, 2, Email="bob@example.com", HasOptedOutOfEmail=True),
        lead(9),
    ]
    [pair] = page(*records, about=[someone], unit=unit).pairs
    assert pair.held == (["opted_out"] if other else [])
    assert len(pair.loosenings) == (0 if other else 1)


def test_an_opt_out_here_that_a_page_hands_on_is_told_as_a_change_with_its_own_sync():
    record, first = lead(1, HasOptedOutOfEmail=True), linked(lead(1), 1)
    sibling = linked(lead(2), 2)
    unit = rules(mapping("opted_out", Behavior.SF), **AMPSEA)
    plan = page(record, about=[first, sibling], unit=unit)
    change = FieldWrite("opted_out", Side.AE, False, True, Side.AE, Rule.EMAIL_EVENT)
    assert plan.suppressed == [(sibling, change)]
    assert plan.pending == [(sibling, Trigger.EVENT)]


def test_what_a_record_read_for_an_edit_opts_out_gets_its_sync_too():
    someone, sibling = linked(lead(1), 1, epoch=-1), linked(lead(2), 2)
    record = lead(1, HasOptedOutOfEmail=True)
    found = Found(records={record["Id"]: record})
    plan = plan_pending([someone], found, known(sibling), rules(**AMPSEA))
    assert [p for p, _ in plan.suppressed] == [sibling]
    assert plan.pending == [(sibling, Trigger.EVENT)]


def test_a_prospect_made_by_a_changed_email_takes_what_its_new_address_is_known_for():
    record = lead(1, "New@example.com")
    [made] = page(record, about=[linked(lead(1))], addresses={"new@example.com": OUT}).created
    assert made.address is OUT
    assert made.values["opted_out"] is True


def test_an_opt_out_that_both_have_keeps_its_own_time():
    someone, other = linked(opted_out=True), prospect(2, email="new@example.com", opted_out=True)
    someone.opted_out_changed_at = at(-5)
    record = row(Email="new@example.com", HasOptedOutOfEmail=True)
    [pair] = page(record, about=[someone, other]).pairs
    assert (pair.writes, pair.opted_out_changed_at) == ([], None)


def test_an_email_that_follows_is_not_sent_back_while_the_opt_out_waits_for_its_history():
    record = lead(1, "new@example.com", HasOptedOutOfEmail=True)
    unit = rules(mapping("opted_out", Behavior.FIELD), **FOLLOWS)
    [pair] = page(record, about=[linked(lead(1))], unit=unit, field_times={}).pairs
    assert (pair.held, pair.sf_fields) == (["opted_out"], {})
    assert [(w.field, w.side) for w in pair.writes] == [("email", Side.AE)]


def test_a_followed_contact_is_what_the_prospect_syncs_with_from_then_on():
    someone, contact = linked(lead(1)), row(CONTACT, 2)["Id"]
    page(lead(1, IsConverted=True, ConvertedContactId=contact), about=[someone])
    assert (someone.link.lead_id, someone.link.contact_id) == (lead(1)["Id"], contact)


def test_before_the_upgrade_a_suppressed_record_is_not_told_again():
    """Row 1: HasOptedOutOfEmail says it already, whichever field it came from."""
    unit = rules(mapping("opted_out"), model=MailabilityModel.LEGACY, legacy_sync_behavior=True)
    record = lead(1, HasOptedOutOfEmail=True)
    [made] = page(record, unit=unit, addresses={"ada@example.com": OUT}).created
    assert (made.values["opted_out"], made.values["do_not_email"]) == (True, True)
    assert made.sf_fields == {}


def test_a_manual_sync_of_a_linked_prospect_passes_while_the_connector_is_paused():
    someone, record = linked(lead(1), city="Oslo"), lead(1, City="Turku")
    found = Found(records={record["Id"]: record})
    assert plan_pending([someone], found, known(), rules(state="paused")).pairs == []
    someone.link.pending = Trigger.MANUAL
    [pair] = plan_pending([someone], found, known(), rules(state="paused")).pairs
    assert [w.new for w in pair.writes] == ["Turku"]


def test_a_linked_prospect_is_named_with_its_record_and_its_duplicates():
    someone = prospect()
    someone.assigned_user = 1
    found = Found(by_email={"ada@example.com": [Candidate(LEAD, lead(n)) for n in (1, 2)]})
    [pair] = plan_pending([someone], found, known(), rules()).pairs
    assert pair.decides_link.prospect is someone
    [note] = pair.conflicts
    assert (note.field, note.ae_value, note.sf_value) == (
        "email",
        "ada@example.com",
        lead(1)["Id"],
    )
    waiting = prospect(2)
    plan = plan_pending([waiting], found, known(), rules())
    assert [change.prospect for change in plan.links] == [waiting]
