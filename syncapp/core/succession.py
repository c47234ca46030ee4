"""A record gives way to another: its lead was converted, or it lost a merge in Salesforce.

Source: product.md §5. The link changes, so the next sync is a first link for consent; a prospect
that is absorbed hands its opt-out on first: neither merging nor converting loosens anything.
"""

from syncapp.core import legacy, lifecycle
from syncapp.core.known import Page
from syncapp.core.page import ProspectMerge
from syncapp.core.planned import LinkChange
from syncapp.core.types import LinkState, Prospect, Row, Rule, SObject, Trigger
from syncapp.core.writing import ticked

SYNCED = (LinkState.LINKED, LinkState.NOT_VISIBLE, LinkState.DO_NOT_SYNC)


def gives_way(page: Page, sobject: SObject, row: Row) -> bool:
    """Follow a converted lead or a merged record of a prospect; False when it is neither."""
    prospect = page.known.by_record.get(row["Id"])
    if prospect is None or row["Id"] != prospect.link.record_id:
        return False
    if row.get("IsConverted"):
        return _converted(page, prospect, row)
    if row.get("IsDeleted") and row.get("MasterRecordId") and prospect.link.state in SYNCED:
        return _merged(page, prospect, sobject, row)
    return False


def _converted(page: Page, prospect: Prospect, row: Row) -> bool:
    change = lifecycle.converted(prospect, row)
    if change is None:
        return False
    _keep_opt_out(page, prospect, SObject.LEAD, row)
    contact = row["ConvertedContactId"]
    winner = page.known.by_record.get(contact)
    if winner is None:
        _follow(page, change, SObject.CONTACT, contact)
    else:
        _lose_to(page, prospect, winner)
    return True


def _merged(page: Page, prospect: Prospect, sobject: SObject, row: Row) -> bool:
    _keep_opt_out(page, prospect, sobject, row)
    master = _last_master(page, row)
    winner = page.known.by_record.get(master)
    if winner is not None:
        _lose_to(page, prospect, winner)
    elif _merges_prospects(page):  # "a winner without prospect takes the loser's"
        _follow(page, lifecycle.moved_to(prospect, sobject, master), sobject, master)
    else:
        _delete(page, prospect)
        page.known.heirs[master] = prospect
    return True


def _keep_opt_out(page: Page, prospect: Prospect, sobject: SObject, row: Row) -> None:
    """An opt-out of the record does not end with it, even one that was lifted here since the last
    sync: a changed link is safe for consent whatever the behavior (§2)."""
    for slot in page.rules.slots[sobject]:
        if slot.consent and ticked(slot, row.get(slot.sf)):
            key = legacy.key_of_copy(slot, page.rules)
            page.plan.suppress(prospect, key, Rule.FIRST_SYNC)


def _last_master(page: Page, row: Row) -> str:
    """The winner, or who it lost to in turn within this page."""
    passed, master = {row["Id"]}, str(row["MasterRecordId"])
    while master not in passed:
        passed.add(master)
        master = (page.rows.get(master) or {}).get("MasterRecordId") or master
    return master


def _merges_prospects(page: Page) -> bool:
    return page.rules.switches.delete_or_merge or page.rules.switches.ampsea


def _follow(page: Page, change: LinkChange, sobject: SObject, record_id: str) -> None:
    """The prospect goes to the other record, and is planned with it."""
    prospect = change.prospect
    page.plan.links.append(change)
    page.plan.ask(prospect, Trigger.RECORD)
    page.known.by_record[record_id] = prospect
    prospect.link.consent_epoch = lifecycle.FIRST_LINK
    if sobject is SObject.CONTACT:
        prospect.link.contact_id = record_id
    else:
        prospect.link.lead_id = record_id


def _lose_to(page: Page, loser: Prospect, winner: Prospect) -> None:
    """Both records have a prospect: by the setting they become one, or the loser's is deleted."""
    if _merges_prospects(page):
        page.plan.merges.append(ProspectMerge(loser, winner))
        page.plan.links.append(lifecycle.absorbed(loser))
        loser.archived = True
    else:
        _delete(page, loser)
    page.hand_on_consent(loser, winner)
    winner.link.consent_epoch = lifecycle.FIRST_LINK
    page.plan.links.append(LinkChange(winner, {"consent_epoch": lifecycle.FIRST_LINK}))
    page.plan.ask(winner, Trigger.RECORD)


def _delete(page: Page, prospect: Prospect) -> None:
    change = lifecycle.deleted(prospect, page.rules)
    if change is not None:
        page.plan.links.append(change)
