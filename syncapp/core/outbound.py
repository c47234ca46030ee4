"""Plan prospects that changed here, against their records as they are now.

Source: product.md §3 (eligibility), §4 (matching); architecture.md §5.4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from syncapp.core import lifecycle
from syncapp.core.creation import new_record
from syncapp.core.eligibility import Action, check
from syncapp.core.inbound import Known, Rows, link_to, plan_rows, situation
from syncapp.core.matching import Candidate, Match, choose
from syncapp.core.page import PagePlan
from syncapp.core.pair import LinkChange, Outcome, merge_pair
from syncapp.core.rules import Rules
from syncapp.core.types import ConflictKind, ConflictNote, Prospect, Row, SObject


@dataclass(slots=True)
class Found:
    """What Salesforce answered about the prospects of the page.

    `records` by Id (None: not found), `gone` the queryAll rows of those not found, `by_email`
    live records by lower-case email, `taken` the CRM IDs that other prospects already hold.
    """

    records: Mapping[str, Row | None] = field(default_factory=dict)
    gone: Mapping[str, Row] = field(default_factory=dict)
    by_email: Mapping[str, list[Candidate]] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()


def found_rows(prospects: Sequence[Prospect], found: Found, known: Known) -> Rows:
    """The records of the linked prospects, which become known; for `needs_history` too."""
    rows: list[tuple[SObject, Row]] = []
    for prospect in prospects:
        sobject, row = prospect.link.sobject, found.records.get(prospect.link.record_id or "")
        if sobject is not None and row is not None:
            known.by_record[row["Id"]] = prospect
            rows.append((sobject, row))
    return rows


def plan_pending(
    prospects: Sequence[Prospect], found: Found, known: Known, rules: Rules
) -> PagePlan:
    """Decide every prospect of the page; `known` serves records whose email changed meanwhile."""
    plan = PagePlan()
    taken = set(found.taken)
    to_merge: list[Prospect] = []
    for prospect in prospects:
        record_id = prospect.link.record_id
        if record_id is None:
            _unlinked(plan, prospect, found, rules, taken)
        elif found.records.get(record_id) is None:
            _lost(plan, prospect, found.gone.get(record_id), rules)
        elif not _blocked(plan, prospect, rules):
            to_merge.append(prospect)
    _join(plan, plan_rows(found_rows(to_merge, found, known), known, rules))
    return plan


def _blocked(plan: PagePlan, prospect: Prospect, rules: Rules) -> bool:
    """A linked prospect that §3 stops keeps its edits in `base` and waits for nothing."""
    asked = situation(prospect, rules, prospect.link.pending, matches=False)
    verdict = check(asked)
    back = verdict.reason in ("crm_deleted", "not_visible")
    if verdict.eligible or back:
        return False
    plan.settled.append(prospect)
    plan.outcomes[Outcome.UNCHANGED] += 1
    return True


def _lost(plan: PagePlan, prospect: Prospect, gone: Row | None, rules: Rules) -> None:
    """The record was not found: deleted, or hidden from the connector user (§3 rows 4, 5)."""
    linked = prospect.link.state == "linked"
    if gone is not None and gone.get("IsDeleted"):
        change = lifecycle.deleted(prospect, rules)
    else:
        change = lifecycle.hidden(prospect) if linked else None
    if change is not None:
        plan.links.append(change)
    plan.settled.append(prospect)
    plan.outcomes[Outcome.APPLIED if change else Outcome.UNCHANGED] += 1


def _unlinked(
    plan: PagePlan, prospect: Prospect, found: Found, rules: Rules, taken: set[str]
) -> None:
    candidates = found.by_email.get((prospect.email or "").lower(), [])
    match = choose(candidates, taken)
    asked = situation(prospect, rules, prospect.link.pending, matches=match is not None)
    verdict = check(asked)
    if verdict.action is Action.LINK and match is not None:
        _link(plan, prospect, match, rules)
        taken.add(match.record.id)
        return
    if prospect.link.known_match != (match is not None):
        plan.links.append(LinkChange(prospect, {"known_match": match is not None}))
    if verdict.action in (Action.CREATE, Action.CREATE_BY_RULES):
        by_rules = verdict.action is Action.CREATE_BY_RULES
        plan.add_pair(new_record(prospect, rules, assignment_rules=by_rules))
    else:
        plan.settled.append(prospect)
        plan.outcomes[Outcome.UNCHANGED] += 1


def _link(plan: PagePlan, prospect: Prospect, match: Match, rules: Rules) -> None:
    prospect.link.consent_epoch, prospect.link.base = lifecycle.FIRST_LINK, {}
    record = match.record
    pair = merge_pair(prospect, record.sobject, record.row, rules)
    pair.decides_link = link_to(prospect, record.sobject, record.row)
    if match.others:
        note = ConflictNote(
            ConflictKind.DUPLICATE_RECORDS,
            "email",
            prospect.email,
            record.id,
            decided=record.id,
            others=match.others,
        )
        pair.conflicts.append(note)
    plan.add_pair(pair)


def _join(plan: PagePlan, other: PagePlan) -> None:
    plan.pairs += other.pairs
    plan.created += other.created
    plan.links += other.links
    plan.pending += other.pending
    plan.conflicts += other.conflicts
    plan.outcomes.update(other.outcomes)
