"""Resolve a conflict about a link: which record a prospect has (product.md §2, §4, §5).

Every change of link makes the next sync a first link for consent: no opt-out is lost by it.
"""

from syncapp.core.catalog import CONSENT_KEYS
from syncapp.core.types import FieldWrite, LinkState, Prospect, Rule, Side, SObject, Trigger, Value
from syncapp.services.refused import Refused
from syncapp.services.resolving import Case, value_to_both
from syncapp.store import prospects, resolutions
from syncapp.store.edits import Edit, Editor
from syncapp.store.prospects import Loader
from syncapp.store.telling import changes

_PREFIXES = {"00Q": SObject.LEAD, "003": SObject.CONTACT}


def duplicate_records(case: Case) -> None:
    """AE: keep the link. Salesforce: link to the record named."""
    if case.side is Side.AE:
        return
    record = _named_record(case)
    if record == case.prospect.link.record_id:
        return
    if record in prospects.linked_elsewhere(case.batch.unit.pk, [record]):
        raise Refused(
            "record_taken",
            f"Another prospect of {case.batch.unit.name} is linked to {record}. "
            "Name another record.",
        )
    _link(case, case.prospect, record)


def email_in_use(case: Case) -> None:
    """AE: our email to Salesforce. Salesforce: the record goes to the prospect with its email."""
    if case.side is Side.AE:
        value_to_both(case, case.prospect.email, case.conflict.sf_value)
        return
    loser, winner = case.prospect, _holder(case)
    record = loser.link.record_id
    if record is None:
        raise Refused(
            "no_record", f"{loser.email} has no record any more; there is nothing to re-link."
        )
    _inherit(case, loser, winner)
    state = FieldWrite("crm_state", Side.AE, loser.link.state, LinkState.NONE, Side.SF, Rule.MANUAL)
    resolutions.unlink(loser.id, "email_moved")
    resolutions.drop_held([loser.id], case.batch.current.now)
    case.batch.current.changed(loser.id, changes([state], {}))
    _link(case, winner, record)


def _named_record(case: Case) -> str:
    """The conflict's record that `record` names by 15 or 18 characters."""
    known = [*case.conflict.others, case.conflict.decided, case.prospect.link.record_id or ""]
    if not case.record:
        raise Refused(
            "record_needed",
            f"Name the record to link to (--record): {', '.join(case.conflict.others)}.",
        )
    for record in known:
        if record and record[:15] == case.record[:15]:
            return str(record)
    raise Refused(
        "no_such_record",
        f"{case.record} is none of the records that match. "
        f"Name one of: {', '.join(case.conflict.others)}.",
    )


def _holder(case: Case) -> Prospect:
    """The prospect that has Salesforce's email, locked."""
    email = str(case.conflict.sf_value).lower()
    having = Loader(case.batch.unit.pk, ()).by_emails([email], lock=True)
    found = [p for p in having if not p.archived and p.id != case.prospect.id]
    if not found:
        raise Refused(
            "no_such_prospect",
            f"No other prospect has {email} any more. Let it sync; the email then follows.",
        )
    return found[0]


def _inherit(case: Case, loser: Prospect, winner: Prospect) -> None:
    """The prospect that takes the CRM ID inherits Opted Out and Do Not Email (§5)."""
    ticked: dict[str, Value] = {k: True for k in CONSENT_KEYS if loser.values.get(k) is True}
    editor = Editor(case.batch.current, case.batch.unit.pk, Rule.MANUAL, "manual", Trigger.EDIT, {})
    editor.add(Edit(winner, ticked))
    editor.write()


def _link(case: Case, prospect: Prospect, record: str) -> None:
    """The prospect goes on with the record, and asks for a sync with it."""
    sobject = _PREFIXES[record[:3]]
    lead = sobject is SObject.LEAD
    key = "crm_lead_id" if lead else "crm_contact_id"
    old = prospect.link.lead_id if lead else prospect.link.contact_id
    resolutions.relink(prospect.id, record if lead else None, None if lead else record)
    resolutions.drop_held([prospect.id], case.batch.current.now)
    told = [FieldWrite(key, Side.AE, old, record, Side.SF, Rule.MANUAL)]
    case.batch.current.changed(prospect.id, changes(told, {}))
    prospects.mark_pending([prospect.id], Trigger.MANUAL, case.batch.current.now)
