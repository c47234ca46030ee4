"""Plan prospects that changed here, against their records as they are now.

Source: product.md §3 (eligibility), §4 (matching); architecture.md §5.4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from syncapp.core import lifecycle
from syncapp.core.creation import new_record
from syncapp.core.eligibility import Action, check
from syncapp.core.inbound import Known, Rows, link_to, plan_rows, situation
from syncapp.core.known import Page
from syncapp.core.matching import Candidate, Match, choose
from syncapp.core.page import PagePlan
from syncapp.core.pair import LinkChange, Outcome, merge_pair
from syncapp.core.rules import Rules
from syncapp.core.scope import in_scope
from syncapp.core.types import ConflictKind, ConflictNote, LinkState, Prospect, Row, SObject


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
    """Decide every prospect of the page; `known` serves records whose email changed meanwhile.

    A record that was converted or lost a merge is followed by the page that reads this change from
    Salesforce, not here: only there it is known who has the contact or the winner.
    """
    page = Page(PagePlan(), known, rules)
    taken = set(found.taken)
    to_merge: list[Prospect] = []
    for prospect in prospects:
        record_id = prospect.link.record_id
        row = found.records.get(record_id or "")
        gone = row or found.gone.get(record_id or "") or {}
        if record_id is None:
            _unlinked(page, prospect, found, taken)
        elif gone.get("IsConverted") or gone.get("MasterRecordId"):
            page.plan.outcomes[Outcome.UNCHANGED] += 1  # it waits: see the docstring
        elif row is None:
            _lost(page, prospect, gone)
        elif not _blocked(page, prospect):
            to_merge.append(prospect)
    page.plan.join(plan_rows(found_rows(to_merge, found, known), known, rules))
    return page.plan


def _blocked(page: Page, prospect: Prospect) -> bool:
    """A linked prospect that §3 stops keeps its edits in `base` and waits for nothing."""
    verdict = check(situation(prospect, page.rules, prospect.link.pending, matches=False))
    back = verdict.reason in ("crm_deleted", "not_visible")
    if verdict.eligible or back:
        return False
    _nothing_to_do(page, prospect)
    return True


def _nothing_to_do(page: Page, prospect: Prospect) -> None:
    page.plan.settled.append(prospect)
    page.plan.outcomes[Outcome.UNCHANGED] += 1


def _lost(page: Page, prospect: Prospect, gone: Row) -> None:
    """The record was not found: deleted, or hidden from the connector user (§3 rows 4, 5)."""
    if gone.get("IsDeleted"):
        change = lifecycle.deleted(prospect, page.rules)
    else:
        linked = prospect.link.state is LinkState.LINKED
        change = lifecycle.hidden(prospect) if linked else None
    if change is None:
        _nothing_to_do(page, prospect)
        return
    page.plan.links.append(change)
    page.plan.settled.append(prospect)
    page.plan.outcomes[Outcome.APPLIED] += 1


def _unlinked(page: Page, prospect: Prospect, found: Found, taken: set[str]) -> None:
    candidates = found.by_email.get((prospect.email or "").lower(), [])
    match = choose((c for c in candidates if in_scope(page.rules, c.sobject, c.row)), taken)
    asked = situation(prospect, page.rules, prospect.link.pending, matches=match is not None)
    verdict = check(asked)
    if verdict.action is Action.LINK and match is not None:
        _link(page, prospect, match)
        taken.add(match.record.id)
        return
    if prospect.link.known_match != (match is not None):
        page.plan.links.append(LinkChange(prospect, {"known_match": match is not None}))
    if verdict.action in (Action.CREATE, Action.CREATE_BY_RULES):
        by_rules = verdict.action is Action.CREATE_BY_RULES
        page.add_pair(new_record(prospect, page.rules, assignment_rules=by_rules))
    else:
        _nothing_to_do(page, prospect)


def _link(page: Page, prospect: Prospect, match: Match) -> None:
    prospect.link.consent_epoch, prospect.link.base = lifecycle.FIRST_LINK, {}
    record = match.record
    pair = merge_pair(prospect, record.sobject, record.row, page.rules)
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
    page.add_pair(pair)
