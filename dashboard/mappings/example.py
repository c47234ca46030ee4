"""What each sync behavior does, told with the values of a real prospect (product.md §2, table).

Invariant: who wins is asked of the rules that decide (core.merge), never written down again here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.ui.words import behavior_words, value_words
from syncapp.core.merge import PairFacts, decide
from syncapp.core.types import Behavior, Rule, Side, Value
from syncapp.models import Prospect, ProspectField
from syncapp.services.why import explanations

LOOKED_THROUGH = 100  # of the newest linked prospects, for one with a value
LATER = {
    Behavior.RECORD: "The record that was updated later wins on both sides.",
    Behavior.FIELD: "The value that was changed later wins on both sides.",
}


@dataclass(frozen=True, slots=True)
class Example:
    """A linked prospect and two values of the field: its own, and one that Salesforce had."""

    prospect: Prospect | None
    ae: Value
    sf: Value


@dataclass(frozen=True, slots=True)
class Case:
    """One column of the table: what both sides have, and what the next sync makes of it."""

    heading: str
    ae: str
    sf: str
    result: str


def example_of(row: ProspectField) -> Example:
    """A prospect of the unit with a value of the field, else made-up values."""
    rows = Prospect.objects.filter(unit=row.unit_id, archived=False, link__state="linked")
    for prospect in rows.select_related("link").order_by("-pk")[:LOOKED_THROUGH]:
        value = prospect.custom.get(row.key) if row.custom else getattr(prospect, row.key, None)
        if value is not None and value != "":
            return Example(prospect, value, _other(row, prospect, value))
    ticked = row.type == "checkbox"
    return Example(None, True if ticked else "this value", False if ticked else "another value")


def _other(row: ProspectField, prospect: Prospect, value: Value) -> Value:
    """What Salesforce last had instead, if history tells; else something that differs."""
    if isinstance(value, bool):
        return not value
    why = explanations(prospect_id=prospect.pk, values={row.key: value})[row.key].decided
    told = [] if why is None else [why.sf_value, why.ae_value]
    return next((one for one in told if one not in (None, "", value)), "another value")


def cases(behavior: Behavior, example: Example, *, blank_overwrites: bool) -> Sequence[Case]:
    """The four columns; a checkbox is never empty, so it has two."""
    ae, sf = example.ae, example.sf
    pairs = [("Both empty or equal", ae, ae), ("Both filled, different", ae, sf)]
    if not isinstance(ae, bool):
        pairs[1:1] = [("Only here", ae, None), ("Only in Salesforce", None, ae)]
    return [
        Case(heading, value_words(a), value_words(s), _result(behavior, a, s, blank_overwrites))
        for heading, a, s in pairs
    ]


def _result(behavior: Behavior, ae: Value, sf: Value, blank_overwrites: bool) -> str:
    if ae == sf:
        return "Nothing is written."
    if behavior in LATER and ae is not None and sf is not None:
        return LATER[behavior]
    facts = PairFacts(False, blank_overwrites, None, lambda: None)
    decision = decide(behavior, ae, sf, facts)
    if decision.rule is Rule.BLANK_OVERWRITES:
        return f"{value_words(ae)} is taken away here: blank Salesforce values overwrite."
    if decision.winner is Side.AE:
        return f"Salesforce gets {value_words(ae)}."
    return f"Account Engagement gets {value_words(sf)}."


@dataclass(frozen=True, slots=True)
class Choice:
    """A sync behavior as the edit page offers it; `refused` says why it is not offered."""

    behavior: Behavior
    label: str
    help: str
    refused: str
    cases: Sequence[Case]


def choice(behavior: Behavior, help_text: str, refused: str, shown: Sequence[Case]) -> Choice:
    """One line of the choice."""
    return Choice(behavior, behavior_words(behavior), help_text, refused, shown)
