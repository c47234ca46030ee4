"""Mailability: status and events of product.md §6 (seed 000), row by row."""

from dataclasses import replace

import pytest

from syncapp.core.mailability import Consent, Event, EventRefused, apply_event, status
from syncapp.core.types import MailabilityModel

LEGACY, UPGRADED = MailabilityModel.LEGACY, MailabilityModel.UPGRADED
ALL = ("marketing", "operational", "one_to_one")
SERVICE = ("operational", "one_to_one")
OO, DNE, HARD = {"opted_out": True}, {"do_not_email": True}, {"hard_bounced": True}
SOFT4, SOFT5 = {"soft_bounces": 4}, {"soft_bounces": 5}
BIN, HELD = {"archived": True}, {"held_opt_out": True}

STATUSES = [
    # facts, upgraded status, what may be sent, legacy status, what may be sent, reasons
    ({}, "mailable", ALL, "mailable", ALL, ()),
    (SOFT4, "mailable", ALL, "mailable", ALL, ()),
    (OO, "transactional_only", SERVICE, "unmailable", SERVICE, ("opted_out",)),
    (DNE, "transactional_only", SERVICE, "unmailable", (), ("do_not_email",)),
    (HELD, "transactional_only", SERVICE, "unmailable", SERVICE, ("held_opt_out",)),
    (HARD, "undeliverable", (), "unmailable", (), ("hard_bounced",)),
    (SOFT5, "undeliverable", (), "unmailable", (), ("soft_bounced",)),
    ({"soft_bounces": 6}, "undeliverable", (), "unmailable", (), ("soft_bounced",)),
    (BIN, "recycle_bin", (), "recycle_bin", (), ("recycle_bin",)),
    (OO | DNE, "transactional_only", SERVICE, "unmailable", (), ("opted_out", "do_not_email")),
    (HARD | DNE, "undeliverable", (), "unmailable", (), ("hard_bounced", "do_not_email")),
    (
        BIN | HARD | SOFT5 | OO | DNE | HELD,
        "recycle_bin",
        (),
        "recycle_bin",
        (),
        (
            "recycle_bin",
            "hard_bounced",
            "soft_bounced",
            "opted_out",
            "do_not_email",
            "held_opt_out",
        ),
    ),
]


@pytest.mark.parametrize("row", STATUSES)
def test_the_first_status_that_applies_with_all_reasons(row):
    facts, new, may, old, old_may, reasons = row
    found = status(UPGRADED, Consent(**facts))
    assert (found.status, found.may_send, found.reasons) == (new, may, reasons)
    found = status(LEGACY, Consent(**facts))
    assert (found.status, found.may_send, found.reasons) == (old, old_may, reasons)


# product.md §6, first table: event, before, after in the legacy model, after in the upgraded one
CHANGED = OO | {"complained": True}
EVENTS = [
    (Event.UNSUBSCRIBE, {}, OO | DNE, OO),
    (Event.COMPLAINT, {}, CHANGED | DNE, CHANGED),
    (Event.COMPLAINT, DNE, CHANGED | DNE, CHANGED | DNE),
    (Event.RESUBSCRIBE, OO | DNE, {}, DNE),
    (Event.RESUBSCRIBE, OO | DNE | HARD, DNE | HARD, DNE | HARD),
    (Event.ADMIN_OPT_IN, OO | DNE, {}, DNE),
    (Event.ADMIN_OPT_IN, CHANGED | DNE, {}, DNE),
    (Event.ADMIN_OPT_IN, OO | DNE | HARD, DNE | HARD, DNE | HARD),
    (Event.ADMIN_OPT_IN, OO | SOFT5, SOFT5, SOFT5),
    (Event.HARD_BOUNCE, {}, HARD | DNE, HARD),
    (Event.HARD_BOUNCE, OO, HARD | DNE | OO, HARD | OO),
    (Event.SOFT_BOUNCE, {}, {"soft_bounces": 1}, {"soft_bounces": 1}),
    (Event.SOFT_BOUNCE, {"soft_bounces": 3}, SOFT4, SOFT4),
    (Event.SOFT_BOUNCE, SOFT4, SOFT5 | DNE, SOFT5),
    (Event.SOFT_BOUNCE, SOFT4 | DNE, SOFT5 | DNE, SOFT5 | DNE),
]


@pytest.mark.parametrize(("event", "before", "legacy", "upgraded"), EVENTS)
def test_every_event_of_the_table(event, before, legacy, upgraded):
    assert apply_event(LEGACY, Consent(**before), event) == Consent(**legacy)
    assert apply_event(UPGRADED, Consent(**before), event) == Consent(**upgraded)


@pytest.mark.parametrize("model", list(MailabilityModel))
def test_after_a_complaint_only_an_administrator_opts_in(model):
    facts = Consent(opted_out=True, complained=True)
    with pytest.raises(EventRefused, match="only an administrator") as refusal:
        apply_event(model, facts, Event.RESUBSCRIBE)
    assert refusal.value.code == "complained"
    assert not apply_event(model, facts, Event.ADMIN_OPT_IN).complained


def test_bounces_are_reset_in_the_upgraded_model_only():
    facts = Consent(hard_bounced=True, soft_bounces=7, do_not_email=True, opted_out=True)
    after = apply_event(UPGRADED, facts, Event.RESET_BOUNCES)
    assert after == replace(facts, hard_bounced=False, soft_bounces=0)
    with pytest.raises(EventRefused, match="correcting the email address") as refusal:
        apply_event(LEGACY, facts, Event.RESET_BOUNCES)
    assert refusal.value.code == "legacy_model"
