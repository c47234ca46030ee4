"""The life of a link: deleted, undeleted, converted records and changed emails.

Source: product.md §5, seeds 001 and 002. Every change of link makes the next sync a first link
for consent (`consent_epoch` -1).
"""

from dataclasses import dataclass
from enum import StrEnum

from syncapp.core.pair import LinkChange
from syncapp.core.rules import Rules
from syncapp.core.slots import same_email
from syncapp.core.types import FieldWrite, LinkState, Prospect, Row, Rule, Side, SObject
from syncapp.core.values import text, valid_email

FIRST_LINK = -1


def _state_write(prospect: Prospect, new: str) -> FieldWrite:
    return FieldWrite("crm_state", Side.AE, prospect.link.state, new, Side.SF, Rule.SF)


def deleted(prospect: Prospect, rules: Rules) -> LinkChange | None:
    """Its record was deleted: CRM-deleted, with "delete or merge" also to the recycle bin (§5)."""
    if prospect.link.state not in (LinkState.LINKED, LinkState.NOT_VISIBLE):
        return None
    bin_too = rules.switches.delete_or_merge or rules.switches.ampsea
    return LinkChange(
        prospect,
        {"state": LinkState.CRM_DELETED},
        [_state_write(prospect, LinkState.CRM_DELETED)],
        archived=True if bin_too and not prospect.archived else None,
    )


def undeleted(prospect: Prospect, *, address_taken: bool) -> LinkChange:
    """Its record is back: flag and recycle bin are lifted (§5).

    The bin stays while another prospect of a unit without AMPSEA has the email (`address_taken`).
    """
    return LinkChange(
        prospect,
        {"state": LinkState.LINKED, "consent_epoch": FIRST_LINK},
        [_state_write(prospect, LinkState.LINKED)],
        archived=False if prospect.archived and not address_taken else None,
    )


def hidden(prospect: Prospect) -> LinkChange:
    """The connector user no longer sees the record: kept, never re-created."""
    return LinkChange(
        prospect, {"state": LinkState.NOT_VISIBLE}, [_state_write(prospect, LinkState.NOT_VISIBLE)]
    )


def visible_again(prospect: Prospect) -> LinkChange:
    """The record can be seen again; both sides may have changed meanwhile."""
    return LinkChange(
        prospect,
        {"state": LinkState.LINKED, "consent_epoch": FIRST_LINK},
        [_state_write(prospect, LinkState.LINKED)],
    )


def converted(prospect: Prospect, row: Row) -> LinkChange | None:
    """Its lead was converted: the prospect follows to the contact and the account."""
    contact = row.get("ConvertedContactId")
    if not contact or prospect.link.contact_id:
        return None
    return LinkChange(
        prospect,
        {
            "contact_id": contact,
            "account_id": row.get("ConvertedAccountId"),
            "consent_epoch": FIRST_LINK,
        },
        [FieldWrite("crm_contact_id", Side.AE, None, contact, Side.SF, Rule.SF)],
    )


def moved_to(prospect: Prospect, sobject: SObject, record_id: str) -> LinkChange:
    """Its record was merged into one that has no prospect: the prospect goes on with that (§5)."""
    lead = sobject is SObject.LEAD
    key = "lead_id" if lead else "contact_id"
    old = prospect.link.lead_id if lead else prospect.link.contact_id
    return LinkChange(
        prospect,
        {key: record_id, "created_by_connector": False, "consent_epoch": FIRST_LINK},
        [FieldWrite(f"crm_{key}", Side.AE, old, record_id, Side.SF, Rule.SF)],
    )


def absorbed(prospect: Prospect) -> LinkChange:
    """Its record was merged into another prospect's: this one ends there (§5)."""
    change = loses_record(prospect)
    change.values["reason"] = "merged"
    change.archived = True
    return change


def link_to(prospect: Prospect, sobject: SObject, row: Row) -> LinkChange:
    """The prospect is linked to the record from now on; nothing is agreed on yet."""
    lead = sobject is SObject.LEAD
    values: dict[str, object] = {
        "state": LinkState.LINKED,
        "reason": None,
        "known_match": True,
        "base": {},
        "account_id": row.get("AccountId"),
        "created_by_connector": False,
        "others_changed_at": None,
        "consent_epoch": FIRST_LINK,
        "contact_id": None if lead else row["Id"],
    }
    if lead:
        values["lead_id"] = row["Id"]
    field = "crm_lead_id" if lead else "crm_contact_id"
    return LinkChange(
        prospect, values, [FieldWrite(field, Side.AE, None, row["Id"], Side.SF, Rule.SF)]
    )


class EmailChange(StrEnum):
    """What a changed email in Salesforce means in a unit without AMPSEA."""

    NONE = "none"
    FOLLOW = "follow"
    IN_USE = "email_in_use"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class EmailVerdict:
    """The kind of change; for MOVE the prospect that has the new email, if any."""

    kind: EmailChange
    other: Prospect | None = None


SAME_EMAIL = EmailVerdict(EmailChange.NONE)


def email_changed(
    prospect: Prospect,
    row: Row,
    rules: Rules,
    holders: list[Prospect],
    *,
    promised: bool,
) -> EmailVerdict:
    """Of a record with another email: did Salesforce change it since the last sync, and then (§5)?

    `holders` are the unit's other prospects with the new email, not in the recycle bin; `promised`
    says that the same page creates one with it from another record.
    """
    new = text(row.get("Email"))
    if rules.switches.ampsea or not valid_email(new):
        return SAME_EMAIL
    entry = prospect.link.base.get("email")
    if entry is not None and same_email(new, entry.value):
        return SAME_EMAIL  # only changed here: AE's value goes to Salesforce
    other = next((h for h in holders if h.id != prospect.id), None)
    if promised and other is None:
        return EmailVerdict(EmailChange.IN_USE)
    if rules.switches.change_emails or prospect.email is None:
        return EmailVerdict(EmailChange.IN_USE if other else EmailChange.FOLLOW)
    if other is not None and other.link.record_id not in (None, row["Id"]):
        return EmailVerdict(EmailChange.IN_USE)
    return EmailVerdict(EmailChange.MOVE, other)


def loses_record(prospect: Prospect) -> LinkChange:
    """An email change in Salesforce gave the record to another prospect."""
    return LinkChange(
        prospect,
        {
            "state": LinkState.NONE,
            "lead_id": None,
            "contact_id": None,
            "account_id": None,
            "reason": "email_moved",
            "base": {},
            "consent_epoch": FIRST_LINK,
            "pending": None,
        },
        [_state_write(prospect, LinkState.NONE)],
    )
