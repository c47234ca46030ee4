"""Prospects, records and rules for the tests of the core, each with what most tests mean.

A prospect and its record made here agree on everything until a test says otherwise.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from syncapp.core.catalog import BY_KEY
from syncapp.core.inbound import Known
from syncapp.core.rules import Owners, Rules
from syncapp.core.slots import compile_slots
from syncapp.core.types import (
    Agreed,
    Behavior,
    FieldMapping,
    FieldType,
    Link,
    LinkState,
    Prospect,
    Row,
    SalesforceField,
    SObject,
    Switches,
    Value,
)
from syncapp.core.values import stamp

LEAD, CONTACT = SObject.LEAD, SObject.CONTACT
CONNECTOR, SOMEBODY, NOBODY = "005000000000001AAA", "005000000000002AAA", "005000000000003AAA"
NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
EPOCH = 3  # the unit's consent epoch; a link that reached it is no first link
OWNERS = Owners({SOMEBODY: 1}, {1: SOMEBODY})


def at(minutes: float) -> datetime:
    """A time, in minutes before or after noon."""
    return NOON + timedelta(minutes=minutes)


def text_field(name: str, **facts: Any) -> SalesforceField:
    return SalesforceField(name, "string", name, **{"length": 255, **facts})


def _schema() -> dict[str, SalesforceField]:
    names = "Email Salutation FirstName LastName Company Title Phone City MailingCity Department"
    fields = {name: text_field(name) for name in names.split()}
    fields["Email"] = SalesforceField("Email", "email", "Email", length=80)
    for name in ("HasOptedOutOfEmail", "DoNotCall", "OptedOut_Custom__c", "DNE__c"):
        fields[name] = SalesforceField(name, "boolean", name)
    fields["AnnualRevenue"] = SalesforceField("AnnualRevenue", "currency", digits=9)
    fields["pi__score__c"] = SalesforceField("pi__score__c", "double")
    fields["pi__grade__c"] = text_field("pi__grade__c")
    fields["pi__campaign__c"] = text_field("pi__campaign__c")
    fields["Region__c"] = text_field("Region__c")
    return fields


SCHEMA = {LEAD: _schema(), CONTACT: _schema()}


def mapping(key: str, behavior: Behavior | None = None, **changes: Any) -> FieldMapping:
    """A default field as product.md §2 maps it, or a custom field mapped to `sf`."""
    known = BY_KEY.get(key)
    sf = changes.pop("sf", None)
    facts: dict[str, Any] = {
        "key": key,
        "label": known.label if known else key,
        "type": known.type if known else FieldType.TEXT,
        "lead": known.lead if known else sf,
        "contact": known.contact if known else sf,
        "behavior": known.behavior if known else Behavior.SF,
        "proprietary": known.proprietary if known else False,
    }
    if sf:
        facts |= {"lead": sf, "contact": sf}
    if behavior:
        facts["behavior"] = behavior
    return FieldMapping(**facts | changes)


DEFAULTS = ("email", "last_name", "city", "company", "opted_out")


def rules(
    *mappings: FieldMapping,
    schema: dict[SObject, dict[str, SalesforceField]] | None = None,
    state: str = "running",
    offset: float = 0.0,
    owners: Owners = OWNERS,
    campaign: str | None = None,
    extra: dict[str, Any] | None = None,
    **switches: Any,
) -> Rules:
    """A unit's rules: the named mappings, and the usual ones for what they leave out."""
    named = {m.key for m in mappings}
    both = [mapping(key) for key in DEFAULTS if key not in named] + list(mappings)
    shown = schema or SCHEMA
    return Rules(
        switches=Switches(**switches),
        slots={
            sobject: compile_slots(both, sobject, shown[sobject], owners) for sobject in SObject
        },
        connector_state=state,
        connector_user_id=CONNECTOR,
        consent_epoch=EPOCH,
        clock_offset=offset,
        owners=owners,
        default_campaign=campaign,
        **extra or {},
    )


def row(sobject: SObject = LEAD, number: int = 1, **fields: Any) -> Row:
    """A record that somebody changed at noon; `by` and `modified` say otherwise."""
    prefix = "00Q" if sobject is LEAD else "003"
    by, modified = fields.pop("by", SOMEBODY), fields.pop("modified", NOON)
    created = fields.pop("created", at(-600))
    common: Row = {
        "Id": f"{prefix}{number:012d}AAA",
        "Email": "ada@example.com",
        "LastName": "Byron",
        "HasOptedOutOfEmail": False,
        "OwnerId": NOBODY,
        "CreatedDate": stamp(created),
        "CreatedById": SOMEBODY,
        "LastModifiedDate": stamp(modified),
        "LastModifiedById": by,
        "SystemModstamp": stamp(modified),
        "IsDeleted": False,
        "MasterRecordId": None,
    }
    if sobject is LEAD:
        own: Row = {"City": None, "Company": None, "IsConverted": False}
    else:
        own = {"MailingCity": None, "Account.Name": None, "AccountId": None}
    return common | own | fields


def prospect(number: int = 1, **values: Value) -> Prospect:
    """An unlinked prospect of the same person."""
    email = values.pop("email", "ada@example.com")
    facts: dict[str, Value] = {"email": email, "last_name": "Byron", "opted_out": False}
    facts |= {"do_not_email": False, "city": None, "company": None}
    return Prospect(number, None if email is None else str(email), facts | values)


def linked(
    record: Row | None = None,
    number: int = 1,
    base: dict[str, Agreed] | None = None,
    epoch: int = EPOCH,
    **values: Value,
) -> Prospect:
    """A prospect linked to the record (a lead unless its Id says contact) since long ago."""
    someone = prospect(number, **values)
    record_id = (record or row())["Id"]
    lead = record_id.startswith("00Q")
    someone.link = Link(
        LinkState.LINKED,
        lead_id=record_id if lead else None,
        contact_id=None if lead else record_id,
        consent_epoch=epoch,
        base=base or {},
    )
    return someone


def known(*prospects: Prospect, **more: Any) -> Known:
    """What the store would load for a page about these prospects."""
    found = Known(**more)
    for someone in prospects:
        for record_id in (someone.link.lead_id, someone.link.contact_id):
            if record_id:
                found.by_record[record_id] = someone
        if someone.email:
            found.by_email.setdefault(someone.email.lower(), []).append(someone)
    return found


def edited(value: Value, source: str = "manual") -> Agreed:
    """What both sides agreed on before an edit here."""
    return Agreed(value, "2026-11-22T11:00:00Z", source)
