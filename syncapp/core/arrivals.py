"""Records that no prospect is linked to: hand them to a prospect that waits, or create one.

Source: product.md §4, last paragraph.
"""

from syncapp.core.creation import new_prospect
from syncapp.core.eligibility import check
from syncapp.core.known import Page
from syncapp.core.pair import LinkChange, Outcome
from syncapp.core.scope import in_scope
from syncapp.core.situation import situation
from syncapp.core.types import ConflictKind, ConflictNote, Prospect, Row, SObject, Trigger
from syncapp.core.values import text, valid_email


def plan_unlinked(page: Page, sobject: SObject, row: Row) -> None:
    """Decide a record without prospect and count it."""
    email = text(row.get("Email"))
    out = row.get("IsDeleted") or row.get("IsConverted") or not in_scope(page.rules, sobject, row)
    if out or not valid_email(email) or not _wants_prospect(page, str(email).lower(), row):
        page.plan.outcomes[Outcome.UNCHANGED] += 1
        return
    address, inherit = page.known.address(email), page.known.heirs.get(row["Id"])
    page.add_created(new_prospect(sobject, row, page.rules, address, inherit))


def _wants_prospect(page: Page, email: str, row: Row) -> bool:
    """Is a prospect to be created for the record with this (lower-case) email?"""
    known, switches = page.known, page.rules.switches
    holders = known.staying(email)
    if _handed_over(page, [p for p in holders if p.link.record_id is None], row):
        return False
    if not switches.ampsea and (holders or email in known.created):
        _note_duplicate(page, email, [p for p in holders if p.link.record_id], row)
        return False
    return switches.create_prospects


def _handed_over(page: Page, free: list[Prospect], row: Row) -> bool:
    """Unlinked prospects with the email: the first that may link is planned by its own match.

    It takes one record only; with AMPSEA the next record with the email makes a prospect. The
    opt-out of a record that lost a merge to this one counts at once, whoever may link (§5).
    """
    heir = page.known.heirs.get(row["Id"])
    for prospect in [p for p in free if p.id not in page.known.handed]:
        trigger = prospect.link.pending
        links = check(situation(prospect, page.rules, trigger, matches=True)).eligible
        if links:
            page.plan.ask(prospect, trigger or Trigger.RECORD)
            page.known.handed.add(prospect.id)
        elif not prospect.link.known_match:
            prospect.link.known_match = True
            page.plan.links.append(LinkChange(prospect, {"known_match": True}))
        page.hand_on_consent(heir, prospect)
        if links:
            return True
    return False


def _note_duplicate(page: Page, email: str, holders: list[Prospect], row: Row) -> None:
    made = page.known.created.get(email)
    if made is not None:
        made.others.append(row["Id"])
    for prospect in holders:
        linked = prospect.link.record_id
        note = ConflictNote(
            ConflictKind.DUPLICATE_RECORDS,
            "email",
            prospect.email,
            linked,
            decided=linked or "",
            others=(row["Id"],),
        )
        page.plan.conflicts.append((prospect, note))
