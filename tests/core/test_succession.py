"""Merged and converted records (product.md §5): followed, and never a loosened consent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncapp.core.inbound import plan_rows
from syncapp.core.outbound import Found, plan_pending
from syncapp.core.page import ProspectMerge
from syncapp.core.pair import Outcome
from syncapp.core.types import Agreed, Behavior, LinkState, MailabilityModel, Rule, Side, Trigger
from tests.core.build import CONTACT, LEAD, known, linked, mapping, prospect, row, rules

HOO = "HasOptedOutOfEmail"
LOSER, WINNER = row(LEAD, 1)["Id"], row(LEAD, 2)["Id"]


def merged_row(master=WINNER, sobject=LEAD, number=1):
    return row(sobject, number, IsDeleted=True, MasterRecordId=master)


def page(*records, about, unit=None):
    rows = [(LEAD if r["Id"].startswith("00Q") else CONTACT, r) for r in records]
    plan = plan_rows(rows, known(*about), unit or rules())
    assert sum(plan.outcomes.values()) == len({r["Id"] for r in records})
    return plan


def both(**loser_values):
    return linked(row(LEAD, 1), 1, **loser_values), linked(row(LEAD, 2), 2)


ON = ({"delete_or_merge": True}, {"ampsea": True})


@pytest.mark.parametrize("switches", ON)
def test_with_delete_or_merge_the_losers_prospect_becomes_the_winners(switches):
    loser, winner = both()
    plan = page(merged_row(), about=[loser, winner], unit=rules(**switches))
    assert plan.merges == [ProspectMerge(loser, winner)]
    ended, first = plan.links
    assert ended.prospect is loser
    assert ended.values["reason"] == "merged"
    assert (ended.values["state"], ended.values["lead_id"]) == (LinkState.NONE, None)
    assert ended.archived is True
    assert (first.prospect, first.values) == (winner, {"consent_epoch": -1})
    assert plan.pending == [(winner, Trigger.RECORD)]
    assert plan.suppressed == []
    assert plan.outcomes == {Outcome.APPLIED: 1}


@pytest.mark.parametrize("switches", ON)
@pytest.mark.parametrize("sobject", [LEAD, CONTACT])
def test_with_delete_or_merge_a_winner_without_prospect_takes_the_losers(switches, sobject):
    loser = linked(row(sobject, 1), opted_out=True)
    master = row(sobject, 2)
    plan = page(merged_row(master["Id"], sobject), master, about=[loser], unit=rules(**switches))
    [change] = plan.links
    key = "lead_id" if sobject is LEAD else "contact_id"
    assert change.values == {
        key: master["Id"],
        "created_by_connector": False,
        "consent_epoch": -1,
    }
    assert [(w.field, w.old, w.new) for w in change.writes] == [
        (f"crm_{key}", row(sobject, 1)["Id"], master["Id"])
    ]
    assert (plan.merges, plan.created) == ([], [])
    [pair] = plan.pairs
    assert pair.prospect is loser
    assert pair.sf_fields == {HOO: True}


def test_without_it_the_loser_is_crm_deleted_and_its_opt_out_goes_to_the_winner():
    loser, winner = both(opted_out=True, do_not_email=True)
    plan = page(merged_row(), row(LEAD, 2), about=[loser, winner])
    deleted, first = plan.links
    assert (deleted.prospect, deleted.values) == (loser, {"state": LinkState.CRM_DELETED})
    assert deleted.archived is None
    assert first.prospect is winner
    assert [(p.id, w.field, w.side, w.new, w.rule) for p, w in plan.suppressed] == [
        (2, "opted_out", Side.AE, True, Rule.FIRST_SYNC),
        (2, "do_not_email", Side.AE, True, Rule.FIRST_SYNC),
    ]
    [pair] = plan.pairs
    assert (pair.prospect, pair.sf_fields) == (winner, {HOO: True})
    assert plan.merges == []


def test_without_it_a_winner_without_prospect_gets_one_with_the_losers_opt_out():
    loser = linked(row(LEAD, 1), opted_out=True)
    master = row(LEAD, 2, Email="winner@example.com")
    plan = page(merged_row(), master, about=[loser])
    assert [c.values for c in plan.links] == [{"state": LinkState.CRM_DELETED}]
    [made] = plan.created
    assert made.values["opted_out"] is True
    assert made.sf_fields == {HOO: True}


def test_without_it_a_prospect_that_waits_for_the_winner_gets_the_opt_out():
    loser = linked(row(LEAD, 1), opted_out=True)
    waiting = prospect(3, email="winner@example.com")
    waiting.assigned_user = 1
    master = row(LEAD, 2, Email="winner@example.com")
    plan = page(merged_row(), master, about=[loser, waiting])
    assert [(p, w.field) for p, w in plan.suppressed] == [(waiting, "opted_out")]
    assert plan.pending == [(waiting, Trigger.RECORD)]


def test_the_winner_of_the_winner_is_followed_within_a_page():
    loser = linked(row(LEAD, 1))
    last = row(LEAD, 3)
    chain = [merged_row(WINNER), merged_row(last["Id"], number=2), last]
    plan = page(*chain, about=[loser], unit=rules(delete_or_merge=True))
    assert plan.links[0].values["lead_id"] == last["Id"]


def test_records_that_name_each_other_as_winner_end():
    loser = linked(row(LEAD, 1))
    plan = page(
        merged_row(WINNER), merged_row(LOSER, number=2), about=[loser], unit=rules(ampsea=True)
    )
    assert plan.outcomes[Outcome.APPLIED] == 1


@pytest.mark.parametrize("state", [LinkState.NOT_VISIBLE, LinkState.DO_NOT_SYNC])
def test_a_merge_is_followed_although_the_prospect_does_not_sync(state):
    loser = linked(row(LEAD, 1))
    loser.link.state = state
    plan = page(merged_row(), about=[loser], unit=rules(delete_or_merge=True))
    assert plan.links[0].values["lead_id"] == WINNER


def test_a_loser_that_does_not_sync_keeps_its_state_and_hands_on_its_opt_out():
    loser, winner = both(opted_out=True)
    loser.link.state = LinkState.DO_NOT_SYNC
    plan = page(merged_row(), about=[loser, winner])
    assert [c.prospect for c in plan.links] == [winner]
    assert [p for p, _ in plan.suppressed] == [winner]


def test_a_merge_of_a_record_that_was_deleted_before_changes_nothing():
    loser, winner = both(opted_out=True)
    loser.link.state = LinkState.CRM_DELETED
    plan = page(merged_row(), about=[loser, winner])
    assert (plan.links, plan.suppressed, plan.outcomes) == ([], [], {Outcome.UNCHANGED: 1})


def test_a_merged_record_without_prospect_changes_nothing():
    assert page(merged_row(), about=[]).outcomes == {Outcome.UNCHANGED: 1}


def test_a_deleted_record_without_winner_is_a_deletion():
    loser = linked(row(LEAD, 1))
    plan = page(row(LEAD, 1, IsDeleted=True), about=[loser], unit=rules(ampsea=True))
    assert plan.links[0].values == {"state": LinkState.CRM_DELETED}


def test_an_edit_whose_record_lost_a_merge_waits_for_the_page_that_tells_of_it():
    loser = linked(row(LEAD, 1), city="Oslo")
    gone = {"Id": LOSER, "IsDeleted": True, "MasterRecordId": WINNER}
    plan = plan_pending([loser], Found(gone={LOSER: gone}), known(), rules(ampsea=True))
    assert (plan.links, plan.settled, plan.outcomes) == ([], [], {Outcome.UNCHANGED: 1})


# what the record said when it gave way: an opt-out that no sync has read yet
@pytest.mark.parametrize("switches", [{}, *ON])
def test_an_opt_out_of_the_losing_record_that_was_not_synced_yet_counts(switches):
    loser, winner = both()
    plan = page(
        merged_row() | {HOO: True}, row(LEAD, 2), about=[loser, winner], unit=rules(**switches)
    )
    [pair] = plan.pairs
    assert (pair.prospect, pair.sf_fields) == (winner, {HOO: True})
    assert [(p, w.field) for p, w in plan.suppressed] == [
        (loser, "opted_out"),
        (winner, "opted_out"),
    ]


def test_a_prospect_that_follows_takes_the_unread_opt_out_of_its_old_record_along():
    for gone, stays in ((merged_row(), row(LEAD, 2)), (converted(), row(CONTACT, 2))):
        someone = linked(row(LEAD, 1))
        unit = rules(delete_or_merge=True)
        plan = page(gone | {HOO: True}, stays, about=[someone], unit=unit)
        assert [(p, w.field, w.rule) for p, w in plan.suppressed] == [
            (someone, "opted_out", Rule.FIRST_SYNC)
        ]
        assert [pair.sf_fields for pair in plan.pairs] == [{HOO: True}]


def test_an_opt_in_by_hand_does_not_outlive_the_opted_out_record_that_lost_a_merge():
    loser, winner = both()
    loser.link.base["opted_out"] = Agreed(True, None, "manual")
    unit = rules(mapping("opted_out", Behavior.AE), delete_or_merge=True)
    plan = page(merged_row() | {HOO: True}, row(LEAD, 2), about=[loser, winner], unit=unit)
    assert {(p.id, w.new) for p, w in plan.suppressed} == {(1, True), (2, True)}
    assert plan.pairs[0].sf_fields == {HOO: True}


def test_before_the_upgrade_the_losing_record_ticks_do_not_email():
    loser, winner = both()
    unit = rules(model=MailabilityModel.LEGACY, legacy_sync_behavior=True)
    plan = page(merged_row() | {HOO: True}, row(LEAD, 2), about=[loser, winner], unit=unit)
    assert {(p.id, w.field) for p, w in plan.suppressed} == {
        (1, "do_not_email"),
        (2, "do_not_email"),
    }
    assert plan.pairs[0].sf_fields == {HOO: True}


def test_a_prospect_that_may_not_link_yet_gets_the_opt_out_of_the_merged_record_all_the_same():
    """It is unassigned and may link to the winner later, when nobody thinks of the loser."""
    loser = linked(row(LEAD, 1), opted_out=True)
    waiting = prospect(3, email="winner@example.com")
    plan = page(merged_row(), row(LEAD, 2, Email="winner@example.com"), about=[loser, waiting])
    assert [(p, w.field) for p, w in plan.suppressed] == [(waiting, "opted_out")]


def test_an_opt_out_that_is_handed_on_concerns_everybody_with_the_winners_address():
    loser, winner = both(opted_out=True)
    sibling = linked(row(LEAD, 9), 9)
    plan = page(merged_row(), about=[loser, winner, sibling], unit=rules(ampsea=True))
    assert [p for p, _ in plan.suppressed] == [winner, sibling]
    loser, winner = both(do_not_email=True)
    plan = page(merged_row(), about=[loser, winner, sibling], unit=rules(ampsea=True))
    assert [p for p, _ in plan.suppressed] == [winner]


# conversion into a contact that has a prospect of its own
CONTACT_ID = row(CONTACT, 2)["Id"]


def converted(**fields):
    return row(IsConverted=True, ConvertedContactId=CONTACT_ID, ConvertedAccountId="001", **fields)


@pytest.mark.parametrize("merges", [True, False])
def test_a_lead_converted_into_somebody_elses_contact_is_like_a_merge(merges):
    loser, winner = linked(opted_out=True), linked(row(CONTACT, 2), 2)
    unit = rules(delete_or_merge=merges)
    plan = page(converted(), row(CONTACT, 2), about=[loser, winner], unit=unit)
    assert bool(plan.merges) is merges
    assert plan.links[0].values["state"] == ("none" if merges else "crm_deleted")
    [pair] = plan.pairs
    assert (pair.prospect, pair.sf_fields) == (winner, {HOO: True})


def test_a_contact_that_was_merged_later_is_not_left_for_its_former_lead():
    someone = linked(row(CONTACT, 9))
    someone.link.lead_id = row()["Id"]
    plan = page(converted(City="x"), about=[someone])
    assert (plan.links, plan.outcomes) == ([], {Outcome.UNCHANGED: 1})


def test_a_lead_whose_new_contact_lost_a_merge_in_the_same_page_goes_to_the_winner():
    loser, winner = linked(do_not_email=True), linked(row(CONTACT, 3), 3)
    lost = merged_row(row(CONTACT, 3)["Id"], CONTACT, 2)
    unit = rules(delete_or_merge=True)
    plan = page(lost, row(CONTACT, 3), converted(), about=[loser, winner], unit=unit)
    assert plan.merges == [ProspectMerge(loser, winner)]
    assert [write.field for who, write in plan.suppressed if who is winner] == ["do_not_email"]
    assert plan.outcomes[Outcome.APPLIED] == 2


OUT = st.booleans()


@given(OUT, OUT, OUT, OUT, st.booleans(), st.sampled_from(list(Behavior)))
def test_neither_merging_nor_converting_loosens_consent(
    loser_out, gone_out, winner_out, there, on, behavior
):
    """Whoever is opted out on any side before: the winner and its record are afterwards."""
    unit = rules(mapping("opted_out", behavior), delete_or_merge=on)
    for gone, stays in ((merged_row(), row(LEAD, 2)), (converted(), row(CONTACT, 2))):
        loser = linked(row(LEAD, 1), 1, opted_out=loser_out)
        winner = linked(stays, 2, opted_out=winner_out)
        record = stays | {HOO: there}
        plan = page(gone | {HOO: gone_out}, record, about=[loser, winner], unit=unit)
        [pair] = plan.pairs
        assert pair.loosenings == []
        ours = winner.values["opted_out"] or any(w.field == "opted_out" for w in pair.ae_writes)
        theirs = (record | pair.sf_fields)[HOO]
        assert ours is theirs is (loser_out or gone_out or winner_out or there)
