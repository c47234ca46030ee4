"""What is measured: the mapped fields, which two change on each side, and how values look.

Standard library and the core's catalogue only: the floors import it and must stay light.
"""

from collections.abc import Mapping
from typing import Any

from syncapp.core.catalog import BY_KEY
from syncapp.core.values import number_text

PAGE = 2000
CHUNK = 200
IN_FLIGHT = 4
API = "/services/data/v64.0"
SALES = "sales@syncline.example"
CONNECTOR = "integration@syncline.example"

KEYS = (
    "email", "salutation", "first_name", "last_name", "company", "job_title", "website", "phone",
    "fax", "address_one", "city", "zip", "country", "source", "annual_revenue", "employees",
    "industry", "do_not_call", "opted_out", "score",
)  # fmt: skip
CHANGED_HERE = ("phone", "address_one")  # Account Engagement's value wins
MERGED = tuple(key for key in KEYS if key not in (*CHANGED_HERE, "email", "score", "opted_out"))
COLUMN = {key: str(BY_KEY[key].lead) for key in KEYS}  # field key -> field of Lead


def changed_there(number: int) -> dict[str, Any]:
    """The two fields that a sales person changes in lead `number`."""
    return {"City": f"Newtown {number % 977}", "Title": f"Director of region {number % 89}"}


def changed_here(number: int) -> dict[str, str]:
    """The two fields that somebody changes in prospect `number`."""
    return {"phone": f"+358 40 {number:07d}", "address_one": f"{number % 313} Market Square"}


def prospect_values(row: Mapping[str, Any], keys: tuple[str, ...] = MERGED) -> list[Any]:
    """A lead's values as the prospect columns `keys` hold them."""
    return [
        number_text(value) if isinstance(value, float) else value
        for value in (row[COLUMN[key]] for key in keys)
    ]
