"""Resolve a conflict about a value: the chosen value goes to both sides (product.md §2)."""

from dataclasses import dataclass
from typing import Any

from syncapp.core.addresses import NO_ADDRESS, at_new_address
from syncapp.core.catalog import CONSENT_KEYS
from syncapp.core.slots import Slot, same_email
from syncapp.core.types import (
    ConflictKind,
    FieldWrite,
    LinkState,
    MailabilityModel,
    Prospect,
    Rule,
    Side,
    Value,
)
from syncapp.core.writing import ae_problem, sf_problem
from syncapp.models import Conflict
from syncapp.services.access import Right
from syncapp.services.batch import Batch
from syncapp.services.mailability import consent_of
from syncapp.services.refused import Refused
from syncapp.store import prospects


@dataclass(slots=True)
class Case:
    """One conflict while it is resolved; its prospect is locked.

    `edited` holds the value that a person entered instead of choosing a side's.
    """

    batch: Batch
    conflict: Conflict
    side: Side
    prospect: Prospect
    record: str | None = None
    edited: tuple[Value, ...] = ()

    @property
    def field(self) -> str:
        """The key of the field in conflict."""
        return str(self.conflict.field)

    @property
    def chosen(self) -> Value:
        """The value that was entered, or that of the side that was chosen."""
        if self.edited:
            return self.edited[0]
        here: Value = self.conflict.ae_value
        there: Value = self.conflict.sf_value
        return here if self.side is Side.AE else there

    @property
    def slot(self) -> Slot | None:
        """Where the field is mapped on the prospect's record; None when it is not."""
        sobject = self.prospect.link.sobject
        slots = self.batch.rules.slots[sobject] if sobject else []
        return next((slot for slot in slots if slot.key == self.field), None)


def both_changed(case: Case) -> None:
    """That side's value to both."""
    agreed = case.prospect.link.base.get(case.field)
    sf_now = agreed.value if agreed else case.prospect.values.get(case.field)
    value_to_both(case, case.chosen, sf_now)


def held_by_guard(case: Case) -> None:
    """Release the loosening (the looser value to both) or refuse it (the stricter one)."""
    if case.prospect.values.get(case.field) != case.conflict.ae_value:
        raise Refused(
            "changed_meanwhile",
            f"{case.prospect.email} was changed after this was held. "
            "Let it sync; the change is then decided anew.",
        )
    releases = case.chosen is not True
    if not releases:
        case.batch.require(by_hand(case.field))
    value_to_both(case, case.chosen, case.conflict.sf_value)
    case.batch.held(case.prospect, case.field, released=releases)


def by_hand(key: str) -> Right:
    """The right to set a permission by hand (product.md §9)."""
    return Right.OPTED_OUT if key == "opted_out" else Right.DO_NOT_EMAIL


def unstorable(case: Case) -> None:
    """AE's value as it is now, once Salesforce can hold it; or Salesforce's, if we can."""
    here = case.side is Side.AE and not case.edited
    value = case.prospect.values.get(case.field) if here else case.chosen
    if case.side is Side.SF and case.slot is not None:
        problem = ae_problem(case.slot, value)
        if problem is not None:
            raise Refused("unstorable", f"{problem.message} Edit the value in Salesforce first.")
    value_to_both(case, value, case.conflict.sf_value)


def value_to_both(case: Case, value: Value, sf_now: Value) -> None:
    """Write `value` where it is missing; `sf_now` is what Salesforce is known to have."""
    slot, prospect, batch = case.slot, case.prospect, case.batch
    consent = case.field in CONSENT_KEYS
    differs = slot is not None and not slot.equal(value, sf_now)
    travels = differs and prospect.link.state is LinkState.LINKED
    if consent and value is not True:
        batch.require(Right.RELEASE)
    if slot is not None and travels:
        _refuse_unstorable(case, slot, value)
    _here(case, value)
    if consent and value is not True:
        _count(case, value, sf_now)
    if prospect.link.record_id is None:
        return
    batch.agree(prospect, case.field, sf_now, differs=differs)
    if consent and value is True and differs:
        batch.first_link(prospect)
    if slot is not None and travels:
        write = FieldWrite(case.field, Side.SF, sf_now, value, case.side, Rule.MANUAL)
        batch.there(prospect, slot, write, case.conflict.run_id)


def _count(case: Case, value: Value, sf_now: Value) -> None:
    """The guard counts an opt-out that is taken away; a held one is counted where it is settled."""
    here = case.prospect.values.get(case.field) is True
    held = case.conflict.kind == ConflictKind.HELD_BY_GUARD
    if not held and (here or sf_now is True):
        side = Side.AE if here else Side.SF
        write = FieldWrite(case.field, side, True, value, case.side, Rule.MANUAL)
        case.batch.loosened(case.prospect, write)


def _refuse_unstorable(case: Case, slot: Slot, value: Value) -> None:
    problem = sf_problem(slot, value)
    if problem is not None:
        raise Refused(
            "unstorable",
            f"Salesforce cannot take the value: {problem.message} "
            "Edit the value here first, or use Salesforce's.",
        )
    if slot.hold and not (slot.consent and value is True):
        raise Refused(
            "on_hold",
            f"{slot.label} is on hold, so nothing is written for it. The Connectors page says "
            "why; end the hold first.",
        )


def _here(case: Case, value: Value) -> None:
    facts: dict[str, Any] = {}
    values: dict[str, Value] = {case.field: value}
    if case.field == "email" and not same_email(case.prospect.email, value):
        values, facts = _new_address(case, str(value))
    case.batch.here(case.prospect, values, facts)


def _new_address(case: Case, email: str) -> tuple[dict[str, Value], dict[str, Any]]:
    """A changed email drops the old address's bounces, never an opt-out (product.md §5)."""
    unit, key = case.batch.unit, email.lower()
    others = unit.prospects.filter(email_key=key, archived=False).exclude(pk=case.prospect.id)
    if not unit.allow_multiple_prospects_per_email and others.exists():
        raise Refused("email_in_use", f"Another prospect of {unit.name} has {email}.")
    known = prospects.addresses(unit.pk, [key]).get(key, NO_ADDRESS)
    model = MailabilityModel(unit.mailability_model)
    after = at_new_address(model, consent_of(case.prospect), known)
    return (
        {"email": email, "opted_out": after.opted_out, "do_not_email": after.do_not_email},
        {
            "hard_bounced": after.hard_bounced,
            "soft_bounces": after.soft_bounces,
            "complained": after.complained,
        },
    )
