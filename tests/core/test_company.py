"""Company: with an account the account's name always wins (product.md §2, seed 002)."""

from syncapp.core.pair import merge_pair
from syncapp.core.types import Behavior, Rule, Side
from tests.core.build import CONTACT, LEAD, edited, linked, mapping, row, rules

ACCOUNT = "001000000000001AAA"


def test_the_accounts_name_wins_over_an_edit_here_and_is_no_conflict():
    record = row(CONTACT, AccountId=ACCOUNT, **{"Account.Name": "Analytical Ltd"})
    base = {"company": edited("Old Ltd")}
    for behavior in (Behavior.AE, Behavior.SF, Behavior.RECORD):
        unit = rules(mapping("company", behavior))
        plan = merge_pair(linked(record, base=base, company="Mine"), CONTACT, record, unit)
        [write] = plan.writes
        assert (write.side, write.new, write.rule) == (Side.AE, "Analytical Ltd", Rule.PROPRIETARY)
        assert plan.conflicts == []


def test_without_an_account_the_company_of_a_contact_stays():
    record = row(CONTACT, **{"Account.Name": None})
    plan = merge_pair(linked(record, company="Mine"), CONTACT, record, rules())
    assert (plan.writes, plan.errors) == ([], [])


def test_an_account_that_the_connector_user_may_not_see_blanks_nothing():
    record = row(CONTACT, AccountId=ACCOUNT, **{"Account.Name": None})
    unit = rules(blank_overwrites=True)
    plan = merge_pair(linked(record, company="Mine"), CONTACT, record, unit)
    assert (plan.writes, plan.errors) == ([], [])


def test_the_company_of_a_lead_is_a_normal_field():
    record = row(Company="Analytical Ltd")
    [write] = merge_pair(linked(record, company="Mine"), LEAD, record, rules()).writes
    assert (write.side, write.new, write.rule) == (Side.AE, "Analytical Ltd", Rule.SF)


def test_a_remapped_company_syncs_with_its_own_field_only():
    record = row(CONTACT, AccountId=ACCOUNT, Department="Research", **{"Account.Name": "A Ltd"})
    unit = rules(mapping("company", Behavior.AE, lead="Company", contact="Department"))
    plan = merge_pair(linked(record, company="Mine"), CONTACT, record, unit)
    assert plan.sf_fields == {"Department": "Mine"}
