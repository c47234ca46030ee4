"""Mailability: the status of a prospect with its reasons, and what email events do.

Source: product.md §6, seed 000, reference/account-engagement.md §1.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from syncapp.core.types import MailabilityModel

SOFT_BOUNCE_LIMIT = 5


class Status(StrEnum):
    """The statuses of both models (interface.md §3)."""

    MAILABLE = "mailable"
    TRANSACTIONAL_ONLY = "transactional_only"
    UNDELIVERABLE = "undeliverable"
    UNMAILABLE = "unmailable"
    RECYCLE_BIN = "recycle_bin"


class Event(StrEnum):
    """What an email provider reports, and what a person may do by hand."""

    UNSUBSCRIBE = "unsubscribe"
    RESUBSCRIBE = "resubscribe"
    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCE = "soft_bounce"
    COMPLAINT = "complaint"
    RESET_BOUNCES = "reset_bounces"
    ADMIN_OPT_IN = "admin_opt_in"


@dataclass(frozen=True, slots=True)
class Consent:
    """Everything that decides whether somebody may be mailed."""

    opted_out: bool = False
    do_not_email: bool = False
    hard_bounced: bool = False
    soft_bounces: int = 0
    complained: bool = False
    archived: bool = False
    held_opt_out: bool = False  # a guard holds a loosening: the stricter value counts


class EventRefused(ValueError):
    """The event may not do what it asks; `code` is the reason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Mailability:
    """A status, why, and which mail may still be sent."""

    status: Status
    reasons: tuple[str, ...]
    may_send: tuple[str, ...]


ALL_MAIL = ("marketing", "operational", "one_to_one")
TRANSACTIONAL = ("operational", "one_to_one")


def reasons(facts: Consent) -> tuple[str, ...]:
    """Every reason code that applies, worst first."""
    found = {
        "recycle_bin": facts.archived,
        "hard_bounced": facts.hard_bounced,
        "soft_bounced": facts.soft_bounces >= SOFT_BOUNCE_LIMIT,
        "opted_out": facts.opted_out,
        "do_not_email": facts.do_not_email,
        "held_opt_out": facts.held_opt_out,
    }
    return tuple(code for code, applies in found.items() if applies)


def status(model: MailabilityModel, facts: Consent) -> Mailability:
    """The status in `model`, first that applies (product.md §6)."""
    why = reasons(facts)
    if facts.archived:
        return Mailability(Status.RECYCLE_BIN, why, ())
    bounced = "hard_bounced" in why or "soft_bounced" in why
    suppressed = facts.opted_out or facts.do_not_email or facts.held_opt_out
    if not bounced and not suppressed:
        return Mailability(Status.MAILABLE, why, ALL_MAIL)
    if model is MailabilityModel.LEGACY:
        blocked = facts.do_not_email or bounced
        return Mailability(Status.UNMAILABLE, why, () if blocked else TRANSACTIONAL)
    if bounced:
        return Mailability(Status.UNDELIVERABLE, why, ())
    return Mailability(Status.TRANSACTIONAL_ONLY, why, TRANSACTIONAL)


def apply_event(model: MailabilityModel, facts: Consent, event: Event) -> Consent:
    """The consent after `event` (product.md §6, first table); raises EventRefused."""
    if event is Event.RESUBSCRIBE and facts.complained:
        raise EventRefused(
            "complained", "This person complained: only an administrator may opt them in again."
        )
    return _HANDLERS[event](model is MailabilityModel.LEGACY, facts)


def _opt_out(legacy: bool, facts: Consent) -> Consent:
    return replace(facts, opted_out=True, do_not_email=facts.do_not_email or legacy)


def _complaint(legacy: bool, facts: Consent) -> Consent:
    return replace(_opt_out(legacy, facts), complained=True)


def _opt_in(legacy: bool, facts: Consent) -> Consent:
    keeps = facts.do_not_email and (not legacy or facts.hard_bounced)
    return replace(facts, opted_out=False, do_not_email=keeps, complained=False)


def _hard_bounce(legacy: bool, facts: Consent) -> Consent:
    return replace(facts, hard_bounced=True, do_not_email=facts.do_not_email or legacy)


def _soft_bounce(legacy: bool, facts: Consent) -> Consent:
    count = facts.soft_bounces + 1
    over = legacy and count >= SOFT_BOUNCE_LIMIT
    return replace(facts, soft_bounces=count, do_not_email=facts.do_not_email or over)


def _reset(legacy: bool, facts: Consent) -> Consent:
    if legacy:
        raise EventRefused(
            "legacy_model",
            "Bounces are reset by correcting the email address until the unit is upgraded.",
        )
    return replace(facts, hard_bounced=False, soft_bounces=0)


_HANDLERS: Mapping[Event, Callable[[bool, Consent], Consent]] = {
    Event.UNSUBSCRIBE: _opt_out,
    Event.COMPLAINT: _complaint,
    Event.RESUBSCRIBE: _opt_in,
    Event.ADMIN_OPT_IN: _opt_in,
    Event.HARD_BOUNCE: _hard_bounce,
    Event.SOFT_BOUNCE: _soft_bounce,
    Event.RESET_BOUNCES: _reset,
}
