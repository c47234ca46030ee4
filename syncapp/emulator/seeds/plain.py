"""N plain leads for tests and benchmarks: user0000001@example.com and on, the same every time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from ..ids import make_id
from ..users import INTEGRATION, OWNERS, SALES
from .insert import STAMPED, Past, insert

CITIES = ("Turku", "Oslo", "Lyon", "Porto", "Ghent", "Graz", "Leeds", "Malmo", "Brno", "Cork")
COUNTRIES = (
    "Finland", "Norway", "France", "Portugal", "Belgium", "Austria", "United Kingdom", "Sweden",
    "Czechia", "Ireland",
)  # fmt: skip
REGIONS = ("EMEA", "Americas", "APAC")
SECONDS_APART = 20  # leads that share a stamp: bulk loads do, but not all of them
COLUMNS = [
    "Id", "FirstName", "LastName", "Name", "Salutation", "Email", "Company", "Title", "Phone",
    "Fax", "Website", "Street", "City", "State", "PostalCode", "Country", "LeadSource",
    "Industry", "AnnualRevenue", "NumberOfEmployees", "Status", "HasOptedOutOfEmail",
    "DoNotCall", "OwnerId", "Region__c", "pi__score__c", "pi__grade__c", *STAMPED,
]  # fmt: skip


def plant_plain(connection: sqlite3.Connection, count: int, past: Past) -> None:
    """Writes `count` leads, oldest first, created over the time before now."""
    insert(connection, "Lead", COLUMNS, _rows(count, past))


def _rows(count: int, past: Past) -> Iterator[tuple[Any, ...]]:
    for n in range(1, count + 1):
        if n % SECONDS_APART == 1:
            stamp = past.ago(days=1, seconds=(count - n) // SECONDS_APART)
        place = n % len(CITIES)
        yield (
            make_id("00Q", n), f"First{n}", f"Last{n}", f"First{n} Last{n}", "Ms.",
            f"user{n:07d}@example.com", f"Company {n % 5000}", "Buyer", f"+1 555 {n:07d}",
            f"+1 556 {n:07d}", "https://www.example.com", f"{n % 200} High Street",
            CITIES[place], None, f"{n % 90000 + 10000}", COUNTRIES[place], "Web", "Technology",
            float(n % 1000 * 1000), n % 500, "Open - Not Contacted", 0, 0,
            OWNERS[n % len(OWNERS)], REGIONS[n % 3], None, None,
            stamp, INTEGRATION, stamp, SALES, stamp,
        )  # fmt: skip
