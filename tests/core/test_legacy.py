"""Before the mailability upgrade: product.md §6, second table, rows 1 to 3; seed 000."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncapp.core.creation import AddressFacts, new_prospect, new_record
from syncapp.core.inbound import plan_rows
from syncapp.core.pair import merge_pair
from syncapp.core.types import (
    Behavior,
    ConflictKind,
    FieldType,
    FieldWrite,
    MailabilityModel,
    Rule,
    SalesforceField,
    Side,
)
from tests.core.build import (
    LEAD,
    SCHEMA,
    edited,
    known,
    linked,
    mapping,
    prospect,
    row,
    rules,
)
from tests.core.strategies import CONSENT_BEHAVIORS, applied

HOO, CUSTOM = "HasOptedOutOfEmail", "OptedOut_Custom__c"
AE, SF = Side.AE, Side.SF
OO, DNE = "opted_out", "do_not_email"
LEGACY = {"model": MailabilityModel.LEGACY, "legacy_sync_behavior": True}
PLAIN = {"model": MailabilityModel.LEGACY}
SUPPRESSION, OPT_OUT = Rule.LEGACY_SUPPRESSION, Rule.LEGACY_OPT_OUT


def row_1(behavior=Behavior.AE, *more, **changes):
    """Legacy sync behavior: Opted Out is mapped to HasOptedOutOfEmail."""
    return rules(mapping(OO, behavior, **changes), *more, **LEGACY)


def row_2(behavior=Behavior.AE, *more, **changes):
    return rules(mapping(OO, behavior, **changes), *more, **PLAIN)


def row_3(behavior=Behavior.AE):
    """The preserve path is under way: Opted Out on a custom field, Do Not Email on HOO."""
    return rules(mapping(OO, behavior, sf=CUSTOM), mapping(DNE, behavior, sf=HOO), **LEGACY)


def merged(unit, hoo, *, base=None, epoch=None, fields=None, hard_bounced=False, **values):
    record = row(HasOptedOutOfEmail=hoo, **fields or {})
    more = {} if epoch is None else {"epoch": epoch}
    someone = linked(record, base=base or {}, **more, **values)
    someone.hard_bounced = hard_bounced
    return merge_pair(someone, LEAD, record, unit)


def told(writes):
    return [(w.field, w.side, w.new, w.rule) for w in writes]


BEHAVIORS = list(Behavior)


# row 1: legacy model, legacy sync behavior
@pytest.mark.parametrize("behavior", BEHAVIORS)
def test_hoo_ticked_in_salesforce_ticks_do_not_email_and_not_opted_out(behavior):
    plan = merged(row_1(behavior), True)
    assert told(plan.writes) == [(DNE, AE, True, SUPPRESSION)]
    assert (plan.writes[0].old, plan.writes[0].winner) == (False, SF)
    assert (plan.sf_fields, plan.loosenings) == ({}, [])


@pytest.mark.parametrize("behavior", BEHAVIORS)
@pytest.mark.parametrize(
    ("values", "field"), [({OO: True}, OO), ({DNE: True}, DNE), ({OO: True, DNE: True}, OO)]
)
def test_opted_out_or_do_not_email_here_ticks_hoo(behavior, values, field):
    plan = merged(row_1(behavior), False, **values)
    assert plan.sf_writes == [FieldWrite(field, SF, False, True, AE, SUPPRESSION)]
    assert plan.sf_fields == {HOO: True}
    assert plan.loosenings == []


def test_opted_out_alone_ticks_do_not_email_with_hoo_since_hoo_would_at_the_next_sync():
    plan = merged(row_1(), False, opted_out=True)
    assert told(plan.ae_writes) == [(DNE, AE, True, SUPPRESSION)]
    assert merged(row_1(), False, opted_out=True, do_not_email=True).ae_writes == []
    unit = row_1(Behavior.AE, mapping(DNE, Behavior.SF, sf="DNE__c"))
    plan = merged(unit, False, fields={"DNE__c": False}, opted_out=True)
    assert plan.sf_fields == {HOO: True, "DNE__c": True}
    assert [w.field for w in plan.sf_writes] == [OO, DNE]
    plan = merged(unit, False, fields={"DNE__c": False}, do_not_email=True)
    assert plan.sf_fields == {HOO: True, "DNE__c": True}


@pytest.mark.parametrize("values", [{DNE: True}, {OO: True, DNE: True}])
def test_both_suppressed_is_left_alone(values):
    plan = merged(row_1(), True, **values)
    assert (plan.writes, plan.loosenings) == ([], [])
    assert merged(row_1(), False).writes == []


def test_clearing_one_side_only_is_undone_at_the_next_sync():
    """product.md §6: "suppression always wins"; even an opt-in by hand."""
    opted_in = {OO: edited(True), DNE: edited(True)}
    plan = merged(row_1(), True, base=opted_in)
    assert told(plan.writes) == [(DNE, AE, True, SUPPRESSION)]
    plan = merged(row_1(), False, opted_out=True, do_not_email=True)  # cleared in Salesforce
    assert plan.sf_fields == {HOO: True}
    assert plan.loosenings == []


def test_what_agrees_again_is_settled():
    plan = merged(row_1(), False, base={OO: edited(True), DNE: edited(True)})
    assert (plan.writes, plan.settled) == ([], [OO, DNE])
    plan = merged(row_1(), False, base={OO: edited(False)}, opted_out=True)
    assert plan.settled == []


def test_a_do_not_email_with_a_field_of_its_own_does_not_undo_the_suppression():
    unit = row_1(Behavior.AE, mapping(DNE, Behavior.SF, sf="DNE__c"))
    plan = merged(unit, True, fields={"DNE__c": False})
    assert told(plan.writes) == [(DNE, AE, True, SUPPRESSION), (DNE, SF, True, SUPPRESSION)]
    assert plan.sf_fields == {"DNE__c": True}
    plan = merged(unit, True, fields={"DNE__c": False}, do_not_email=True)
    assert (plan.sf_fields, plan.loosenings) == ({"DNE__c": True}, [])


def test_hoo_that_may_not_be_edited_is_an_error():
    read_only = SalesforceField(HOO, "boolean", updateable=False)
    shown = {**SCHEMA, LEAD: {**SCHEMA[LEAD], HOO: read_only}}
    unit = rules(mapping(OO), schema=shown, **LEGACY)
    plan = merged(unit, False, opted_out=True)
    assert [e.code for e in plan.errors] == ["INVALID_FIELD_FOR_INSERT_UPDATE"]
    assert merged(unit, False).errors == []


def test_hidden_hoo_is_not_compared():
    shown = {**SCHEMA, LEAD: {k: v for k, v in SCHEMA[LEAD].items() if k != HOO}}
    plan = merged(rules(mapping(OO), schema=shown, **LEGACY), True, do_not_email=True)
    assert (plan.writes, plan.errors) == ([], [])


def test_a_first_link_is_told_as_such():
    assert told(merged(row_1(), True, epoch=-1).writes) == [(DNE, AE, True, Rule.FIRST_SYNC)]
    plan = merged(row_1(), False, epoch=-1, do_not_email=True)
    assert told(plan.writes) == [(DNE, SF, True, Rule.FIRST_SYNC)]


# row 2: legacy model, not legacy sync behavior
@pytest.mark.parametrize("behavior", BEHAVIORS)
def test_an_opt_out_in_salesforce_opts_out_here_and_ticks_do_not_email(behavior):
    plan = merged(row_2(behavior), True)
    assert told(plan.writes) == [(OO, AE, True, OPT_OUT), (DNE, AE, True, OPT_OUT)]
    assert {w.winner for w in plan.writes} == {SF}
    assert plan.opted_out_changed_at is not None


@pytest.mark.parametrize("behavior", BEHAVIORS)
def test_an_opt_out_here_opts_out_in_salesforce(behavior):
    plan = merged(row_2(behavior), False, base={OO: edited(False)}, opted_out=True)
    assert told(plan.writes) == [(OO, SF, True, OPT_OUT)]
    assert plan.sf_fields == {HOO: True}


@pytest.mark.parametrize(
    ("do_not_email", "hard_bounced", "loosened"),
    [(True, False, [OO, DNE]), (False, False, [OO]), (True, True, [OO])],
)
def test_an_opt_in_in_salesforce_unticks_do_not_email_unless_hard_bounced(
    do_not_email, hard_bounced, loosened
):
    plan = merged(
        row_2(), False, hard_bounced=hard_bounced, opted_out=True, do_not_email=do_not_email
    )
    assert [w.field for w in plan.loosenings] == loosened
    assert {w[1:6] for w in plan.loosenings} == {(AE, True, False, SF, OPT_OUT)}
    assert plan.writes == []


def test_an_opt_in_by_hand_here_travels_to_salesforce():
    plan = merged(row_2(), True, base={OO: edited(True)})
    assert told(plan.writes) == [(OO, SF, False, OPT_OUT)]
    plan = merged(row_2(), True, base={OO: edited(True, "import")})
    assert [w.side for w in plan.loosenings] == [SF]
    assert plan.writes == []


@pytest.mark.parametrize(("ae", "sf"), [(True, False), (False, True)])
def test_both_changed_or_a_first_link_opts_out(ae, sf):
    unknown = merged(row_2(), sf, base={OO: edited(None)}, opted_out=ae)
    first = merged(row_2(), sf, epoch=-1, base={OO: edited(not ae)}, opted_out=ae)
    for plan in (unknown, first):
        assert plan.loosenings == []
        assert [w.new for w in plan.writes if w.field == OO] == [True]
    assert first.writes[0].rule is Rule.FIRST_SYNC


def test_an_edit_here_that_was_taken_back_leaves_salesforce_the_changed_side():
    plan = merged(row_2(), True, base={OO: edited(False)})
    assert told(plan.ae_writes)[0] == (OO, AE, True, OPT_OUT)
    plan = merged(row_2(), False, base={OO: edited(True)}, opted_out=True)
    assert told(plan.loosenings) == [(OO, AE, False, OPT_OUT)]


def test_do_not_email_alone_is_no_business_of_hoo():
    assert merged(row_2(), False, do_not_email=True).writes == []
    plan = merged(row_2(), True, opted_out=True, base={DNE: edited(True)})
    assert (plan.writes, plan.settled) == ([], [DNE])


def test_a_do_not_email_with_a_field_of_its_own_follows_the_opt_out_at_once():
    unit = row_2(Behavior.AE, mapping(DNE, Behavior.SF, sf="DNE__c"))
    plan = merged(unit, True, fields={"DNE__c": False})
    assert plan.sf_fields == {"DNE__c": True}
    assert plan.loosenings == []
    plan = merged(unit, False, fields={"DNE__c": True})
    assert told(plan.writes) == [(DNE, AE, True, Rule.SF)]


def test_on_hold_only_opt_ins_wait():
    unit = row_2(hold="not_readable")
    assert merged(unit, False, opted_out=True).held == [OO]
    assert [w.new for w in merged(unit, True).ae_writes] == [True, True]


def test_an_opt_in_held_for_a_sibling_holds_do_not_email_with_it():
    record = row(HasOptedOutOfEmail=False)
    values = {OO: True, DNE: True}
    first, second = linked(record, 1, **values), linked(row(LEAD, 2), 2, **values)
    unit = rules(mapping(OO), ampsea=True, **PLAIN)
    [pair] = plan_rows([(LEAD, record)], known(first, second), unit).pairs
    assert (pair.loosenings, pair.held) == ([], [OO, DNE])
    assert [(c.kind, c.field) for c in pair.conflicts] == [
        (ConflictKind.HELD_BY_GUARD, OO),
        (ConflictKind.HELD_BY_GUARD, DNE),
    ]


def test_a_field_of_ones_own_that_is_mapped_to_hoo_is_not_coupled():
    own = mapping("flag", type=FieldType.CHECKBOX, sf=HOO)
    unit = rules(mapping(OO, sf=CUSTOM), own, **LEGACY)
    plan = merged(unit, True, fields={CUSTOM: False}, flag=False)
    assert told(plan.writes) == [("flag", AE, True, Rule.SF)]


# row 3: while the preserve path is under way
@pytest.mark.parametrize("behavior", BEHAVIORS)
@pytest.mark.parametrize("there", [True, False])
def test_do_not_email_meets_hoo_with_suppression_winning(behavior, there):
    plan = merged(row_3(behavior), there, do_not_email=not there, fields={CUSTOM: False})
    assert told(plan.writes) == [(DNE, AE if there else SF, True, SUPPRESSION)]
    assert plan.loosenings == []


@pytest.mark.parametrize("behavior", BEHAVIORS)
@pytest.mark.parametrize("there", [True, False])
def test_opted_out_meets_its_custom_field_with_opted_out_winning(behavior, there):
    base = {OO: edited(True)}  # opted in by hand, and yet
    plan = merged(row_3(behavior), False, base=base, opted_out=not there, fields={CUSTOM: there})
    assert told(plan.writes) == [(OO, AE if there else SF, True, OPT_OUT)]
    assert plan.loosenings == []


def test_opted_out_does_not_tick_hoo_once_it_has_a_field_of_its_own():
    plan = merged(row_3(), False, opted_out=True, fields={CUSTOM: True})
    assert plan.writes == []


# after the upgrade the chosen behaviors count again
def test_the_couplings_end_with_the_upgrade():
    unit = rules(mapping(OO, Behavior.SF), legacy_sync_behavior=True)
    plan = merged(unit, True)
    assert told(plan.writes) == [(OO, AE, True, Rule.SF)]
    assert merged(unit, False, do_not_email=True).writes == []


# creation is a copy, by the same coupling
def copied(unit, address=None, **fields):
    return new_prospect(LEAD, row(**fields), unit, address or AddressFacts())


def test_a_prospect_copied_from_an_opted_out_record():
    made = copied(row_1(), HasOptedOutOfEmail=True)
    assert (made.values.get(OO), made.values[DNE], made.sf_fields) == (None, True, {})
    assert (DNE, AE, True, Rule.CREATED) in told(made.writes)
    made = copied(row_2(), HasOptedOutOfEmail=True)
    assert (made.values[OO], made.values[DNE], made.sf_fields) == (True, True, {})
    made = copied(row_3(), HasOptedOutOfEmail=True, OptedOut_Custom__c=False)
    assert (made.values[OO], made.values[DNE]) == (False, True)


def test_a_prospect_copied_from_a_record_that_is_not_opted_out():
    for unit in (row_1(), row_2()):
        made = copied(unit)
        assert not made.values.get(OO)
        assert not made.values.get(DNE)


def test_a_bounced_or_opted_out_address_suppresses_the_new_prospect_and_its_record():
    bounced, out = AddressFacts(hard_bounced=True), AddressFacts(opted_out=True)
    made = copied(row_1(), bounced)
    assert (made.values.get(OO), made.values[DNE]) == (None, True)
    assert made.sf_fields == {HOO: True}
    made = copied(row_1(), out)
    assert (made.values[OO], made.values[DNE], made.sf_fields) == (True, True, {HOO: True})
    assert [w.field for w in made.writes if w.side is SF] == [OO]
    made = copied(row_2(), bounced)
    assert (made.values[OO], made.values[DNE], made.sf_fields) == (False, True, {})


@pytest.mark.parametrize(
    ("unit", "values", "hoo"),
    [
        (row_1(), {OO: True}, True),
        (row_1(), {DNE: True}, True),
        (row_1(), {}, False),
        (row_2(), {DNE: True}, False),
        (row_2(), {OO: True}, True),
        (row_3(), {DNE: True}, True),
        (row_3(), {OO: True}, False),
    ],
)
def test_a_record_created_from_a_prospect(unit, values, hoo):
    plan = new_record(prospect(**values), unit, assignment_rules=False)
    assert plan.sf_fields[HOO] is hoo
    if values and hoo:
        assert (next(iter(values)), SF, True, Rule.CREATED) in told(plan.writes)


UNITS = st.builds(
    lambda make, behavior: make(behavior), st.sampled_from([row_1, row_2, row_3]), CONSENT_BEHAVIORS
)
FLAGS = st.fixed_dictionaries({key: st.booleans() for key in (OO, DNE)})


def test_a_field_that_the_record_does_not_show_leaves_the_other_coupled():
    plan = merged(row_3(), True)  # the record does not show the custom field
    assert told(plan.writes) == [(DNE, AE, True, SUPPRESSION)]


def test_do_not_email_travels_by_its_own_field_where_hoo_may_not_be_edited():
    locked = SalesforceField(HOO, "boolean", HOO, updateable=False)
    shown = {**SCHEMA, LEAD: {**SCHEMA[LEAD], HOO: locked}}
    both = mapping(OO), mapping(DNE, Behavior.SF, sf="DNE__c")
    unit = rules(*both, schema=shown, **LEGACY)
    plan = merged(unit, False, fields={"DNE__c": False}, do_not_email=True)
    assert (plan.sf_fields, plan.loosenings) == ({"DNE__c": True}, [])


@given(UNITS, FLAGS, FLAGS, FLAGS, st.sampled_from([-1, 3]))
def test_a_legacy_plan_applied_and_planned_again_is_empty(unit, there, values, agreed, epoch):
    hoo, custom = there.values()
    base = {key: edited(value) for key, value in agreed.items()}
    plan = merged(unit, hoo, epoch=epoch, base=base, fields={CUSTOM: custom}, **values)
    someone, record = applied(plan, unit)
    again = merge_pair(someone, LEAD, record, unit)
    assert (again.writes, again.loosenings, again.sf_fields) == ([], [], {})


@given(UNITS, st.booleans(), st.booleans(), FLAGS, FLAGS)
def test_a_legacy_first_link_loosens_nothing(unit, hoo, custom, values, agreed):
    base = {key: edited(value) for key, value in agreed.items()}
    plan = merged(unit, hoo, epoch=-1, base=base, fields={CUSTOM: custom}, **values)
    assert plan.loosenings == []
    assert all(w.new is True for w in plan.writes)
