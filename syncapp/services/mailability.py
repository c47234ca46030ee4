"""Email events and permission set by hand (product.md §6): address-wide, in both models.

Consent and bounces belong to the address: an event concerns every prospect of the unit that has
it, the recycle bin included, and is remembered even when no prospect does.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from syncapp.core.addresses import AddressFacts
from syncapp.core.mailability import Consent, Event, EventRefused, Mailability, apply_event, status
from syncapp.core.types import MailabilityModel, Rule, Trigger
from syncapp.core.types import Prospect as Loaded
from syncapp.core.values import valid_email
from syncapp.models import BusinessUnit, Prospect
from syncapp.services.access import Right, require
from syncapp.services.lists import mailability_of
from syncapp.services.refused import Refused
from syncapp.store import addresses, consent
from syncapp.store.edits import Edit, Editor
from syncapp.store.prospects import Loader
from syncapp.store.work import Work, work

LONGEST_ADDRESS, LONGEST_TARGET = 254, 200
REPORTED = tuple(event for event in Event if event is not Event.ADMIN_OPT_IN)


class ByHand(StrEnum):
    """What a person may do about permission on a prospect's page."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    DO_NOT_EMAIL = "do_not_email"
    CLEAR_DO_NOT_EMAIL = "clear_do_not_email"
    RESET_BOUNCES = "reset_bounces"


_RIGHTS: Mapping[ByHand, Right] = {
    ByHand.OPT_OUT: Right.OPTED_OUT,
    ByHand.OPT_IN: Right.OPTED_OUT,
    ByHand.DO_NOT_EMAIL: Right.DO_NOT_EMAIL,
    ByHand.CLEAR_DO_NOT_EMAIL: Right.DO_NOT_EMAIL,
    ByHand.RESET_BOUNCES: Right.RESET_BOUNCES,
}
_EVENTS: Mapping[ByHand, Event] = {
    ByHand.OPT_OUT: Event.UNSUBSCRIBE,
    ByHand.OPT_IN: Event.ADMIN_OPT_IN,
    ByHand.RESET_BOUNCES: Event.RESET_BOUNCES,
}
# Events that say whether the person wants email, and whether they opt out.
_SPOKEN: Mapping[Event, bool] = {
    Event.UNSUBSCRIBE: True,
    Event.COMPLAINT: True,
    Event.RESUBSCRIBE: False,
    Event.ADMIN_OPT_IN: False,
}


@dataclass(frozen=True, slots=True)
class _How:
    """How a change is told of: in history, in what both sides agreed on, in what it asks for."""

    rule: Rule
    source: str
    trigger: Trigger


_REPORT = _How(Rule.EMAIL_EVENT, "event", Trigger.EVENT)
_BY_HAND = _How(Rule.MANUAL, "manual", Trigger.EDIT)


def event(
    *, unit: BusinessUnit, email: str, event: Event, actor: str, now: datetime, why: str = ""
) -> dict[str, Any]:
    """What somebody reports about an address; the statuses of its prospects before and after.

    A repeated event changes nothing, except that soft bounces count. Raises Refused.
    """
    require(actor=actor, unit=unit, right=_right_of(event))
    return report(unit=unit, email=email, event=event, actor=actor, now=now, why=why)


def report(
    *,
    unit: BusinessUnit,
    email: str,
    event: Event,
    actor: str,
    now: datetime,
    why: str,
    evidence: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """An event that the provider or the person itself speaks for, so that no role is asked.

    Their words are proved before (a webhook's secret, a signed link); `evidence` says how, and is
    sealed with the event. Raises Refused.
    """
    if not usable(email):
        raise Refused("invalid_email", f"{email!r} is not an email address.")
    key = email.strip().lower()
    with work(unit.pk, now, actor=actor) as current:
        holders = Loader(unit.pk, ()).by_emails([key], lock=True)
        told = _apply(current, unit, key, holders, event, _REPORT)
        _audit(current, f"mailability.{event.value}", key, told, why, evidence)
    return {"event": event.value, **told}


def usable(email: str) -> bool:
    """An address that mail can go to and that the database can hold (RFC 5321: 254 characters)."""
    told = email.strip()
    return len(told) <= LONGEST_ADDRESS and told.isprintable() and valid_email(told)


def by_hand(
    *,
    unit: BusinessUnit,
    prospect_id: int,
    action: ByHand,
    actor: str,
    now: datetime,
    everyone: bool = False,
    why: str = "",
) -> dict[str, Any]:
    """A person sets permission on a prospect; opting out and in and bounces are address-wide.

    `everyone` applies Do Not Email to all prospects with the address. Raises Refused.
    """
    require(actor=actor, unit=unit, right=_RIGHTS[action])
    with work(unit.pk, now, actor=actor) as current:
        loader = Loader(unit.pk, ())
        chosen = loader.by_ids([prospect_id])
        if not chosen:
            raise Refused("no_such_prospect", f"{unit.name} has no prospect {prospect_id}.")
        key = (chosen[0].email or "").lower()
        wide = bool(key) and (everyone or action in _EVENTS)
        holders = (
            loader.by_emails([key], lock=True) if wide else loader.by_ids([prospect_id], lock=True)
        )
        if action in _EVENTS:
            told = _apply(current, unit, key, holders, _EVENTS[action], _BY_HAND)
        else:
            told = _do_not_email(current, unit, holders, action is ByHand.DO_NOT_EMAIL)
        _audit(current, f"mailability.{action.value}", key or f"prospect {prospect_id}", told, why)
    return {"action": action.value, **told}


def status_of(prospect: Prospect, unit: BusinessUnit) -> Mailability:
    """Status, reasons and what may still be sent; a held loosening counts as opted out."""
    return mailability_of(prospect, MailabilityModel(unit.mailability_model))


def as_json(prospect: Prospect, unit: BusinessUnit) -> dict[str, Any]:
    """The `mailability` block of interface.md §3."""
    found = status_of(prospect, unit)
    return {
        "model": unit.mailability_model,
        "status": found.status.value,
        "reasons": list(found.reasons),
        "may_send": list(found.may_send),
        "soft_bounces": prospect.soft_bounces,
        "hard_bounced": prospect.hard_bounced,
    }


def consent_of(prospect: Loaded) -> Consent:
    """What decides the mailability of a prospect as the store loads it."""
    return Consent(
        opted_out=prospect.values.get("opted_out") is True,
        do_not_email=prospect.values.get("do_not_email") is True,
        hard_bounced=prospect.hard_bounced,
        soft_bounces=prospect.soft_bounces,
        complained=prospect.complained,
        archived=prospect.archived,
        held_opt_out=prospect.held_opt_out,
    )


def _right_of(event: Event) -> Right:
    if event is Event.ADMIN_OPT_IN:
        return Right.OPTED_OUT
    return Right.RESET_BOUNCES if event is Event.RESET_BOUNCES else Right.EVENTS


def _apply(
    current: Work,
    unit: BusinessUnit,
    key: str,
    holders: Sequence[Loaded],
    event: Event,
    how: _How,
) -> dict[str, Any]:
    """Decide the event for the address and everybody who has it, then write both."""
    model = MailabilityModel(unit.mailability_model)
    known = addresses.lock(unit.pk, key, current.now) if key else AddressFacts()
    shared = _shared(known, holders)
    try:
        address = apply_event(model, replace(shared, opted_out=known.opted_out), event)
        after = {p.id: apply_event(model, _with(consent_of(p), shared), event) for p in holders}
    except EventRefused as error:
        raise Refused(error.code, str(error)) from error
    told = _told(unit, key, holders, after)
    again = consent.overtaken(_said_again(holders, after, event), current.now)
    _write(current, unit, holders, after, how, again)
    if key:
        addresses.write(unit.pk, key, _facts(address), current.now)
    return told


def _said_again(holders: Sequence[Loaded], after: Mapping[int, Consent], event: Event) -> list[int]:
    """Who already had the permission that is now said: what a guard holds for them is older."""
    if event not in _SPOKEN:
        return []
    out = _SPOKEN[event]
    return [p.id for p in holders if consent_of(p).opted_out is after[p.id].opted_out is out]


def _shared(known: AddressFacts, holders: Sequence[Loaded]) -> Consent:
    """Bounces and complaints of the address, whoever of its holders they were noted on."""
    return Consent(
        hard_bounced=known.hard_bounced or any(p.hard_bounced for p in holders),
        soft_bounces=max([known.soft_bounces, *(p.soft_bounces for p in holders)]),
        complained=known.complained or any(p.complained for p in holders),
    )


def _with(own: Consent, shared: Consent) -> Consent:
    return replace(
        own,
        hard_bounced=shared.hard_bounced,
        soft_bounces=shared.soft_bounces,
        complained=shared.complained,
    )


def _facts(consent: Consent) -> AddressFacts:
    return AddressFacts(
        consent.opted_out, consent.complained, consent.hard_bounced, consent.soft_bounces
    )


def _do_not_email(
    current: Work, unit: BusinessUnit, holders: Sequence[Loaded], ticked: bool
) -> dict[str, Any]:
    """Do Not Email is a switch of its own: unticking it opts nobody in."""
    after = {p.id: replace(consent_of(p), do_not_email=ticked) for p in holders}
    told = _told(unit, (holders[0].email or "").lower(), holders, after)
    _write(current, unit, holders, after, _BY_HAND)
    return told


def _write(
    current: Work,
    unit: BusinessUnit,
    holders: Sequence[Loaded],
    after: Mapping[int, Consent],
    how: _How,
    again: Collection[int] = (),
) -> None:
    editor = Editor(current, unit.pk, how.rule, how.source, how.trigger, {})
    for prospect in holders:
        new = after[prospect.id]
        facts = {
            "hard_bounced": new.hard_bounced,
            "soft_bounces": new.soft_bounces,
            "complained": new.complained,
        }
        values = {"opted_out": new.opted_out, "do_not_email": new.do_not_email}
        editor.add(Edit(prospect, values, facts, again=prospect.id in again))
    editor.write()
    addresses.date_bounces([prospect.id for prospect in holders], current.now)


def _told(
    unit: BusinessUnit, key: str, holders: Sequence[Loaded], after: Mapping[int, Consent]
) -> dict[str, Any]:
    model = MailabilityModel(unit.mailability_model)
    rows = [
        {
            "id": p.id,
            "before": status(model, consent_of(p)).status.value,
            "after": status(model, after[p.id]).status.value,
            "reasons": list(status(model, after[p.id]).reasons),
        }
        for p in holders
    ]
    return {"email": key, "prospects": rows}


def _audit(
    current: Work,
    action: str,
    target: str,
    told: Mapping[str, Any],
    why: str,
    evidence: Mapping[str, str] | None = None,
) -> None:
    before = {row["id"]: row["before"] for row in told["prospects"]}
    after = {row["id"]: row["after"] for row in told["prospects"]}
    if evidence:
        after["evidence"] = dict(evidence)
    current.audit(action, target[:LONGEST_TARGET], before=before, after=after, why=why)
