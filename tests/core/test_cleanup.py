"""The suggested clean-ups: who they concern, and that nobody's status changes by them."""

from dataclasses import replace
from itertools import product

from syncapp.core.cleanup import Group, Spared, group_of, spared
from syncapp.core.mailability import Consent, Status, status
from syncapp.core.types import MailabilityModel

EVERY = [
    Consent(oo, dne, hard, soft, complained, archived, held)
    for oo, dne, hard, soft, complained, archived, held in product(
        (False, True), (False, True), (False, True), (0, 4, 5), (False, True), (False, True),
        (False, True),
    )
]  # fmt: skip


def test_it_concerns_do_not_email_that_an_opt_out_or_a_bounce_says_already():
    assert group_of(Consent(opted_out=True, do_not_email=True)) is Group.OPTED_OUT
    assert (
        group_of(Consent(opted_out=True, do_not_email=True, hard_bounced=True)) is Group.OPTED_OUT
    )
    assert group_of(Consent(do_not_email=True, hard_bounced=True)) is Group.BOUNCED
    assert group_of(Consent(do_not_email=True, soft_bounces=5)) is Group.BOUNCED
    assert group_of(Consent(do_not_email=True, soft_bounces=4)) is None
    assert group_of(Consent(do_not_email=True)) is None
    assert group_of(Consent(opted_out=True)) is None
    assert group_of(Consent(opted_out=True, do_not_email=True, archived=True)) is None


def test_nobody_becomes_mailable_and_nobody_changes_status():
    cleared = [facts for facts in EVERY if spared(facts, syncs=False) is None]
    assert cleared
    for facts in cleared:
        before = status(MailabilityModel.UPGRADED, facts).status
        after = status(MailabilityModel.UPGRADED, replace(facts, do_not_email=False)).status
        assert before == after != Status.MAILABLE


def test_a_tick_that_would_go_in_salesforce_too_stays():
    both = Consent(opted_out=True, do_not_email=True)
    assert spared(both, syncs=True) is Spared.SYNCS
    assert spared(replace(both, opted_out=False), syncs=True) is Spared.CHANGED
