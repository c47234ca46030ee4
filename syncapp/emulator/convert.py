"""Lead conversion: a contact (and account) take the lead's values; the lead stays, closed.

Fields of the same name are carried over, custom ones included; consent flags are among them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import not_found, refuse
from .hooks import after_save
from .ids import long_id
from .schema.objects import SObject
from .schema.persons import account_name
from .writer import Writer

if TYPE_CHECKING:
    from .org import Org

Row = dict[str, Any]
ADDRESS = ("Street", "City", "State", "PostalCode", "Country")
TO_ACCOUNT = ("Phone", "Fax", "Website", "Industry", "AnnualRevenue", "NumberOfEmployees")
CONVERTED = ("Closed - Converted", "Qualified")  # the lead statuses that mean it
KEPT_BACK = frozenset({"Id", "Name", "MasterRecordId", "Status"})


def convert_lead(org: Org, user_id: str, given: Row) -> Row:
    """Converts `lead` into `account` and `contact` (ids; made when absent).

    `opportunity` is the name of a deal to make, `owner` who gets what is made, `status` one of
    CONVERTED. Answers with all four ids.
    """
    status = given.get("status", CONVERTED[0])
    if status not in CONVERTED:
        raise refuse(400, "INVALID_STATUS", f"invalid convertedStatus: {status}")
    leads = _writer(org, user_id, "Lead")
    lead_id = long_id(given.get("lead")) or ""
    state = leads.state(lead_id)
    if state["IsConverted"]:
        raise refuse(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    lead = _row(org, lead_id)
    lead["OwnerId"] = long_id(given.get("owner")) or lead["OwnerId"]
    account_id, contact_id = _people(leads, lead, given)
    deal_id = _make_deal(leads, lead, account_id, given.get("opportunity"))
    closed = {
        "IsConverted": 1,
        "ConvertedDate": leads.stamp[:10],
        "ConvertedContactId": contact_id,
        "ConvertedAccountId": account_id,
        "ConvertedOpportunityId": deal_id,
        "Status": status,
    }
    leads.save_copy(lead_id, closed)
    org.db.write.execute('UPDATE "Task" SET "WhoId" = ? WHERE "WhoId" = ?', [contact_id, lead_id])
    return {"lead": lead_id, "contact": contact_id, "account": account_id, "opportunity": deal_id}


def _writer(org: Org, user_id: str, name: str) -> Writer:
    sobject = org.schema.get(name)
    if sobject is None:
        raise not_found()
    return Writer(org, user_id, sobject, allow_save=True)


def _row(org: Org, lead_id: str) -> Row:
    cursor = org.db.write.execute('SELECT * FROM "Lead" WHERE "Id" = ?', [lead_id])
    names = [column[0] for column in cursor.description]
    return dict(zip(names, cursor.fetchone(), strict=True))


def _people(leads: Writer, lead: Row, given: Row) -> tuple[str, str]:
    """The account and the contact; somebody without a company becomes a person account."""
    account_id, contact_id = long_id(given.get("account")), long_id(given.get("contact"))
    if account_id is None and not lead["Company"]:
        return _make_person(leads, lead)
    account_id = account_id or _make_account(leads, lead)
    return account_id, contact_id or _make_contact(leads, lead, account_id)


def _make_person(leads: Writer, lead: Row) -> tuple[str, str]:
    accounts = leads.sibling("Account")
    person = _contact_values(leads.sibling("Contact").sobject, lead)
    values = {
        account_name(name): value
        for name, value in person.items()
        if accounts.sobject.field(account_name(name))
    }
    account_id = accounts.insert({**values, "Name": lead["Name"]})
    after_save(accounts, account_id, {**values, "Name": lead["Name"]}, created=True)
    row = accounts.connection.execute(
        'SELECT "PersonContactId" FROM "Account" WHERE "Id" = ?', [account_id]
    ).fetchone()
    return account_id, row[0]


def _make_account(leads: Writer, lead: Row) -> str:
    accounts = leads.sibling("Account")
    values = {name: lead[name] for name in TO_ACCOUNT}
    values |= {f"Billing{part}": lead[part] for part in ADDRESS}
    name = lead["Company"] or lead["Name"]
    return accounts.insert({**values, "Name": name, "OwnerId": lead["OwnerId"]})


def _make_contact(leads: Writer, lead: Row, account_id: str) -> str:
    contacts = leads.sibling("Contact")
    values = _contact_values(contacts.sobject, lead)
    return contacts.insert({**values, "Name": lead["Name"], "AccountId": account_id})


def _contact_values(contact: SObject, lead: Row) -> Row:
    values = {
        field.name: lead[field.name]
        for field in contact.columns
        if field.createable and field.name in lead and field.name not in KEPT_BACK
    }
    return values | {f"Mailing{part}": lead[part] for part in ADDRESS}


def _make_deal(leads: Writer, lead: Row, account_id: str, name: str | None) -> str | None:
    if not name:
        return None
    return leads.sibling("Opportunity").insert(
        {
            "Name": name,
            "AccountId": account_id,
            "StageName": "Prospecting",
            "Probability": 10.0,
            "CloseDate": leads.stamp[:10],
            "OwnerId": lead["OwnerId"],
        }
    )
