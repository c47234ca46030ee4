"""CSV files of prospects: which header is which field, and cells that no spreadsheet runs.

Invariant: what `guard` writes `unguard` reads back, for every text; every header of an export
leads an import to the field that it came from.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from syncapp.core.catalog import DEFAULT_FIELDS
from syncapp.models import ProspectField
from syncapp.services.refused import Refused

# Account Engagement's export, in its order (reference: two independent files). Fields have their
# key; what is no field has a name of its own; None: AE's column, nothing that we know.
COLUMNS: Mapping[str, str | None] = {
    "Prospect Id": "id",
    "First Name": "first_name",
    "Last Name": "last_name",
    "Email": "email",
    "Company": "company",
    "Last Activity At": None,
    "Campaign": "campaign",
    "Notes": "notes",
    "Score": "score",
    "Grade": "grade",
    "Website": "website",
    "Job Title": "job_title",
    "Department": "department",
    "Country": "country",
    "Address One": "address_one",
    "Address Two": "address_two",
    "City": "city",
    "State": "state",
    "Territory": "territory",
    "Zip": "zip",
    "Phone": "phone",
    "Fax": "fax",
    "Source": "source",
    "Annual Revenue": "annual_revenue",
    "Employees": "employees",
    "Industry": "industry",
    "Do Not Email": "do_not_email",
    "Do Not Call": "do_not_call",
    "Years In Business": "years_in_business",
    "Comments": "comments",
    "Salutation": "salutation",
    "Opted Out": "opted_out",
    "Referrer": None,
    "Created Date": "created_at",
    "Updated Date": "updated_at",
    "User": "assigned_user",
    "First Assigned": None,
    "CRM Contact FID": "crm_contact_fid",
    "CRM Lead FID": "crm_lead_fid",
}
READ_ONLY = frozenset({"created_at", "updated_at", "crm_contact_fid", "crm_lead_fid"})
_LIST_EXPORT = ("Joined", "Opted Out of List", "Lists")
_ONLY_IN_AE = (*_LIST_EXPORT, "GA Campaign", "GA Medium", "GA Source", "GA Content", "GA Term")
_CATEGORY_SCORE = re.compile(r"Score - .+")

# What a spreadsheet may take for a formula, also in its full-width form, and what a guard before
# it would be mistaken for.
_RISKY = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def guard(text: str) -> str:
    """The cell for a text: an apostrophe keeps spreadsheets from running it."""
    return f"'{text}" if _RISKY.match(text) else text


def unguard(cell: str) -> str:
    """The text of a cell; takes away the apostrophe that `guard` put there."""
    return cell[1:] if cell.startswith("'") and _RISKY.match(cell) else cell


def custom_headers(fields: Iterable[ProspectField]) -> list[tuple[str, str]]:
    """(header, key) of the custom fields, A-Z; the key where the label would lead elsewhere."""
    fields = list(fields)
    lookup = Headers(fields)
    named = [
        (field.label if lookup.find(field.label) == field.key else field.key, field.key)
        for field in fields
        if field.custom
    ]
    return sorted(named, key=lambda pair: pair[0].casefold())


class Headers:
    """Finds the field of a header: its key, AE's header, the API's name, or a custom label."""

    def __init__(self, fields: Iterable[ProspectField]) -> None:
        custom = [field for field in fields if field.custom]
        self._exact = {field.key: field.key for field in custom}
        self._names: dict[str, str | None] = {_plain(name): key for name, key in COLUMNS.items()}
        self._names.update((_plain(name), None) for name in _ONLY_IN_AE)
        for default in DEFAULT_FIELDS:
            for name in (default.key, default.label, default.api):
                if name:
                    self._names.setdefault(_plain(name), default.key)
        labels = [_plain(field.label) for field in custom]
        for field, label in zip(custom, labels, strict=True):
            if labels.count(label) == 1:
                self._names.setdefault(label, field.key)

    def find(self, header: str) -> str | None:
        """The field's key; None for AE's columns that hold nothing we know. Raises KeyError."""
        if header in self._exact:
            return self._exact[header]
        if _CATEGORY_SCORE.fullmatch(header):
            return None
        return self._names[_plain(header)]

    def columns(self, row: Sequence[str]) -> tuple[dict[str, int], list[str]]:
        """Where each key is in the rows of a file, and the headers that are not imported."""
        found: dict[str, int] = {}
        ignored: list[str] = []
        unknown: list[str] = []
        for index, header in enumerate(unguard(cell.strip()) for cell in row):
            try:
                key = self.find(header)
            except KeyError:
                unknown.append(header)
                continue
            if key is None or key in READ_ONLY:
                ignored.append(header)
            elif key in found:
                raise Refused("column_twice", f"Two columns of the file are {key}: {header!r} too.")
            else:
                found[key] = index
        _readable(found, unknown)
        return found, ignored


def _readable(found: Mapping[str, int], unknown: Sequence[str]) -> None:
    if "email" not in found and "id" not in found:
        raise Refused(
            "no_email_column",
            "The first line of the file has no column Email. It must be a CSV file in UTF-8, "
            "separated by commas, with Account Engagement's headers.",
        )
    if unknown:
        raise Refused(
            "unknown_column",
            f"No field is called {', '.join(map(repr, unknown))}. Add it as a custom field, or "
            "take the column out of the file.",
        )


def _plain(name: str) -> str:
    """First Name, first_name and firstName are one name."""
    return "".join(c for c in name.casefold() if c.isalnum())
