"""Plan a page of changed Salesforce records (product.md §4, §5; architecture.md §5.2-3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from syncapp.core import lifecycle
from syncapp.core.creation import AddressFacts, NewProspect, new_prospect
from syncapp.core.eligibility import Situation, check
from syncapp.core.lifecycle import EmailChange
from syncapp.core.pair import LinkChange, Outcome, merge_pair
from syncapp.core.page import PagePlan
from syncapp.core.rules import Rules
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
from syncapp.core.values import text, valid_email

Rows = Sequence[tuple[SObject, Row]]
NO_ADDRESS = AddressFacts()


@dataclass(slots=True)
class Known:
    """The prospects that a page concerns, as the store loaded them."""

    by_record: dict[str, Prospect] = field(default_factory=dict)
    by_email: dict[str, list[Prospect]] = field(default_factory=dict)
    addresses: Mapping[str, AddressFacts] = field(default_factory=dict)
    created: dict[str, NewProspect] = field(default_factory=dict)  # by this very page

    def holders(self, email: str | None) -> list[Prospect]:
        """Prospects with the email that are not in the recycle bin."""
        return [p for p in self.by_email.get((email or "").lower(), ()) if not p.archived]


def plan_rows(rows: Rows, known: Known, rules: Rules) -> PagePlan:
    """Decide every row: conversions and deletions first, then contacts before leads."""
    plan = PagePlan()
    latest = {row["Id"]: (sobject, row) for sobject, row in rows}
    for sobject, row in latest.values():
        if row.get("IsConverted") and row["Id"] in known.by_record:
            _converted(plan, known, row)
    ordered = sorted(latest.values(), key=lambda entry: entry[0] is SObject.LEAD)
    for sobject, row in ordered:
        prospect = known.by_record.get(row["Id"])
        if prospect is not None:
            _linked(plan, known, rules, prospect, sobject, row)
        elif row.get("IsDeleted") or row.get("IsConverted") or not valid_email(text(row.get("Email"))):
            plan.outcomes[Outcome.UNCHANGED] += 1
        else:
            _unlinked(plan, known, rules, sobject, row)
    return plan


def _converted(plan: PagePlan, known: Known, row: Row) -> None:
    prospect = known.by_record[row["Id"]]
    change = lifecycle.converted(prospect, row)
    if change is None:
        return
    plan.links.append(change)
    plan.pending.append((prospect, Trigger.RECORD))
    known.by_record[row["ConvertedContactId"]] = prospect
    prospect.link.contact_id = row["ConvertedContactId"]
    prospect.link.consent_epoch = lifecycle.FIRST_LINK


def _linked(
    plan: PagePlan, known: Known, rules: Rules, prospect: Prospect, sobject: SObject, row: Row
) -> None:
    if row["Id"] != prospect.link.record_id:  # a converted lead: the contact is what syncs now
        plan.outcomes[Outcome.UNCHANGED] += 1
        return
    if row.get("IsDeleted"):
        _link_change(plan, lifecycle.deleted(prospect, rules))
        return
    returned = False
    if prospect.link.state in (LinkState.CRM_DELETED, LinkState.NOT_VISIBLE):
        back = prospect.link.state is LinkState.CRM_DELETED
        change = lifecycle.undeleted(prospect) if back else lifecycle.visible_again(prospect)
        plan.links.append(change)
        prospect.link.state, prospect.link.consent_epoch = LinkState.LINKED, lifecycle.FIRST_LINK
        prospect.archived = prospect.archived and change.archived is not False
        returned = True
    if not may_sync_linked(prospect, rules):
        plan.outcomes[Outcome.APPLIED if returned else Outcome.UNCHANGED] += 1
        return
    _merge_linked(plan, known, rules, prospect, sobject, row)


def may_sync_linked(prospect: Prospect, rules: Rules) -> bool:
    """Product.md §3 for a prospect with a CRM ID, cheaply for the common case."""
    link = prospect.link
    if (
        link.state is LinkState.LINKED
        and not prospect.archived
        and link.reason is None
        and rules.connector_state in ("running", "verified")
    ):
        return True
    return check(situation(prospect, rules, link.pending, matches=False)).eligible


def situation(
    prospect: Prospect, rules: Rules, trigger: Trigger | None, *, matches: bool
) -> Situation:
    """What product.md §3 asks about this prospect."""
    link = prospect.link
    return Situation(
        connector_state=rules.connector_state,
        trigger=trigger,
        archived=prospect.archived,
        link_state=link.state,
        link_reason=link.reason,
        has_crm_id=link.record_id is not None,
        has_valid_email=valid_email(prospect.email),
        assigned=prospect.assigned_user is not None,
        record_matches=matches,
        require_assigned_user=rules.switches.require_assigned_user,
        use_assignment_rules=rules.switches.use_assignment_rules,
    )


def _merge_linked(
    plan: PagePlan, known: Known, rules: Rules, prospect: Prospect, sobject: SObject, row: Row
) -> None:
    verdict = lifecycle.email_changed(prospect, row, rules, known.holders(text(row.get("Email"))))
    if verdict.kind is EmailChange.MOVE:
        _move(plan, known, rules, prospect, verdict.other, sobject, row)
        return
    email_decided = verdict.kind is not EmailChange.NONE
    skip = frozenset({"email"}) if email_decided else frozenset()
    pair = merge_pair(prospect, sobject, row, rules, skip)
    if verdict.kind is EmailChange.IN_USE:
        note = ConflictNote(
            ConflictKind.EMAIL_IN_USE, "email", prospect.email, text(row.get("Email"))
        )
        pair.conflicts.append(note)
        pair.held.append("email")
    elif verdict.kind is EmailChange.FOLLOW:
        new = text(row.get("Email"))
        pair.writes.append(
            FieldWrite("email", Side.AE, prospect.email, new, Side.SF, Rule.SF)
        )
        pair.settled.append("email")
        if "email" in prospect.link.base:
            pair.conflicts.append(
                ConflictNote(ConflictKind.BOTH_CHANGED, "email", prospect.email, new, Side.SF)
            )
    plan.add_pair(pair)


def _move(
    plan: PagePlan,
    known: Known,
    rules: Rules,
    prospect: Prospect,
    other: Prospect | None,
    sobject: SObject,
    row: Row,
) -> None:
    """The record goes to the prospect with its new email, found or created (§5)."""
    plan.links.append(lifecycle.loses_record(prospect))
    if other is None:
        address = known.addresses.get(str(row["Email"]).lower(), NO_ADDRESS)
        _create(plan, known, new_prospect(sobject, row, rules, address, inherit=prospect))
        return
    inherited = {
        key: True
        for key in ("opted_out", "do_not_email")
        if prospect.values.get(key) and not other.values.get(key)
    }
    other.values.update(inherited)
    other.link.consent_epoch = lifecycle.FIRST_LINK
    pair = merge_pair(other, sobject, row, rules)
    pair.writes[:0] = [
        FieldWrite(key, Side.AE, False, True, Side.AE, Rule.FIRST_SYNC) for key in inherited
    ]
    pair.decides_link = link_to(other, sobject, row)
    plan.add_pair(pair)


def link_to(prospect: Prospect, sobject: SObject, row: Row) -> LinkChange:
    """The prospect is linked to the record from now on."""
    values: dict[str, object] = {
        "state": LinkState.LINKED,
        "reason": None,
        "known_match": True,
        "base": {},
        "account_id": row.get("AccountId"),
        "created_by_connector": False,
    }
    values["contact_id" if sobject is SObject.CONTACT else "lead_id"] = row["Id"]
    if sobject is SObject.LEAD:
        values["contact_id"] = None
    field_name = "crm_contact_id" if sobject is SObject.CONTACT else "crm_lead_id"
    write = FieldWrite(field_name, Side.AE, None, row["Id"], Side.SF, Rule.SF)
    return LinkChange(prospect, values, [write])


def _link_change(plan: PagePlan, change: LinkChange | None) -> None:
    if change is not None:
        plan.links.append(change)
    plan.outcomes[Outcome.APPLIED if change else Outcome.UNCHANGED] += 1


def _unlinked(plan: PagePlan, known: Known, rules: Rules, sobject: SObject, row: Row) -> None:
    """A record that no prospect is linked to: wait to link, report a duplicate, or create."""
    email = str(text(row["Email"])).lower()
    holders = known.holders(email)
    free = [p for p in holders if p.link.record_id is None]
    plan.outcomes[Outcome.UNCHANGED] += 1
    if _hand_over(plan, rules, free):
        return
    if not rules.switches.ampsea and (holders or email in known.created):
        _duplicates(plan, known, email, [p for p in holders if p.link.record_id], row)
    elif rules.switches.create_prospects:
        plan.outcomes[Outcome.UNCHANGED] -= 1
        address = known.addresses.get(email, NO_ADDRESS)
        _create(plan, known, new_prospect(sobject, row, rules, address))


def _hand_over(plan: PagePlan, rules: Rules, free: list[Prospect]) -> bool:
    """Unlinked prospects with the email: the first that may link is planned by its own match."""
    for prospect in free:
        trigger = prospect.link.pending
        if check(situation(prospect, rules, trigger, matches=True)).eligible:
            plan.pending.append((prospect, trigger or Trigger.RECORD))
            return True
        if not prospect.link.known_match:
            plan.links.append(LinkChange(prospect, {"known_match": True}))
    return False


def _create(plan: PagePlan, known: Known, made: NewProspect) -> None:
    plan.created.append(made)
    plan.outcomes[Outcome.FAILED if made.errors else Outcome.APPLIED] += 1
    known.created[made.email.lower()] = made


def _duplicates(
    plan: PagePlan, known: Known, email: str, holders: list[Prospect], row: Row
) -> None:
    if email in known.created:
        known.created[email].others.append(row["Id"])
    for prospect in holders:
        note = ConflictNote(
            ConflictKind.DUPLICATE_RECORDS, "email", prospect.email, None, others=(row["Id"],)
        )
        plan.conflicts.append((prospect, note))
