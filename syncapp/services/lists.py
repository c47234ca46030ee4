"""What lists filter by and boards count: mailability as SQL (product.md §6), open problems.

Invariant: for every combination of facts, in both models, the status here is the one that
core.mailability decides; a test walks all of them.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import Case, CharField, Count, Q, Value, When

from syncapp.core.mailability import SOFT_BOUNCE_LIMIT, Consent, Mailability, Status, status
from syncapp.core.types import MailabilityModel
from syncapp.models import BusinessUnit, Prospect
from syncapp.models.prospects import BOUNCED, NOT_MAILABLE, SUPPRESSED
from syncapp.store import problems

MANY = 1000  # counting on would cost every page time

# Checked in this order; the first that applies is the status.
_LADDER: Mapping[MailabilityModel, tuple[tuple[Status, Q], ...]] = {
    MailabilityModel.LEGACY: (
        (Status.RECYCLE_BIN, Q(archived=True)),
        (Status.UNMAILABLE, BOUNCED | SUPPRESSED),
    ),
    MailabilityModel.UPGRADED: (
        (Status.RECYCLE_BIN, Q(archived=True)),
        (Status.UNDELIVERABLE, BOUNCED),
        (Status.TRANSACTIONAL_ONLY, SUPPRESSED),
    ),
}


def statuses(model: MailabilityModel) -> list[Status]:
    """The statuses of a model, best first, the recycle bin last."""
    worse = [code for code, _ in _LADDER[model][1:]]
    return [Status.MAILABLE, *worse[::-1], Status.RECYCLE_BIN]


def with_status(model: MailabilityModel, wanted: Status) -> Q:
    """Which prospects have the status; nobody has one that the model lacks."""
    found = Q()
    for code, applies in _LADDER[model]:
        if code is wanted:
            return found & applies
        found &= ~applies
    return found if wanted is Status.MAILABLE else Q(pk__in=[])


def mailability_of(prospect: Prospect, model: MailabilityModel) -> Mailability:
    """Status, reasons and what may be sent, of a prospect as it was loaded."""
    return status(
        model,
        Consent(
            opted_out=prospect.opted_out,
            do_not_email=prospect.do_not_email,
            hard_bounced=prospect.hard_bounced,
            soft_bounces=prospect.soft_bounces,
            complained=prospect.complained,
            archived=prospect.archived,
            held_opt_out=prospect.held_opt_out,
        ),
    )


REASONS: Mapping[str, Q] = {
    "recycle_bin": Q(archived=True),
    "hard_bounced": Q(hard_bounced=True),
    "soft_bounced": Q(soft_bounces__gte=SOFT_BOUNCE_LIMIT),
    "opted_out": Q(opted_out=True),
    "do_not_email": Q(do_not_email=True),
    "held_opt_out": Q(held_opt_out=True),
}

# Account Engagement's prospect views; those named after a reason find everybody who has it.
VIEWS: Mapping[str, Q] = {
    "unmailable": Q(archived=False) & NOT_MAILABLE,
    "undeliverable": BOUNCED,
    "opted_out": REASONS["opted_out"],
    "do_not_email": REASONS["do_not_email"],
    "complained": Q(complained=True),
    "hard_bounced": REASONS["hard_bounced"],
    "soft_bounced": REASONS["soft_bounced"],
    "held_opt_out": REASONS["held_opt_out"],
}


def count_statuses(unit: BusinessUnit) -> dict[Status, int]:
    """How many prospects of the unit have each status, in the order of `statuses`."""
    return {code: found["all"] for code, found in count_reasons(unit).items()}


def count_reasons(unit: BusinessUnit) -> dict[Status, dict[str, int]]:
    """The same with the reasons of each status: {"all": n, reason: n}; no reason counts zero.

    Most are mailable: only the others are looked at one by one, which a partial index serves.
    """
    model = MailabilityModel(unit.mailability_model)
    everybody = Prospect.objects.filter(unit=unit)
    whens = [When(applies, then=Value(code.value)) for code, applies in _LADDER[model]]
    others = everybody.filter(NOT_MAILABLE).annotate(
        status=Case(*whens, default=Value(""), output_field=CharField())
    )
    counted = {f"by_{code}": Count("pk", filter=applies) for code, applies in REASONS.items()}
    rows = others.order_by().values("status").annotate(all=Count("pk"), **counted)
    found: dict[str, dict[str, Any]] = {row["status"]: {**row} for row in rows}
    mailable = everybody.count() - sum(row["all"] for row in found.values())
    found[Status.MAILABLE.value] = {"all": mailable}
    return {code: _with_reasons(found.get(code.value, {})) for code in statuses(model)}


def _with_reasons(row: Mapping[str, Any]) -> dict[str, int]:
    reasons = {code: row.get(f"by_{code}", 0) for code in REASONS}
    return {"all": row.get("all", 0)} | {code: n for code, n in reasons.items() if n}


def open_problems(unit: BusinessUnit) -> dict[str, int]:
    """What waits for people, for the menu: open conflicts, unresolved sync errors, proposals.

    Each is counted no further than MANY.
    """
    conflicts, errors, proposals = problems.count_open(unit.pk, MANY)
    return {"conflicts": conflicts, "errors": errors, "proposals": proposals}
