"""Consent and bounces per address (product.md §6), and a changed email (§5)."""

import pytest

from syncapp.core.addresses import (
    NO_ADDRESS,
    AddressFacts,
    at_new_address,
    opt_in_is_held,
    suppressed_by,
)
from syncapp.core.inbound import plan_rows
from syncapp.core.lookups import related_emails, related_records
from syncapp.core.mailability import Consent
from syncapp.core.outbound import Found, plan_pending
from syncapp.core.pair import Outcome
from syncapp.core.types import (
    Agreed,
    Behavior,
    ConflictKind,
    ConflictNote,
    MailabilityModel,
    Rule,
    SalesforceField,
    Side,
    Trigger,
)
from tests.core.build import (
    CONTACT,
    LEAD,
    SCHEMA,
    at,
    known,
    linked,
    mapping,
    prospect,
    row,
    rules,
    text_field,
)

LEGACY, UPGRADED = MailabilityModel.LEGACY, MailabilityModel.UPGRADED
HOO = "HasOptedOutOfEmail"
OUT = AddressFacts(opted_out=True)


@pytest.mark.parametrize(
    ("address", "legacy", "upgraded"),
    [
        (AddressFacts(), (), ()),
        (OUT, ("opted_out", "do_not_email"), ("opted_out",)),
        (AddressFacts(hard_bounced=True), ("do_not_email",), ()),
        (AddressFacts(soft_bounces=4), (), ()),
        (AddressFacts(soft_bounces=5), ("do_not_email",), ()),
        (
            AddressFacts(opted_out=True, hard_bounced=True),
            ("opted_out", "do_not_email"),
            ("opted_out",),
        ),
    ],
)
def test_whoever_gets_an_address_gets_its_opt_out(address, legacy, upgraded):
    assert suppressed_by(address, LEGACY) == legacy
    assert suppressed_by(address, UPGRADED) == upgraded


def test_a_changed_email_drops_the_bounces_and_never_the_opt_out():
    before = Consent(
        opted_out=True, do_not_email=True, complained=True, hard_bounced=True, soft_bounces=6
    )
    for model in MailabilityModel:
        after = at_new_address(model, before, AddressFacts())
        assert after == Consent(opted_out=True, do_not_email=True, complained=True)


def test_a_changed_email_takes_on_what_the_new_address_is_known_for():
    bad = AddressFacts(opted_out=True, complained=True, hard_bounced=True, soft_bounces=3)
    after = at_new_address(UPGRADED, Consent(), bad)
    assert after == Consent(opted_out=True, complained=True, hard_bounced=True, soft_bounces=3)
    assert at_new_address(LEGACY, Consent(), bad).do_not_email


def page(*records, about, unit=None, **more):
    rows = [(LEAD if r["Id"].startswith("00Q") else CONTACT, r) for r in records]
    return plan_rows(rows, known(*about, **more), unit or rules())


# the email of a prospect follows Salesforce
def follows(address=NO_ADDRESS, someone=None, **switches):
    record = row(Email="new@example.com")
    addresses = {"new@example.com": address}
    unit = rules(change_emails=True, **switches)
    plan = page(record, about=[someone or linked(record)], unit=unit, addresses=addresses)
    return plan.pairs[0]


def test_an_email_that_follows_brings_the_bounces_of_its_new_address():
    bounced = AddressFacts(hard_bounced=True)
    assert follows(bounced).new_address is bounced
    assert follows().new_address == AddressFacts()
    assert follows(bounced).sf_fields == {}
    record = row(City="Turku")
    assert page(record, about=[linked(record)]).pairs[0].new_address is None


def test_the_opt_out_of_a_new_address_reaches_both_sides():
    pair = follows(OUT)
    assert [(w.field, w.side, w.new, w.rule) for w in pair.writes[1:]] == [
        ("opted_out", Side.AE, True, Rule.FIRST_SYNC),
        ("opted_out", Side.SF, True, Rule.FIRST_SYNC),
    ]
    assert pair.sf_fields == {HOO: True}
    legacy = follows(OUT, model=LEGACY)
    assert {w.field for w in legacy.ae_writes} == {"email", "opted_out", "do_not_email"}


def test_with_ampsea_the_email_that_salesforce_wins_brings_its_address_too():
    record = row(Email="new@example.com")
    unit = rules(mapping("email", Behavior.SF), ampsea=True)
    addresses = {"new@example.com": OUT}
    [pair] = page(record, about=[linked(record)], unit=unit, addresses=addresses).pairs
    assert pair.new_address is OUT
    assert pair.sf_fields == {HOO: True}


def test_an_opt_out_of_the_new_address_outweighs_an_opt_in_in_salesforce():
    record = row(Email="new@example.com", HasOptedOutOfEmail=False)
    unit = rules(mapping("opted_out", Behavior.SF), change_emails=True)
    addresses = {"new@example.com": OUT}
    [pair] = page(
        record, about=[linked(record, opted_out=True)], unit=unit, addresses=addresses
    ).pairs
    assert pair.loosenings == []
    assert pair.sf_fields == {HOO: True}


def test_an_opt_out_of_the_new_address_outweighs_an_opt_in_by_hand():
    record = row(Email="new@example.com", HasOptedOutOfEmail=True)
    base = {"opted_out": Agreed(True, None, "manual")}
    addresses = {"new@example.com": OUT}
    unit = rules(change_emails=True)
    [pair] = page(record, about=[linked(record, base=base)], unit=unit, addresses=addresses).pairs
    assert pair.sf_fields == {}
    assert [(w.side, w.new) for w in pair.writes if w.field == "opted_out"] == [(Side.AE, True)]


def test_an_opt_out_of_the_new_address_ends_the_wait_of_an_opt_in_on_hold():
    record = row(Email="new@example.com", HasOptedOutOfEmail=True)
    base = {"opted_out": Agreed(True, None, "manual")}
    unit = rules(mapping("opted_out", hold="not_readable"), change_emails=True)
    addresses = {"new@example.com": OUT}
    [pair] = page(record, about=[linked(record, base=base)], unit=unit, addresses=addresses).pairs
    assert pair.held == []
    assert ("opted_out", True) in [(w.field, w.new) for w in pair.ae_writes]


def test_a_consent_field_that_cannot_be_written_or_is_ticked_is_left_in_salesforce():
    read_only = SalesforceField(HOO, "boolean", updateable=False)
    shown = {**SCHEMA, LEAD: {**SCHEMA[LEAD], HOO: read_only}}
    record = row(Email="new@example.com")
    for unit, ticked in (
        (rules(change_emails=True, schema=shown), False),
        (rules(change_emails=True), True),
    ):
        addresses = {"new@example.com": OUT}
        someone = linked(record, opted_out=ticked)
        changed = record | {HOO: ticked}
        [pair] = page(changed, about=[someone], unit=unit, addresses=addresses).pairs
        assert pair.sf_fields == {}


def test_a_suppression_that_reads_as_neither_is_overwritten():
    shown = {**SCHEMA, LEAD: {**SCHEMA[LEAD], "City": text_field("City")}}
    unit = rules(mapping("opted_out", sf="City"), change_emails=True, schema=shown)
    record = row(Email="new@example.com", City="maybe")
    [pair] = page(
        record, about=[linked(record)], unit=unit, addresses={"new@example.com": OUT}
    ).pairs
    assert pair.sf_fields == {"City": "true"}


# address-wide: siblings
def siblings(**second):
    """Two prospects with one address, each linked to its own record."""
    one, two = row(LEAD, 1), row(LEAD, 2)
    return one, linked(one, 1), linked(two, 2, **second)


WIDE = {"ampsea": True}


def test_an_opt_out_in_salesforce_opts_out_everybody_with_the_address():
    record, first, second = siblings()
    third = prospect(3)
    third.archived = True
    unit = rules(mapping("opted_out", Behavior.SF), **WIDE)
    plan = page(record | {HOO: True}, about=[first, second, third], unit=unit)
    assert [(p.id, w.field, w.new, w.rule) for p, w in plan.suppressed] == [
        (2, "opted_out", True, Rule.EMAIL_EVENT),
        (3, "opted_out", True, Rule.EMAIL_EVENT),
    ]
    assert plan.pending == [(second, Trigger.EVENT), (third, Trigger.EVENT)]
    assert second.link.base == {"opted_out": Agreed(False, None, "event")}
    assert third.link.base == {}


def test_in_the_legacy_model_it_ticks_do_not_email_too():
    record, first, second = siblings()
    unit = rules(mapping("opted_out", Behavior.SF), model=LEGACY, **WIDE)
    plan = page(record | {HOO: True}, about=[first, second], unit=unit)
    assert [w.field for p, w in plan.suppressed if p is second] == ["opted_out", "do_not_email"]


def test_an_opt_out_that_comes_with_a_new_email_concerns_the_new_address():
    old, new = prospect(2), prospect(3, email="new@example.com")
    record = row(Email="new@example.com", HasOptedOutOfEmail=True)
    unit = rules(mapping("email", Behavior.SF), mapping("opted_out", Behavior.SF), **WIDE)
    plan = page(record, about=[linked(record), old, new], unit=unit)
    assert [p for p, _ in plan.suppressed] == [new]


def test_siblings_who_are_opted_out_already_are_left_alone():
    record, first, second = siblings(opted_out=True)
    unit = rules(mapping("opted_out", Behavior.SF), **WIDE)
    plan = page(record | {HOO: True}, about=[first, second], unit=unit)
    assert (plan.suppressed, plan.pending) == ([], [])


def test_a_created_prospect_that_is_opted_out_opts_out_its_address():
    _, first, _ = siblings()
    plan = page(row(LEAD, 9, HasOptedOutOfEmail=True), about=[first], unit=rules(**WIDE))
    assert [p for p, _ in plan.suppressed] == [first]
    plan = page(row(LEAD, 9), about=[linked()], unit=rules(**WIDE))
    assert plan.suppressed == []


def test_an_opt_out_that_goes_to_salesforce_concerns_no_sibling():
    record, first, second = siblings()
    first.values["opted_out"] = True
    first.link.base["opted_out"] = Agreed(False, None, "manual")
    plan = page(record, about=[first, second], unit=rules(**WIDE))
    assert plan.pairs[0].sf_fields == {HOO: True}
    assert plan.suppressed == []


def test_a_siblings_record_in_the_same_page_is_opted_out_at_once():
    record, first, second = siblings()
    unit = rules(mapping("opted_out", Behavior.AE), **WIDE)
    first.link.consent_epoch = -1
    plan = page(record | {HOO: True}, row(LEAD, 2), about=[first, second], unit=unit)
    assert plan.pairs[1].sf_fields == {HOO: True}


def test_an_opt_in_in_salesforce_is_held_while_a_sibling_is_opted_out():
    record, first, second = siblings(opted_out=True)
    first.values["opted_out"] = True
    unit = rules(mapping("opted_out", Behavior.SF), **WIDE)
    [pair] = page(record, about=[first, second], unit=unit).pairs
    assert (pair.loosenings, pair.writes, pair.held) == ([], [], ["opted_out"])
    assert pair.conflicts == [
        ConflictNote(
            ConflictKind.HELD_BY_GUARD,
            "opted_out",
            True,
            False,
            decided=Side.SF,
            rule=Rule.SF,
        )
    ]
    assert pair.outcome is Outcome.HELD


def test_a_held_opt_in_keeps_the_times_that_the_rule_compared():
    record, first, second = siblings(opted_out=True)
    first.values["opted_out"] = True
    first.opted_out_changed_at = at(-5)
    unit = rules(mapping("opted_out", Behavior.FIELD), **WIDE)
    [pair] = page(record, about=[first, second], unit=unit).pairs
    [note] = pair.conflicts
    assert (note.rule, note.ae_at, note.sf_at) == (Rule.FIELD, at(-5), at(0))


def test_an_opt_in_in_salesforce_is_only_parked_when_no_sibling_is_opted_out():
    record, first, second = siblings()
    first.values["opted_out"] = True
    unit = rules(mapping("opted_out", Behavior.SF), **WIDE)
    [pair] = page(record, about=[first, second], unit=unit).pairs
    assert len(pair.loosenings) == 1
    assert pair.conflicts == []


OLD, NEW = "ada@example.com", "new@example.com"
EMAILS = mapping("email", Behavior.SF), mapping("opted_out", Behavior.SF)


@pytest.mark.parametrize(("out", "held"), [(OLD, []), (NEW, ["opted_out"])])
def test_an_opt_in_that_comes_with_another_email_waits_for_the_siblings_of_that_email(out, held):
    record, first, second = siblings(opted_out=True, email=out)
    first.values["opted_out"] = True
    unit = rules(*EMAILS, **WIDE)
    [pair] = page(record | {"Email": NEW}, about=[first, second], unit=unit).pairs
    assert pair.held == held
    assert [w.field for w in pair.loosenings] == ([] if held else ["opted_out"])


@pytest.mark.parametrize("first_comes", [True, False])
def test_an_opt_out_concerns_whoever_this_very_page_gives_the_address(first_comes):
    record, first, second = siblings(email=NEW)
    rows = [record | {"Email": NEW}, row(LEAD, 2, Email=NEW, HasOptedOutOfEmail=True)]
    unit = rules(*EMAILS, **WIDE)
    plan = page(*(rows if first_comes else rows[::-1]), about=[first, second], unit=unit)
    told = [p for p, w in plan.suppressed if w.new is True]
    told += [pair.prospect for pair in plan.pairs for w in pair.ae_writes if w.new is True]
    assert {p.id for p in told} == {1, 2}


def test_other_loosenings_of_a_prospect_with_an_opted_out_sibling_are_parked_as_ever():
    record, first, second = siblings(opted_out=True)
    first.values["do_not_email"] = True
    unit = rules(mapping("do_not_email", Behavior.SF, sf="DNE__c"), **WIDE)
    [pair] = page(record | {"DNE__c": False}, about=[first, second], unit=unit).pairs
    assert [w.field for w in pair.loosenings] == ["do_not_email"]
    first.values |= {"do_not_email": False, "opted_out": False}
    unit = rules(mapping("opted_out", Behavior.AE), **WIDE)
    [pair] = page(record | {HOO: True}, about=[first, second], unit=unit).pairs
    assert [w.side for w in pair.loosenings] == [Side.SF]


def test_a_prospect_is_not_its_own_sibling():
    someone = prospect(opted_out=True)
    assert not opt_in_is_held(someone, [someone])
    assert opt_in_is_held(someone, [someone, prospect(2, opted_out=True)])
    assert not opt_in_is_held(someone, [prospect(2)])


def test_linking_an_opted_out_record_opts_out_its_address_too():
    someone, twin = prospect(), prospect(2)
    someone.assigned_user = 1
    from syncapp.core.matching import Candidate

    record = row(HasOptedOutOfEmail=True)
    found = Found(by_email={"ada@example.com": [Candidate(LEAD, record)]})
    plan = plan_pending([someone], found, known(twin), rules(**WIDE))
    assert [p for p, _ in plan.suppressed] == [twin]


# what the store loads
def test_the_records_that_a_page_concerns_are_its_own_their_winners_and_new_contacts():
    rows = [
        (LEAD, {"Id": "L1", "MasterRecordId": "L2"}),
        (LEAD, {"Id": "L3", "MasterRecordId": None, "ConvertedContactId": "C1"}),
        (CONTACT, {"Id": "C2"}),
    ]
    assert related_records(rows) == ["L1", "L2", "L3", "C1", "C2"]


def test_the_emails_that_a_page_concerns():
    agreed, changed, opted_out = linked(), linked(row(LEAD, 2), 2), linked(row(LEAD, 3), 3)
    binned = linked(row(LEAD, 4), 4, email="bin@example.com")
    binned.archived = True
    without = linked(row(LEAD, 6), 6, email=None)
    without.archived = True
    opted_out.values["email"] = opted_out.email = "Out@example.com"
    rows = [
        (LEAD, row()),
        (LEAD, row(LEAD, 2, Email="New@example.com")),
        (LEAD, row(LEAD, 3, Email="out@example.com", HasOptedOutOfEmail=True)),
        (LEAD, row(LEAD, 4, Email="bin@example.com")),
        (LEAD, row(LEAD, 5, Email="fresh@example.com")),
        (LEAD, row(LEAD, 6, Email=None, HasOptedOutOfEmail=True)),
    ]
    rows.append((LEAD, row(LEAD, 7, Email=None, IsDeleted=True, MasterRecordId=row(LEAD, 8)["Id"])))
    contact = row(CONTACT, 9)
    rows.append((LEAD, row(LEAD, 10, Email=None, ConvertedContactId=contact["Id"])))
    heirs = (
        linked(row(LEAD, 8), 8, email="Winner@example.com"),
        linked(contact, 9, email="contact@example.com"),
    )
    about = known(agreed, changed, opted_out, binned, without, *heirs)
    assert related_emails(rows, about, rules()) == [
        "bin@example.com",
        "contact@example.com",
        "fresh@example.com",
        "new@example.com",
        "out@example.com",
        "winner@example.com",
    ]
