"""A page's plan takes over everything of another plan, and asks for a sync once (§5)."""

from syncapp.core.creation import new_prospect
from syncapp.core.known import NO_ADDRESS
from syncapp.core.lifecycle import hidden
from syncapp.core.page import PagePlan, ProspectMerge
from syncapp.core.pair import merge_pair
from syncapp.core.types import ConflictKind, ConflictNote, Rule, Trigger
from tests.core.build import LEAD, linked, prospect, row, rules


def full(number: int) -> PagePlan:
    """A plan with one of everything, about prospects of its own."""
    someone, other = linked(row(LEAD, number), number), prospect(number + 1)
    plan = PagePlan()
    plan.add_pair(merge_pair(someone, LEAD, row(LEAD, number), rules()))
    plan.created.append(new_prospect(LEAD, row(LEAD, number), rules(), NO_ADDRESS))
    plan.links.append(hidden(someone))
    note = ConflictNote(ConflictKind.EMAIL_IN_USE, "email", "a@example.com", "b@example.com")
    plan.conflicts.append((someone, note))
    plan.settled.append(someone)
    plan.merges.append(ProspectMerge(other, someone))
    plan.suppress(someone, "opted_out", Rule.EMAIL_EVENT)
    plan.ask(other, Trigger.RECORD)
    return plan


def test_joining_keeps_what_both_plans_decided() -> None:
    one, two = full(1), full(3)
    first, second = full(1), full(3)
    one.join(two)
    for kind in ("pairs", "created", "links", "conflicts", "settled", "suppressed", "merges"):
        assert getattr(one, kind) == getattr(first, kind) + getattr(second, kind), kind
    assert one.pending == first.pending + second.pending
    assert one.outcomes == first.outcomes + second.outcomes


def test_joining_asks_for_a_sync_of_somebody_once() -> None:
    one, again = full(1), full(1)
    one.join(again)
    assert [(p.id, trigger) for p, trigger in one.pending] == [
        (1, Trigger.EVENT),
        (2, Trigger.RECORD),
    ]
