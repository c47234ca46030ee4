"""Send to Account Engagement: a record's prospect is created, linked or synced at once.

Source: product.md §4, last sentence, F3: also with creation off and while a v2 connector is
paused; refused when not shared, Do not sync with CRM, or unverified.
"""

from dataclasses import replace

from syncapp.core.inbound import plan_rows
from syncapp.core.known import Known
from syncapp.core.page import PagePlan
from syncapp.core.refusals import Refusal
from syncapp.core.rules import Rules
from syncapp.core.scope import in_scope
from syncapp.core.types import LinkState, Prospect, Row, SObject, Trigger
from syncapp.core.values import text, valid_email


def check_send(sobject: SObject, row: Row, known: Known, rules: Rules) -> Refusal | None:
    """Why the record cannot be sent; None when it can."""
    if rules.connector_state == "unverified":
        return Refusal("connector_unverified", "The connector is not verified. Verify it first.")
    if row.get("IsDeleted") or row.get("IsConverted"):
        what = "was deleted" if row.get("IsDeleted") else "was converted: send its contact"
        return Refusal("record_gone", f"The {sobject.value} {row['Id']} {what}.")
    if not in_scope(rules, sobject, row):
        message = f"This business unit does not share the {sobject.value} {row['Id']}."
        return Refusal("not_shared", message)
    prospect = _prospect_of(row, known)
    if prospect is not None and prospect.link.state is LinkState.DO_NOT_SYNC:
        message = f"Prospect {prospect.id} is flagged Do not sync with CRM. Lift the flag first."
        return Refusal("do_not_sync", message)
    if prospect is None and not valid_email(text(row.get("Email"))):
        message = f"The {sobject.value} {row['Id']} has no valid email address. Add one first."
        return Refusal("no_email", message)
    return None


def _prospect_of(row: Row, known: Known) -> Prospect | None:
    """The linked prospect, else the unlinked one that has the record's email."""
    free = (p for p in known.holders(text(row.get("Email"))) if p.link.record_id is None)
    return known.by_record.get(row["Id"]) or next(free, None)


def plan_send(sobject: SObject, row: Row, known: Known, rules: Rules) -> PagePlan:
    """Plan a record that `check_send` lets pass; a prospect that may link now is in `pending`."""
    prospect = _prospect_of(row, known)
    if prospect is not None:
        prospect.link.pending = Trigger.SEND
    asked = replace(rules, switches=replace(rules.switches, create_prospects=True))
    return plan_rows([(sobject, row)], known, asked)
