"""Resolve a conflict about a value: the chosen side's value goes to both (product.md §2).

What the other side is known to have becomes the last agreed value, so that the write that travels
is this decision's and nobody else's.
"""

from dataclasses import dataclass
from typing import Any

from syncapp.core.addresses import NO_ADDRESS, at_new_address
from syncapp.core.catalog import CONSENT_KEYS
from syncapp.core.rules import Rules
from syncapp.core.slots import Slot, same_email
from syncapp.core.types import (
    Agreed,
    FieldWrite,
    LinkState,
    MailabilityModel,
    Prospect,
    Rule,
    Side,
    SObject,
    Trigger,
    Value,
)
from syncapp.core.writing import RESOLVED, ae_problem, sf_problem
from syncapp.models import BusinessUnit, Conflict
from syncapp.services.access import Right, require
from syncapp.services.mailability import consent_of
from syncapp.services.refused import Refused
from syncapp.store import db, prospects, resolutions
from syncapp.store.edits import Edit, Editor
from syncapp.store.telling import change, iso
from syncapp.store.updates import ProspectWrites
from syncapp.store.work import Work


@dataclass(slots=True)
class Case:
    """One conflict while it is resolved; its prospect is locked."""

    current: Work
    unit: BusinessUnit
    conflict: Conflict
    side: Side
    prospect: Prospect
    rules: Rules
    record: str | None = None

    @property
    def field(self) -> str:
        """The key of the field in conflict."""
        return str(self.conflict.field)

    @property
    def chosen(self) -> Value:
        """The value of the side that was chosen."""
        here: Value = self.conflict.ae_value
        there: Value = self.conflict.sf_value
        return here if self.side is Side.AE else there

    @property
    def slot(self) -> Slot | None:
        """Where the field is mapped on the prospect's record; None when it is not."""
        sobject = self.prospect.link.sobject
        slots = self.rules.slots[sobject] if sobject else []
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
        by_hand = Right.OPTED_OUT if case.field == "opted_out" else Right.DO_NOT_EMAIL
        require(actor=case.current.actor, unit=case.unit, right=by_hand)
    value_to_both(case, case.chosen, case.conflict.sf_value)
    state = "released" if releases else "refused"
    resolutions.settle_loosening(case.prospect.id, case.field, state, case.current.now)


def unstorable(case: Case) -> None:
    """AE's value as it is now, once Salesforce can hold it; or Salesforce's, if we can."""
    here = case.side is Side.AE
    value = case.prospect.values.get(case.field) if here else case.chosen
    if not here and case.slot is not None:
        problem = ae_problem(case.slot, value)
        if problem is not None:
            raise Refused("unstorable", f"{problem.message} Edit the value in Salesforce first.")
    value_to_both(case, value, case.conflict.sf_value)


def value_to_both(case: Case, value: Value, sf_now: Value) -> None:
    """Write `value` where it is missing; `sf_now` is what Salesforce is known to have."""
    slot, prospect = case.slot, case.prospect
    differs = slot is not None and not slot.equal(value, sf_now)
    travels = differs and prospect.link.state is LinkState.LINKED
    consent = case.field in CONSENT_KEYS
    if consent and value is not True:
        require(actor=case.current.actor, unit=case.unit, right=Right.RELEASE)
    if slot is not None and travels:
        _refuse_unstorable(case, slot, value)
    answers = resolutions.planned(prospect.id)
    _here(case, value)
    if prospect.link.record_id is None:
        return
    entry = Agreed(sf_now, iso(case.current.now), RESOLVED) if differs else None
    suppresses = consent and value is True and differs
    resolutions.agree(prospect.id, case.field, entry, first=suppresses)
    if slot is not None and travels:
        _there(case, slot, value, sf_now, answers)


def _refuse_unstorable(case: Case, slot: Slot, value: Value) -> None:
    problem = sf_problem(slot, value)
    if problem is not None:
        raise Refused(
            "unstorable",
            f"Salesforce cannot take the value: {problem.message} "
            "Edit the value here first, or use Salesforce's.",
        )
    if slot.hold and not (slot.consent and value is True):
        raise Refused("on_hold", f"{slot.label} is on hold: {slot.hold} End the hold first.")


def _here(case: Case, value: Value) -> None:
    prospect, current = case.prospect, case.current
    facts: dict[str, Any] = {}
    values: dict[str, Value] = {case.field: value}
    if case.field == "email" and not same_email(prospect.email, value):
        values, facts = _new_address(case, str(value))
    editor = Editor(current, case.unit.pk, Rule.MANUAL, "manual", Trigger.EDIT, {})
    editor.add(Edit(prospect, values, facts))
    editor.write()


def _new_address(case: Case, email: str) -> tuple[dict[str, Value], dict[str, Any]]:
    """A changed email drops the old address's bounces, never an opt-out (product.md §5)."""
    unit, key = case.unit, email.lower()
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


def _there(case: Case, slot: Slot, value: Value, sf_now: Value, answers: bool) -> None:
    """Queue the write, and date the prospect so that rules by time agree with it."""
    prospect, now = case.prospect, case.current.now
    opts_out = slot.consent and value is True
    times = {"record_changed_at": now}
    if case.field == "opted_out":
        times["opted_out_changed_at"] = now
    dated = ProspectWrites()
    dated.set(prospect, **times)
    dated.write(now)
    prospects.mark_pending([prospect.id], Trigger.EDIT, now, consent=opts_out)
    row = (*_row(case, slot, value, sf_now, opts_out), now if answers else None)
    resolutions.send(case.unit.connector.pk, row, now, answers=answers)


def _row(case: Case, slot: Slot, value: Value, sf_now: Value, opts_out: bool) -> tuple[Any, ...]:
    prospect, link = case.prospect, case.prospect.link
    told = FieldWrite(case.field, Side.SF, sf_now, value, case.side, Rule.MANUAL)
    return (
        prospect.id,
        case.conflict.run_id or 0,
        (link.sobject or SObject.LEAD).value,
        link.record_id,
        db.dumps({slot.sf: slot.write(value)}),
        db.dumps([change(told, {})]),
        case.current.now,
        None,
        db.dumps({case.field: value}),
        link.others_changed_at,
        link.consent_epoch,
        False,
        opts_out,
        prospect.version,
    )
