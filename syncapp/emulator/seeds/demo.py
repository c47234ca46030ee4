"""The demo org: 5,000 leads and contacts of 600 companies, deterministic but for the dates.

Every address is below example.com. About one person in sixteen has opted out, a few people are lead
and contact at once, and some have no address.
"""

from __future__ import annotations

import random
import re
import sqlite3
from dataclasses import dataclass
from typing import Any

from ..derive import full_name
from ..ids import make_id
from ..users import INTEGRATION, OWNERS, SALES
from .insert import Past, insert_rows, stamps
from .names import (
    COMPANY_FIRST,
    COMPANY_LAST,
    FIRST,
    INDUSTRY_OF,
    LAST,
    PLACES,
    STREETS,
    TITLES,
    Place,
)

COMPANIES, LEADS, CONTACTS, OPPORTUNITIES = 600, 3_000, 2_000, 240
STAGES = (
    "Prospecting", "Qualification", "Needs Analysis", "Proposal/Price Quote", "Closed Won",
    "Closed Lost",
)  # fmt: skip
ADDRESS = ("Street", "City", "State", "PostalCode", "Country")
SOURCES = ("Web", "Trade Show", "Partner Referral", "Phone Inquiry", "Other")
STATUSES = ("Open - Not Contacted", "Working - Contacted", "Closed - Not Converted")
SALUTATIONS = ("Ms.", "Mr.", "Mx.", "Dr.", None)
CAMPAIGNS = ("Spring Webinar", "Trade Fair Hamburg", "Customer Newsletter", "Product Launch")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Company:
    """A company and where its people sit."""

    name: str
    industry: str
    domain: str
    place: Place
    employees: int
    revenue: float
    phone: str


def plant_demo(connection: sqlite3.Connection, past: Past) -> None:
    """Writes the demo's rows."""
    chance = random.Random(20260101)
    companies = [_company(chance, number) for number in range(COMPANIES)]
    accounts = [_account(chance, n, one, past) for n, one in enumerate(companies[:400], 1)]
    insert_rows(connection, "Account", accounts)
    leads = [_lead(chance, n, chance.choice(companies), past) for n in range(1, LEADS + 1)]
    contacts = [_contact(chance, n, companies, accounts, past) for n in range(1, CONTACTS + 1)]
    _unnumber(leads + contacts)
    for number in range(0, 400, 40):
        _enter_again(leads[number], contacts[number], accounts)
    insert_rows(connection, "Lead", leads)
    insert_rows(connection, "Contact", contacts)
    insert_rows(connection, "Campaign", [_campaign(n, past) for n in range(len(CAMPAIGNS))])
    deals = [_deal(chance, n, accounts, past) for n in range(1, OPPORTUNITIES + 1)]
    insert_rows(connection, "Opportunity", deals)
    insert_rows(connection, "OpportunityContactRole", _roles(deals, contacts, past))


def _company(chance: random.Random, number: int) -> Company:
    first = COMPANY_FIRST[number % len(COMPANY_FIRST)]
    last = COMPANY_LAST[number // len(COMPANY_FIRST) * 2 % len(COMPANY_LAST) + number % 2]
    place = chance.choice(PLACES)
    employees = chance.choice((12, 40, 85, 150, 320, 900, 2_400))
    domain = f"{first}-{last}.example.com".lower().replace(" ", "-")
    phone = f"{place.dial} {chance.randrange(1000, 9999)}"
    revenue = float(employees * chance.randrange(80, 240) * 1_000)
    return Company(f"{first} {last}", INDUSTRY_OF[last], domain, place, employees, revenue, phone)


def _dates(chance: random.Random, past: Past) -> dict[str, str]:
    age = chance.uniform(2, 700)
    return stamps(past.ago(days=age), past.ago(days=age * chance.random()), INTEGRATION, SALES)


def _account(chance: random.Random, number: int, company: Company, past: Past) -> Row:
    return {
        "Id": make_id("001", number),
        "Name": company.name,
        "Type": chance.choice(("Customer", "Prospect", "Partner")),
        "Industry": company.industry,
        "Website": f"https://www.{company.domain}",
        "Phone": company.phone,
        "BillingStreet": f"{chance.randrange(1, 180)} {chance.choice(STREETS)}",
        "BillingCity": company.place.city,
        "BillingState": company.place.state,
        "BillingPostalCode": str(chance.randrange(10_000, 99_999)),
        "BillingCountry": company.place.country,
        "NumberOfEmployees": company.employees,
        "AnnualRevenue": company.revenue,
        "OwnerId": chance.choice(OWNERS),
        "Region__c": company.place.region,
        **_dates(chance, past),
    }


def _person(chance: random.Random, number: int, company: Company, past: Past) -> Row:
    first, last = chance.choice(FIRST), chance.choice(LAST)
    title, department = chance.choice(TITLES)
    email = f"{first}.{last}{number}@{company.domain}".lower()
    scored = chance.random() < 0.6
    return {
        "FirstName": first,
        "LastName": last,
        "Name": full_name(first, last),
        "Salutation": chance.choice(SALUTATIONS),
        "Email": None if chance.random() < 0.02 else email,
        "Title": title,
        "Department": department,
        "Phone": f"{company.place.dial} {chance.randrange(1000, 9999)}",
        "LeadSource": chance.choice(SOURCES),
        "HasOptedOutOfEmail": int(chance.random() < 0.06),
        "DoNotCall": int(chance.random() < 0.03),
        "OwnerId": chance.choice(OWNERS),
        "Region__c": company.place.region,
        "pi__score__c": float(chance.randrange(0, 400)) if scored else None,
        "pi__grade__c": chance.choice(("A", "B+", "B", "C+", "C", "D")) if scored else None,
        **_dates(chance, past),
    }


def _lead(chance: random.Random, number: int, company: Company, past: Past) -> Row:
    person = _person(chance, number, company, past)
    del person["Department"]
    return {
        "Id": make_id("00Q", number),
        **person,
        "Company": company.name,
        "Industry": company.industry,
        "Website": f"https://www.{company.domain}",
        "Status": chance.choice(STATUSES),
        "Rating": chance.choice(("Hot", "Warm", "Cold", None)),
        "AnnualRevenue": company.revenue,
        "NumberOfEmployees": company.employees,
        **_address(chance, company, ""),
    }


def _contact(
    chance: random.Random, number: int, companies: list[Company], accounts: list[Row], past: Past
) -> Row:
    at = chance.randrange(len(accounts))
    company = companies[at]
    return {
        "Id": make_id("003", number),
        **_person(chance, LEADS + number, company, past),
        "AccountId": accounts[at]["Id"],
        **_address(chance, company, "Mailing"),
    }


def _address(chance: random.Random, company: Company, prefix: str) -> Row:
    values = (
        f"{chance.randrange(1, 180)} {chance.choice(STREETS)}",
        company.place.city,
        company.place.state,
        str(chance.randrange(10_000, 99_999)),
        company.place.country,
    )
    return {f"{prefix}{part}": value for part, value in zip(ADDRESS, values, strict=True)}


def _unnumber(people: list[Row]) -> None:
    """Keeps the number in an address only where the address without it is taken."""
    taken: set[str] = set()
    for person in [one for one in people if one["Email"]]:
        plain = re.sub(r"\d+@", "@", person["Email"])
        person["Email"] = person["Email"] if plain in taken else plain
        taken.add(plain)


def _enter_again(lead: Row, contact: Row, accounts: list[Row]) -> None:
    """Makes the lead one for somebody who is a contact already."""
    employer = next(one for one in accounts if one["Id"] == contact["AccountId"])
    same = ("FirstName", "LastName", "Name", "Salutation", "Email", "Title", "Phone", "Region__c")
    lead.update({name: contact[name] for name in same})
    lead.update({part: contact[f"Mailing{part}"] for part in ADDRESS})
    lead.update({"Company": employer["Name"], "Industry": employer["Industry"]})
    lead["Website"] = employer["Website"]


def _campaign(number: int, past: Past) -> Row:
    return {
        "Id": make_id("701", number + 1),
        "Name": CAMPAIGNS[number],
        "Type": "Webinar" if "Webinar" in CAMPAIGNS[number] else "Other",
        "Status": "In Progress",
        "IsActive": 1,
        "OwnerId": SALES,
        **stamps(past.ago(days=200), past.ago(days=90), SALES),
    }


def _deal(chance: random.Random, number: int, accounts: list[Row], past: Past) -> Row:
    account, stage = chance.choice(accounts), chance.choice(STAGES)
    return {
        "Id": make_id("006", number),
        "Name": f"{account['Name']} {chance.choice(('Renewal', 'Expansion', 'New Business'))}",
        "AccountId": account["Id"],
        "StageName": stage,
        "Amount": float(chance.randrange(5, 200) * 1_000),
        "Probability": 100.0 if stage == "Closed Won" else 0.0 if stage == "Closed Lost" else 40.0,
        "CloseDate": past.ago(days=chance.uniform(-90, 180))[:10],
        "IsClosed": int(stage.startswith("Closed")),
        "IsWon": int(stage == "Closed Won"),
        "OwnerId": account["OwnerId"],
        **_dates(chance, past),
    }


def _roles(deals: list[Row], contacts: list[Row], past: Past) -> list[Row]:
    """Each deal's first contact of the account decides."""
    first: dict[str, str] = {}
    for contact in contacts:
        first.setdefault(contact["AccountId"], contact["Id"])
    with_people = [deal for deal in deals if deal["AccountId"] in first]
    return [
        {
            "Id": make_id("00K", number),
            "OpportunityId": deal["Id"],
            "ContactId": first[deal["AccountId"]],
            "Role": "Decision Maker",
            "IsPrimary": 1,
            **stamps(past.ago(days=60), past.ago(days=60), SALES),
        }
        for number, deal in enumerate(with_people, 1)
    ]
