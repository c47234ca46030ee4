"""An email changed on either side (product.md §5, first two points; seed 002)."""

import pytest

from syncapp.core.creation import AddressFacts
from syncapp.core.inbound import plan_rows
from syncapp.core.pair import Outcome
from syncapp.core.types import (
    Behavior,
    ConflictKind,
    ConflictNote,
    LinkState,
    Rule,
    SalesforceField,
    Side,
)
from tests.core.build import (
    CONTACT,
    EPOCH,
    LEAD,
    SCHEMA,
    at,
    edited,
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


NEW = {"Email": "new@example.com"}
LOST = {
    "state": LinkState.NONE,
    "lead_id": None,
    "contact_id": None,
    "account_id": None,
    "reason": "email_moved",
    "base": {},
    "consent_epoch": -1,
    "pending": None,
}


def test_by_default_a_new_email_makes_a_new_prospect_that_inherits_consent():
    """Seed 002: "creates a new prospect record with that email address", whatever the setting."""
    someone = linked(opted_out=True, do_not_email=True)
    plan = page(row(**NEW), about=[someone], unit=rules(create_prospects=False))
    assert [(c.prospect, c.values) for c in plan.links] == [(someone, LOST)]
    assert [w.new for w in plan.links[0].writes] == ["none"]
    [made] = plan.created
    assert (made.email, made.replaces) == ("new@example.com", someone)
    assert (made.values["opted_out"], made.values["do_not_email"]) == (True, True)
    assert made.sf_fields == {HOO: True}
    assert plan.outcomes == {Outcome.APPLIED: 1}


def test_the_prospect_that_has_the_new_email_takes_the_record_and_inherits_consent():
    someone = linked(opted_out=True, do_not_email=True)
    other = prospect(2, email="new@example.com", city="Oslo")
    other.link.base = {"city": edited("x")}
    plan = page(row(City="Turku", **NEW), about=[someone, other])
    assert [(c.prospect, c.values) for c in plan.links] == [(someone, LOST)]
    [pair] = plan.pairs
    assert pair.prospect is other
    assert pair.decides_link.prospect is other
    assert pair.decides_link.values == {
        "state": LinkState.LINKED,
        "reason": None,
        "known_match": True,
        "base": {},
        "account_id": None,
        "created_by_connector": False,
        "others_changed_at": None,
        "consent_epoch": -1,
        "contact_id": None,
        "lead_id": row()["Id"],
    }
    assert [(w.field, w.side, w.new) for w in pair.writes] == [
        ("city", Side.AE, "Turku"),
        ("opted_out", Side.AE, True),
        ("opted_out", Side.SF, True),
        ("do_not_email", Side.AE, True),
    ]
    assert {w.rule for w in pair.writes[1:]} == {Rule.FIRST_SYNC}
    assert pair.sf_fields == {HOO: True}
    assert pair.conflicts == []
    assert plan.outcomes == {Outcome.APPLIED: 1}


def test_an_inherited_opt_out_keeps_its_time():
    someone, other = linked(opted_out=True), prospect(2, email="new@example.com")
    someone.opted_out_changed_at = at(-90)
    [pair] = page(row(**NEW), about=[someone, other]).pairs
    assert pair.opted_out_changed_at == at(-90)
    someone, other = linked(do_not_email=True), prospect(2, email="new@example.com")
    someone.opted_out_changed_at = at(-90)
    [pair] = page(row(**NEW), about=[someone, other]).pairs
    assert pair.opted_out_changed_at is None


def test_what_is_known_of_an_address_is_found_without_case():
    someone, facts = prospect(), AddressFacts(opted_out=True)
    about = known(someone, addresses={"ada@example.com": facts})
    assert about.address("ADA@Example.com") is facts
    assert about.holders("ADA@Example.com") == about.having("ada@example.COM") == [someone]
    assert about.address(None) == AddressFacts()
    assert about.having(None) == []


def test_a_contact_that_moves_is_linked_as_contact():
    someone = linked(row(CONTACT))
    other = prospect(2, email="new@example.com")
    plan = page(row(CONTACT, AccountId="001", **NEW), about=[someone, other])
    values = plan.pairs[0].decides_link.values
    assert (values["contact_id"], values["account_id"]) == (row(CONTACT)["Id"], "001")
    assert "lead_id" not in values
    [write] = plan.pairs[0].decides_link.writes
    assert (write.field, write.new) == ("crm_contact_id", row(CONTACT)["Id"])


def test_a_prospect_that_shall_not_sync_takes_the_record_but_does_not_sync():
    someone = linked(opted_out=True)
    other = prospect(2, email="new@example.com")
    other.link.state = LinkState.DO_NOT_SYNC
    plan = page(row(City="Turku", **NEW), about=[someone, other])
    assert plan.pairs == []
    change = plan.links[1]
    assert change.prospect is other
    assert (change.values["state"], change.values["lead_id"]) == ("do_not_sync", row()["Id"])
    assert [w.field for w in change.writes] == ["crm_lead_id"]
    assert [(p, w.field, w.rule) for p, w in plan.suppressed] == [
        (other, "opted_out", Rule.FIRST_SYNC)
    ]
    assert plan.outcomes == {Outcome.APPLIED: 1}


def test_an_inherited_opt_out_that_cannot_be_written_leaves_the_first_link_open():
    """Or the next sync would let Salesforce's value take it away."""
    read_only = SalesforceField(HOO, "boolean", updateable=False)
    shown = {**SCHEMA, LEAD: {**SCHEMA[LEAD], HOO: read_only}}
    unit = rules(mapping("opted_out", Behavior.SF), schema=shown)
    for gone_out, open_ in ((True, True), (False, False)):
        someone, other = linked(opted_out=gone_out), prospect(2, email="new@example.com")
        [pair] = page(row(**NEW), about=[someone, other], unit=unit).pairs
        assert pair.ends_first_link is not open_
        [made] = page(row(**NEW), about=[linked(opted_out=gone_out)], unit=unit).created
        assert made.ends_first_link is not open_
    [made] = page(row(HasOptedOutOfEmail=True, **NEW), about=[someone], unit=unit).created
    assert made.ends_first_link


@pytest.mark.parametrize("change_emails", [False, True])
def test_an_email_that_a_prospect_with_a_record_has_is_a_conflict(change_emails):
    someone = linked(last_name="X")
    other = linked(row(LEAD, 2), 2, email="new@example.com")
    unit = rules(change_emails=change_emails)
    plan = page(row(**NEW), about=[someone, other], unit=unit)
    [pair] = plan.pairs
    assert pair.conflicts == [
        ConflictNote(ConflictKind.EMAIL_IN_USE, "email", "ada@example.com", "new@example.com")
    ]
    assert pair.held == ["email"]
    assert [w.field for w in pair.writes] == ["last_name"]
    assert plan.links == []


def test_with_the_setting_on_an_unlinked_holder_of_the_email_is_a_conflict_too():
    other = prospect(2, email="new@example.com")
    plan = page(row(**NEW), about=[linked(), other], unit=rules(change_emails=True))
    assert [c.kind for c in plan.pairs[0].conflicts] == [ConflictKind.EMAIL_IN_USE]
    assert plan.outcomes == {Outcome.HELD: 1}


def test_with_the_setting_on_the_prospects_email_follows():
    plan = page(row(**NEW), about=[linked()], unit=rules(change_emails=True))
    [pair] = plan.pairs
    [write] = pair.writes
    assert (write.field, write.side) == ("email", Side.AE)
    assert (write.old, write.new) == ("ada@example.com", "new@example.com")
    assert (write.winner, write.rule) == (Side.SF, Rule.SF)
    assert (pair.conflicts, pair.settled) == ([], ["email"])


def test_with_the_setting_on_an_email_changed_on_both_sides_is_salesforces_with_a_conflict():
    base = {"email": edited("old@example.com")}
    plan = page(row(**NEW), about=[linked(base=base)], unit=rules(change_emails=True))
    [pair] = plan.pairs
    assert [w.new for w in pair.writes] == ["new@example.com"]
    assert pair.conflicts == [
        ConflictNote(
            ConflictKind.BOTH_CHANGED,
            "email",
            "ada@example.com",
            "new@example.com",
            decided=Side.SF,
            rule=Rule.SF,
            agreed=("old@example.com",),
        )
    ]


def test_with_the_setting_off_an_email_changed_on_both_sides_moves_as_changed_in_salesforce():
    base = {"email": edited("old@example.com")}
    plan = page(row(**NEW), about=[linked(base=base)])
    assert len(plan.created) == 1


@pytest.mark.parametrize("change_emails", [False, True])
def test_an_email_changed_here_alone_overwrites_salesforces(change_emails):
    base = {"email": edited("OLD@example.com")}
    record = row(Email="old@example.com")
    plan = page(record, about=[linked(base=base)], unit=rules(change_emails=change_emails))
    assert plan.pairs[0].sf_fields == {"Email": "ada@example.com"}
    assert plan.created == []


@pytest.mark.parametrize("gone", [None, "", "ada"])
def test_an_email_removed_in_salesforce_is_written_back(gone):
    plan = page(row(Email=gone), about=[linked()])
    assert plan.pairs[0].sf_fields == {"Email": "ada@example.com"}


@pytest.mark.parametrize("change_emails", [False, True])
def test_a_prospect_without_email_takes_the_one_its_record_gets(change_emails):
    someone = linked(email=None)
    plan = page(row(**NEW), about=[someone], unit=rules(change_emails=change_emails))
    [write] = plan.pairs[0].writes
    assert (write.old, write.new, write.rule) == (None, "new@example.com", Rule.FILL_BLANK)
    assert plan.pairs[0].conflicts == []


def test_with_ampsea_a_changed_email_is_decided_by_its_behavior():
    unit = rules(mapping("email", Behavior.SF), ampsea=True)
    plan = page(row(**NEW), about=[linked()], unit=unit)
    assert [w.new for w in plan.pairs[0].writes] == ["new@example.com"]
    assert (plan.created, plan.links) == ([], [])


def test_a_moved_record_that_comes_again_in_the_page_belongs_to_its_new_prospect():
    someone, other = linked(), prospect(2, email="new@example.com")
    about = known(someone, other)
    plan_rows([(LEAD, row(**NEW))], about, rules())
    assert about.by_record[row()["Id"]] is other
    assert other.link.consent_epoch < EPOCH


@pytest.mark.parametrize("turned", [False, True])
def test_an_email_that_the_same_page_takes_from_its_prospect_is_free_for_another_record(turned):
    """In whatever order the two records were changed, and however long the chain is."""
    first = linked(row(LEAD, 1), 1, email="a@example.com", opted_out=True)
    second = linked(row(LEAD, 2), 2, email="b@example.com")
    third = linked(row(LEAD, 3), 3, email="c@example.com")
    rows = [
        row(LEAD, 3, Email="b@example.com"),
        row(LEAD, 2, Email="a@example.com"),
        row(LEAD, 1, Email="new@example.com"),
    ]
    plan = page(*(rows[::-1] if turned else rows), about=[first, second, third])
    assert [change.prospect for change in plan.links] == [first, second, third]
    assert [made.email for made in plan.created] == ["new@example.com"]
    taken = [(pair.prospect, pair.decides_link.values["lead_id"]) for pair in plan.pairs]
    assert taken == [(first, rows[1]["Id"]), (second, rows[0]["Id"])]
    assert plan.conflicts == []
    assert all(pair.conflicts == [] for pair in plan.pairs)


@pytest.mark.parametrize("turned", [False, True])
def test_prospects_that_follow_their_records_hand_an_email_on_within_a_page(turned):
    first = linked(row(LEAD, 1), 1, email="a@example.com")
    second = linked(row(LEAD, 2), 2, email="b@example.com")
    rows = [row(LEAD, 2, Email="a@example.com"), row(LEAD, 1, Email="new@example.com")]
    unit = rules(change_emails=True)
    plan = page(*(rows[::-1] if turned else rows), about=[first, second], unit=unit)
    told = [(p.prospect.id, w.new) for p in plan.pairs for w in p.ae_writes if w.field == "email"]
    assert told == [(1, "new@example.com"), (2, "a@example.com")]
    assert all(pair.conflicts == [] for pair in plan.pairs)


@pytest.mark.parametrize("follow", [False, True])
def test_records_that_swap_their_emails_are_held(follow):
    first = linked(row(LEAD, 1), 1, email="a@example.com")
    second = linked(row(LEAD, 2), 2, email="b@example.com")
    rows = [row(LEAD, 1, Email="b@example.com"), row(LEAD, 2, Email="a@example.com")]
    plan = page(*rows, about=[first, second], unit=rules(change_emails=follow))
    assert (plan.links, plan.created) == ([], [])
    assert [note.kind for pair in plan.pairs for note in pair.conflicts] == [
        ConflictKind.EMAIL_IN_USE
    ] * 2
