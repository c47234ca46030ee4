"""Plan a page of changed Salesforce records (product.md §4, §5; architecture.md §5.2-3).

Every row is counted once. Prospects of the page are changed in memory where a later row of the
same page must see it (a conversion before its contact).
"""

from collections.abc import Collection

from syncapp.core import lifecycle
from syncapp.core.arrivals import plan_unlinked
from syncapp.core.email_moves import email_moved
from syncapp.core.field_history import compared_by_field, compares
from syncapp.core.known import Known, Page, Rows
from syncapp.core.lifecycle import SAME_EMAIL, EmailChange, EmailVerdict, link_to
from syncapp.core.page import PagePlan
from syncapp.core.pair import (
    FieldTime,
    LinkChange,
    Outcome,
    PairPlan,
    merge_pair,
    untouched_since,
)
from syncapp.core.rules import Rules
from syncapp.core.scope import follow_sharing, in_scope
from syncapp.core.situation import may_sync_linked, situation
from syncapp.core.slots import same_email
from syncapp.core.succession import gives_way
from syncapp.core.types import (
    ConflictKind,
    ConflictNote,
    FieldWrite,
    LinkState,
    Prospect,
    Row,
    Rule,
    Side,
    SObject,
    Trigger,
)
from syncapp.core.values import text

__all__ = ["Known", "Rows", "link_to", "may_sync_linked", "plan_rows", "situation"]


def plan_rows(rows: Rows, known: Known, rules: Rules) -> PagePlan:
    """Decide every row: conversions and merges first, then the deleted, contacts before leads."""
    latest = {row["Id"]: (sobject, row) for sobject, row in rows}
    page = Page(PagePlan(), known, rules, {key: row for key, (_, row) in latest.items()})
    gone = _gone(page, latest.values())
    freed, after = _freed(page), _after(page)
    for sobject, row in sorted(latest.values(), key=lambda entry: _turn(page, entry, freed, after)):
        prospect = known.by_record.get(row["Id"])
        if row["Id"] in gone:
            page.plan.outcomes[Outcome.APPLIED] += 1
        elif prospect is None:
            plan_unlinked(page, sobject, row)
        else:
            _linked(page, prospect, sobject, row)
    return page.plan


def _gone(page: Page, rows: Collection[tuple[SObject, Row]]) -> set[str]:
    """Records that gave way, the contact of a lead that was converted a moment ago too."""
    gone: set[str] = set()
    while more := {
        row["Id"]
        for sobject, row in rows
        if row["Id"] not in gone and gives_way(page, sobject, row)
    }:
        gone |= more
    return gone


def _freed(page: Page) -> set[str]:
    """Emails of prospects that follow their records to another one."""
    if not page.rules.switches.change_emails:
        return set()
    known = [(page.known.by_record.get(key), row) for key, row in page.rows.items()]
    return {
        _lower(p.email) for p, row in known if p and _lower(p.email) != _lower(row.get("Email"))
    }


def _lower(email: object) -> str:
    return (text(email) or "").lower()


def _after(page: Page) -> dict[str, int]:
    """Of records whose email was changed to a linked prospect's: after how many others they come.

    That prospect may lose its own record by this very page, and can take this one only then.
    """
    wants: dict[str, str] = {}
    for key, row in page.rows.items():
        prospect, email = page.known.by_record.get(key), _lower(row.get("Email"))
        if prospect is not None and _lower(prospect.email) != email:
            found = (p.link.record_id for p in page.known.having(email) if p is not prospect)
            wants.update((key, record) for record in found if record in page.rows)
    return {key: _steps(wants, key) for key in wants}


def _steps(wants: dict[str, str], key: str) -> int:
    """How long the chain is; one that bites its own tail ends there."""
    passed = {key}
    while (key := wants.get(key, "")) not in {*passed, ""}:
        passed.add(key)
    return len(passed) - 1


def _turn(
    page: Page, entry: tuple[SObject, Row], freed: set[str], after: dict[str, int]
) -> tuple[bool, bool, int, bool]:
    """What a deletion or a changed email leaves is free for another record."""
    sobject, row = entry
    new = row["Id"] not in page.known.by_record
    return (
        not row.get("IsDeleted"),
        new and _lower(row.get("Email")) in freed,
        after.get(row["Id"], 0),
        sobject is SObject.LEAD,
    )


def _linked(page: Page, prospect: Prospect, sobject: SObject, row: Row) -> None:
    if row["Id"] != prospect.link.record_id or row.get("IsConverted"):  # its contact syncs now
        page.plan.outcomes[Outcome.UNCHANGED] += 1
    elif row.get("IsDeleted"):
        _link_change(page, lifecycle.deleted(prospect, page.rules))
    else:
        changed = _returned(page, prospect)
        changed = follow_sharing(page, prospect, sobject, row) or changed
        if may_sync_linked(prospect, page.rules) and in_scope(page.rules, sobject, row):
            _merge_linked(page, prospect, sobject, row)
        else:
            page.plan.outcomes[Outcome.APPLIED if changed else Outcome.UNCHANGED] += 1


def _link_change(page: Page, change: LinkChange | None) -> None:
    if change is not None:
        page.plan.links.append(change)
        change.prospect.archived = change.prospect.archived or change.archived is True
    page.plan.outcomes[Outcome.APPLIED if change else Outcome.UNCHANGED] += 1


def _returned(page: Page, prospect: Prospect) -> bool:
    """A record that was deleted or hidden is back (§5): a first link for consent."""
    link = prospect.link
    if link.state is LinkState.CRM_DELETED:
        change = lifecycle.undeleted(prospect, address_taken=page.address_taken(prospect))
    elif link.state is LinkState.NOT_VISIBLE:
        change = lifecycle.visible_again(prospect)
    else:
        return False
    page.plan.links.append(change)
    link.state, link.consent_epoch = LinkState.LINKED, lifecycle.FIRST_LINK
    prospect.archived = prospect.archived and change.archived is not False
    return True


def _merge_linked(page: Page, prospect: Prospect, sobject: SObject, row: Row) -> None:
    email = text(row.get("Email"))
    verdict = _email_verdict(page, prospect, row, email)
    if verdict.kind is EmailChange.MOVE:
        email_moved(page, prospect, verdict.other, sobject, row)
        return
    skip = frozenset() if verdict.kind is EmailChange.NONE else frozenset({"email"})
    field_time, unknown = _field_time(page, prospect, sobject, row)
    if unknown:
        skip |= {"opted_out"}
    pair = merge_pair(prospect, sobject, row, page.rules, skip, field_time=field_time)
    if unknown:
        pair.held.append("opted_out")
        page.plan.ask(prospect, Trigger.RECORD)
    _email(pair, verdict.kind, email)
    if verdict.kind is EmailChange.FOLLOW:
        page.known.followed[str(email).lower()] = prospect
    page.add_pair(pair)


def _email_verdict(page: Page, prospect: Prospect, row: Row, email: str | None) -> EmailVerdict:
    if same_email(email, prospect.email):  # most are: who else has it need not be asked
        return SAME_EMAIL
    holders = page.known.staying(_lower(email))
    promised = page.promised(email)
    return lifecycle.email_changed(prospect, row, page.rules, holders, promised=promised)


def _field_time(
    page: Page, prospect: Prospect, sobject: SObject, row: Row
) -> tuple[FieldTime | None, bool]:
    """When somebody else changed Salesforce's Opted Out, and: is that needed but unknown?

    A record that only came to differ after its page's history was asked for waits for the next.
    """
    times = page.known.field_times
    slot = None if times is None else compared_by_field(page.rules, sobject)
    if times is None or slot is None or not compares(prospect, row, slot, page.rules):
        return None, False
    if row["Id"] not in times:
        return None, True
    return FieldTime(times[row["Id"]] or untouched_since(prospect, row, page.rules)), False


def _email(pair: PairPlan, change: EmailChange, email: str | None) -> None:
    """Note what became of an email that Salesforce changed (§5)."""
    prospect = pair.prospect
    if change is EmailChange.IN_USE:
        note = ConflictNote(ConflictKind.EMAIL_IN_USE, "email", prospect.email, email)
        pair.conflicts.append(note)
        pair.held.append("email")
    elif change is EmailChange.FOLLOW:
        rule = Rule.SF if prospect.email else Rule.FILL_BLANK
        pair.writes.append(FieldWrite("email", Side.AE, prospect.email, email, Side.SF, rule))
        pair.settled.append("email")
        if prospect.email and "email" in prospect.link.base:
            note = ConflictNote(
                ConflictKind.BOTH_CHANGED,
                "email",
                prospect.email,
                email,
                decided=Side.SF,
                rule=rule,
                agreed=(prospect.link.base["email"].value,),
            )
            pair.conflicts.append(note)
