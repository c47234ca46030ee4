"""What can be decided about a conflict, in the words of its kind (product.md section 2).

Invariant: what a choice needs is asked of the service; here are only words, and what would be
refused anyway is told before somebody tries.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from dashboard.ui.words import field_words, value_words
from syncapp.core.types import Side
from syncapp.models import Conflict
from syncapp.services import conflicts
from syncapp.services.access import Right

_STRICT = "Salesforce is told at the next sync, before anything else."
_LATER = "What differs here changes at once, in Salesforce at the next sync."


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to resolve a conflict. `refused` says why it is of no use now."""

    code: str  # ae, sf, edit
    label: str
    lines: tuple[str, ...]
    right: Right
    icon: str = "check"
    loosens: bool = False
    refused: str = ""


def choices_of(conflict: Conflict, now_here: object, label: str = "") -> list[Choice]:
    """The ways there are; `now_here` is the prospect's value now, `label` the field's own."""
    name = field_words(conflict.field, label)
    found = [*_KINDS[conflict.kind](conflict, now_here, name)]
    if conflicts.editable(conflict):
        lines = (f"Both sides get the {name} that you enter.",)
        found.append(Choice("edit", "Enter another value", lines, Right.PROSPECTS, "edit"))
    return found


def _choice(
    conflict: Conflict, side: Side, label: str, *lines: str, value: object, refused: str = ""
) -> Choice:
    right = conflicts.right_to(conflict, value)
    return Choice(side.value, label, lines, right, loosens=right is Right.RELEASE, refused=refused)


def _both_changed(conflict: Conflict, _now: object, name: str) -> Iterator[Choice]:
    for side, label, value in _sides(conflict):
        kept = side.value == conflict.decided
        first = f"Both sides {'keep' if kept else 'get'} {value_words(value)} as {name}."
        second = "It is what the rule decided; the conflict ends." if kept else _LATER
        yield _choice(conflict, side, label, first, second, value=value)


def _held(conflict: Conflict, _now: object, name: str) -> Iterator[Choice]:
    for side, _label, value in _sides(conflict):
        if value is True:
            lines = (f"{name} is ticked on both sides: the person stays opted out.", _STRICT)
            yield _choice(conflict, side, "Refuse the change", *lines, value=value)
        else:
            lines = (
                f"{name} is cleared on both sides: the person becomes mailable again unless "
                "something else stands against it.",
                "It counts for the guard's limit of 24 hours.",
            )
            yield _choice(conflict, side, "Release the change", *lines, value=value)


def _duplicates(conflict: Conflict, _now: object, _name: str) -> Iterator[Choice]:
    keep = (
        "The prospect goes on with the record it is linked to. The other records stay as they are."
    )
    yield _choice(conflict, Side.AE, "Keep the link", keep, value=None)
    lines = (
        "The prospect goes on with the record that you choose, from the next sync on.",
        "As at every first link, an opt-out on either side opts out both; every other field "
        "follows its sync behavior.",
    )
    yield _choice(conflict, Side.SF, "Link to another record", *lines, value=None)


def _email_in_use(conflict: Conflict, _now: object, _name: str) -> Iterator[Choice]:
    ours, theirs = conflict.ae_value, conflict.sf_value
    line = f"The record in Salesforce gets {ours} back at the next sync."
    yield _choice(conflict, Side.AE, "Use Account Engagement's email", line, value=ours)
    lines = (
        f"The record goes to the prospect that has {theirs}, which also takes over Opted Out and "
        "Do Not Email.",
        f"{ours} stays without a record, and syncs again only by Sync with CRM.",
    )
    yield _choice(conflict, Side.SF, "Re-link the record", *lines, value=theirs)


def _unstorable(conflict: Conflict, now_here: object, name: str) -> Iterator[Choice]:
    from_salesforce = conflict.decided == Side.SF
    unchanged = now_here == conflict.ae_value
    refused = {
        Side.AE: f"Salesforce cannot store {name} as it is. Edit it here first."
        if unchanged and not from_salesforce
        else "",
        Side.SF: f"This {name} cannot be stored here. Correct it in Salesforce first."
        if from_salesforce
        else "",
    }
    for side, label, value in _sides(conflict):
        wanted = now_here if side is Side.AE else value
        line = f"Both sides get {value_words(wanted)} as {name}."
        yield _choice(conflict, side, label, line, _LATER, value=wanted, refused=refused[side])


def _sides(conflict: Conflict) -> tuple[tuple[Side, str, object], ...]:
    return (
        (Side.AE, "Use Account Engagement's value", conflict.ae_value),
        (Side.SF, "Use Salesforce's value", conflict.sf_value),
    )


_KINDS = {
    "both_changed": _both_changed,
    "held_by_guard": _held,
    "duplicate_records": _duplicates,
    "email_in_use": _email_in_use,
    "unstorable_value": _unstorable,
}
